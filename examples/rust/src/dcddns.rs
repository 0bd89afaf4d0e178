// SPDX-License-Identifier: MIT
//
//! dcddns/plugin.h as Rust sees it: what an IP source needs.  Written by hand, without a crate;
//! `make check` compares sizes and places of all members with the installed header.
//!
//! Rules of the header hold here, too: structs begin with their own size, strings are NUL-ended
//! UTF-8, a plugin never panics across the border (it is built with panic = abort).
#![allow(dead_code)]

use std::os::raw::{c_char, c_int, c_void};

pub const ABI_MINOR: u32 = 0;

pub const OK: c_int = 0;
pub const E_TEMP: c_int = -1;
pub const E_CONFIG: c_int = -2;
pub const E_NOADDR: c_int = -3;
pub const E_STOP: c_int = -4;
pub const E_NOMEM: c_int = -5;
pub const E_BUG: c_int = -6;

pub const KIND_IP_SOURCE: u32 = 1;

pub const OPT_STRING: u32 = 1;
pub const OPT_PATH: u32 = 7;

pub const REQUIRED: u32 = 1;

/// Things of the daemon that a plugin only passes on.
pub enum Call {}
pub enum Fields {}
pub enum Http {}
pub enum Run {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Addr {
    pub family: u8,
    pub reserved: [u8; 3],
    pub ip: [u8; 16],
}

#[repr(C)]
pub struct Host {
    pub size: u32,
    pub abi_minor: u32,
    pub private: *mut c_void,
    pub log: extern "C" fn(*const Host, c_int, *const c_char),
    pub fail: extern "C" fn(*const Host, c_int, *const c_char) -> c_int,
    pub option: extern "C" fn(*const Host, *const c_char) -> *const c_char,
    pub parse_addr: extern "C" fn(*const c_char, *mut Addr) -> c_int,
    pub addr_in: extern "C" fn(*const Addr, *const c_char) -> c_int,
    pub random: extern "C" fn(*mut c_void, usize) -> c_int,
    pub sha256: extern "C" fn(*const c_void, usize, *mut u8) -> c_int,
    pub remaining_ms: extern "C" fn(*const Call) -> u32,
    pub device: extern "C" fn(*const Call) -> *const c_char,
    pub refuses: extern "C" fn(*const Call, *const Addr) -> *const c_char,
    pub wait: extern "C" fn(*mut Call, usize, c_int, u32) -> c_int,
    pub resolve: extern "C" fn(*mut Call, *const c_char, c_int, u32, *mut Addr, usize) -> c_int,
    pub http: extern "C" fn(*mut Call, *const Http, *mut c_char, usize, *mut usize) -> c_int,
    pub run: extern "C" fn(*mut Call, *const Run, *mut c_char, usize, *mut usize) -> c_int,
    pub field_get: extern "C" fn(*const Fields, *const c_char) -> *const c_char,
    pub field_set: extern "C" fn(*mut Fields, *const c_char, *const c_char, u32) -> c_int,
    pub hint: extern "C" fn(*const Host),
}

#[repr(C)]
pub struct DcddnsOption {
    pub name: *const c_char,
    pub def: *const c_char,
    pub help: *const c_char,
    pub kind: u32, // "type" in C
    pub flags: u32,
}

#[repr(C)]
pub struct Plugin {
    pub size: u32,
    pub kind: u32,
    pub abi_minor: u32,
    pub flags: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub summary: *const c_char,
    pub options: *const DcddnsOption,
    pub option_count: u32,
    pub option_size: u32,
    pub create: extern "C" fn(*const Host, *mut *mut c_void) -> c_int,
    pub destroy: extern "C" fn(*mut c_void),
    pub ops: *const c_void,
}

#[repr(C)]
pub struct IpSource {
    pub size: u32,
    pub reserved: u32,
    pub query: extern "C" fn(*mut c_void, *mut Call, c_int, *mut Addr) -> c_int,
    pub watch: std::option::Option<extern "C" fn(*mut c_void) -> c_int>,
    pub unwatch: std::option::Option<extern "C" fn(*mut c_void)>,
}

/// Tables that never change may be read by every thread, pointers or not.
pub struct Table<T>(pub T);
unsafe impl<T> Sync for Table<T> {}

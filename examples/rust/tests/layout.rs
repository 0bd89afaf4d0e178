// SPDX-License-Identifier: MIT
//
//! Sizes and places of the structs as Rust has them; see layout.c.

#[path = "../src/dcddns.rs"]
mod dcddns;

use dcddns::*;
use std::mem::{size_of, MaybeUninit};

/// offset_of!, which Rust 1.63 does not have.
macro_rules! at {
    ($name:literal, $type:ty, $($member:ident as $as:literal),* $(,)?) => {
        println!("{} {}", $name, size_of::<$type>());
        let value = MaybeUninit::<$type>::uninit();
        let base = value.as_ptr();
        $(
            let member = unsafe { std::ptr::addr_of!((*base).$member) } as usize;
            println!("{}.{} {}", $name, $as, member - base as usize);
        )*
    };
}

macro_rules! numbers {
    ($($name:ident),* $(,)?) => {
        $( println!("{} {}", stringify!($name), $name); )*
    };
}

fn main() {
    at!("dcddns_host", Host, size as "size", abi_minor as "abi_minor", private as "priv",
        log as "log", fail as "fail", option as "option", parse_addr as "parse_addr",
        addr_in as "addr_in", random as "random", sha256 as "sha256",
        remaining_ms as "remaining_ms", device as "device", refuses as "refuses", wait as "wait",
        resolve as "resolve", http as "http", run as "run", field_get as "field_get",
        field_set as "field_set", hint as "hint");
    at!("dcddns_option", DcddnsOption, name as "name", def as "def", help as "help",
        kind as "type", flags as "flags");
    at!("dcddns_plugin", Plugin, size as "size", kind as "kind", abi_minor as "abi_minor",
        flags as "flags", name as "name", version as "version", summary as "summary",
        options as "options", option_count as "option_count", option_size as "option_size",
        create as "create", destroy as "destroy", ops as "ops");
    at!("dcddns_addr", Addr, family as "family", reserved as "reserved", ip as "ip");
    at!("dcddns_ip_source", IpSource, size as "size", reserved as "reserved", query as "query",
        watch as "watch", unwatch as "unwatch");
    numbers!(
        ABI_MINOR,
        OK,
        E_TEMP,
        E_CONFIG,
        E_NOADDR,
        E_STOP,
        E_NOMEM,
        E_BUG,
        KIND_IP_SOURCE,
        OPT_STRING,
        OPT_PATH,
        REQUIRED
    );
}

// SPDX-License-Identifier: MIT
//
//! addrfile: reads the address from a file that another program writes, such as a DHCP hook, the
//! ip-up script of a modem, or a job that asks a device in a way of its own.
//!
//! The file has one address a line; the first of the family that is asked for counts.  Empty lines
//! and lines that begin with '#' are passed over, any other line is an error.  The writer makes a new
//! file and renames it over the old one, so that half an address is never read.

mod dcddns;

use dcddns::*;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::mem::size_of;
use std::os::raw::{c_char, c_int, c_void};

/// A file of addresses is small; what is longer is something else.
const FILE_MAX: usize = 4096;

macro_rules! c {
    ($text:expr) => {
        concat!($text, "\0").as_ptr() as *const c_char
    };
}

struct AddrFile {
    host: *const Host,
    path: String,
}

/// A failure on its way to the daemon: what the scheduler acts on, and what people read.
struct Failure(c_int, String);

impl AddrFile {
    fn host(&self) -> &Host {
        // The daemon keeps it until destroy() has returned.
        unsafe { &*self.host }
    }

    fn read(&self) -> Result<String, Failure> {
        let mut text = String::new();
        let file = open(&self.path)?;
        let read = file.take(FILE_MAX as u64 + 1).read_to_string(&mut text);
        if let Err(err) = read {
            return Err(Failure(E_TEMP, format!("{}: {}; mend the file", self.path, err)));
        }
        if text.len() > FILE_MAX {
            let why =
                format!("{}: has more than {} bytes; is it the right file?", self.path, FILE_MAX);
            return Err(Failure(E_CONFIG, why));
        }
        Ok(text)
    }

    fn parse(&self, line: &str) -> Option<Addr> {
        let mut addr = Addr { family: 0, reserved: [0; 3], ip: [0; 16] };
        let text = CString::new(line).ok()?;
        ((self.host().parse_addr)(text.as_ptr(), &mut addr) == OK).then(|| addr)
    }

    fn find(&self, family: c_int) -> Result<Addr, Failure> {
        let mut found = None;
        for (i, line) in self.read()?.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match self.parse(line) {
                Some(addr) if c_int::from(addr.family) == family => found = found.or(Some(addr)),
                Some(_) => {}
                None => {
                    let why = format!("{}:{}: is no address; correct the line", self.path, i + 1);
                    return Err(Failure(E_TEMP, why));
                }
            }
        }
        found.ok_or_else(|| {
            Failure(E_NOADDR, format!("{}: has no IPv{} address", self.path, family))
        })
    }
}

/// Only regular files: opening a pipe could wait for ever.
fn open(path: &str) -> Result<File, Failure> {
    let metadata = std::fs::metadata(path).map_err(|err| {
        let code = if err.kind() == ErrorKind::PermissionDenied { E_CONFIG } else { E_TEMP };
        Failure(code, format!("{}: {}; is the program running that writes it?", path, err))
    })?;
    if !metadata.is_file() {
        return Err(Failure(E_CONFIG, format!("{}: is not a regular file; correct file", path)));
    }
    File::open(path).map_err(|err| Failure(E_TEMP, format!("{}: {}", path, err)))
}

fn fail(host: &Host, failure: Failure) -> c_int {
    let words = CString::new(failure.1.replace('\0', "?")).unwrap_or_default();
    (host.fail)(host, failure.0, words.as_ptr())
}

extern "C" fn create(host: *const Host, out: *mut *mut c_void) -> c_int {
    let value = unsafe { ((*host).option)(host, c!("file")) };
    if value.is_null() {
        return E_BUG; // the daemon promised: it is REQUIRED
    }
    let path = match unsafe { CStr::from_ptr(value) }.to_str() {
        Ok(path) => path.to_string(),
        Err(_) => {
            let why = Failure(E_CONFIG, "file: is not UTF-8; rename the file".to_string());
            return fail(unsafe { &*host }, why);
        }
    };
    let instance = Box::new(AddrFile { host, path });
    unsafe { *out = Box::into_raw(instance) as *mut c_void };
    OK
}

extern "C" fn destroy(instance: *mut c_void) {
    drop(unsafe { Box::from_raw(instance as *mut AddrFile) });
}

extern "C" fn query(instance: *mut c_void, _: *mut Call, family: c_int, out: *mut Addr) -> c_int {
    let this = unsafe { &*(instance as *const AddrFile) };
    match this.find(family) {
        Ok(addr) => {
            unsafe { *out = addr };
            OK
        }
        Err(failure) => fail(this.host(), failure),
    }
}

static OPTIONS: Table<[DcddnsOption; 1]> = Table([DcddnsOption {
    name: c!("file"),
    def: std::ptr::null(),
    help: c!("file with one address a line"),
    kind: OPT_PATH,
    flags: REQUIRED,
}]);

static OPS: IpSource =
    IpSource { size: size_of::<IpSource>() as u32, reserved: 0, query, watch: None, unwatch: None };

static PLUGIN: Table<Plugin> = Table(Plugin {
    size: size_of::<Plugin>() as u32,
    kind: KIND_IP_SOURCE,
    abi_minor: ABI_MINOR,
    flags: 0,
    name: c!("addrfile"),
    version: c!("1.0"),
    summary: c!("reads the address from a file that another program writes"),
    options: &OPTIONS.0 as *const _ as *const DcddnsOption,
    option_count: 1,
    option_size: size_of::<DcddnsOption>() as u32,
    create,
    destroy,
    ops: &OPS as *const IpSource as *const c_void,
});

/// The one symbol that a plugin exports.
#[no_mangle]
pub extern "C" fn dcddns_plugin_v1() -> *const Plugin {
    &PLUGIN.0
}

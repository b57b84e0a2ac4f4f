//! What `--args` reads.
#![no_main]

#[path = "../../crates/bwrap/tests/support/mod.rs"]
mod support;

use aril_bwrap::Caller;
use libfuzzer_sys::fuzz_target;
use std::ffi::OsString;

fuzz_target!(|data: &[u8]| {
    let caller = Caller {
        uid: 1000,
        gid: 1000,
        is_administrator: false,
    };
    let words = ["--args", "3", "--", "true", "x"].map(OsString::from);
    support::check(&words, caller, data);
});

//! The words of the command line. The first byte says who calls.
#![no_main]

#[path = "../../crates/bwrap/tests/support/mod.rs"]
mod support;

use aril_bwrap::Caller;
use libfuzzer_sys::fuzz_target;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

fuzz_target!(|input: &[u8]| {
    let Some((&who, words)) = input.split_first() else {
        return;
    };
    let caller = Caller {
        uid: u32::from(who & 1),
        gid: u32::from(who & 1),
        is_administrator: who & 2 != 0,
    };
    let words: Vec<OsString> = words
        .split(|&byte| byte == 0)
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect();
    support::check(&words, caller, b"--setenv\0A\0b\0");
});

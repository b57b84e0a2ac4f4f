//! The file `deploy` of an installation: a GVariant.
#![no_main]

use aril_flatpak::deploy::Deploy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert_eq!(Deploy::parse(data), Deploy::parse(data));
});

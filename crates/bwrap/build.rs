//! Links `bwrap` as a static program that starts without the C library, where that is possible: x86_64,
//! and a static C library at hand (the standard library refers to it, though nothing of it is run).
//!
//! Cargo has no way to ask for a static program in one package, so the linker is told: its arguments
//! leave out the C library's start files, and two linker scripts stand in for the shared libraries
//! that rustc names. Elsewhere `bwrap` is an ordinary program, slower to start, and a warning says so.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(freestanding)");
    let target = env::var("TARGET").unwrap_or_default();
    if target != "x86_64-unknown-linux-gnu" {
        return;
    }
    if !has_static_libc() {
        println!("cargo:warning=there is no libc.a (glibc-static): bwrap will be slower to start");
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    write(&out, "libgcc_s.so", "INPUT(-l:libgcc_eh.a)\n");
    write(
        &out,
        "libc.so",
        "GROUP(-l:libc.a -l:libgcc.a -l:libgcc_eh.a)\n",
    );
    // For the program only: tests are linked in the usual way.
    let scripts = format!("-L{}", out.display());
    for argument in [&scripts, "-nostartfiles", "-static", "-no-pie"] {
        println!("cargo:rustc-link-arg-bin=bwrap={argument}");
    }
    println!("cargo:rustc-cfg=freestanding");
}

fn write(directory: &Path, name: &str, text: &str) {
    fs::write(directory.join(name), text).expect("OUT_DIR can be written");
}

fn has_static_libc() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(linker).arg("-print-file-name=libc.a").output();
    output.is_ok_and(|output| output.stdout.starts_with(b"/"))
}

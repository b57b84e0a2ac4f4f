//! Links a program statically, where there is a static C library: for build scripts.
//!
//! A program that is linked dynamically spends half a millisecond in the dynamic linker before it
//! begins, as long as a small sandbox takes to make. Cargo has no way to ask for a static program in
//! one package, so the linker is told: linker scripts stand in for the shared libraries that rustc
//! names. Elsewhere the program is an ordinary one, slower to start, and a warning says so.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, io};

/// What stands in for the shared libraries. With a single shared one the linker would make a program
/// for the dynamic linker, which a static one's own start does not understand.
const SCRIPTS: [(&str, &str); 7] = [
    ("libgcc_s.so", "INPUT(-l:libgcc_eh.a)\n"),
    ("libc.so", "GROUP(-l:libc.a -l:libgcc.a -l:libgcc_eh.a)\n"),
    ("libm.so", "INPUT(-l:libm.a)\n"),
    ("librt.so", "INPUT(-l:librt.a)\n"),
    ("libdl.so", "INPUT(-l:libdl.a)\n"),
    ("libutil.so", "INPUT(-l:libutil.a)\n"),
    ("libpthread.so", "INPUT(-l:libpthread.a)\n"),
];

/// Has cargo link the program `bin` of the package with these `arguments`, which say that it is static
/// and in which way; tells whether it is possible: on x86_64, with a static C library at hand.
///
/// To be called by a build script. Tests are linked in the usual way.
pub fn statically(bin: &str, arguments: &[&str]) -> io::Result<bool> {
    if env::var("TARGET").as_deref() != Ok("x86_64-unknown-linux-gnu") {
        return Ok(false);
    }
    if !has_static_libc() {
        println!("cargo:warning=there is no libc.a (glibc-static): {bin} will be slower to start");
        return Ok(false);
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    for (library, script) in SCRIPTS {
        fs::write(out.join(library), script)?;
    }
    let scripts = format!("-L{}", out.display());
    for argument in [scripts.as_str()].iter().chain(arguments) {
        println!("cargo:rustc-link-arg-bin={bin}={argument}");
    }
    Ok(true)
}

fn has_static_libc() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(linker).arg("-print-file-name=libc.a").output();
    output.is_ok_and(|output| output.stdout.starts_with(b"/"))
}

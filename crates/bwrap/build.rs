//! Links `bwrap` as a static program that starts without the C library, where that is possible: the
//! standard library refers to it, though nothing of it is run, so its start files are left out.

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(freestanding)");
    // Nothing makes relocated data read-only where no C library starts, so its segment would be one
    // more to map and one more page to copy.
    let arguments = ["-static", "-no-pie", "-nostartfiles", "-Wl,-z,norelro"];
    if aril_link::statically("bwrap", &arguments)? {
        println!("cargo:rustc-cfg=freestanding");
    }
    Ok(())
}

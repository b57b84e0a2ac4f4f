//! Links `bwrap` as a static program that starts without the C library, where that is possible: the
//! standard library refers to it, though nothing of it is run, so its start files are left out.

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(freestanding)");
    let arguments = ["-static", "-no-pie", "-nostartfiles"];
    if aril_link::statically("bwrap", &arguments)? {
        println!("cargo:rustc-cfg=freestanding");
    }
    Ok(())
}

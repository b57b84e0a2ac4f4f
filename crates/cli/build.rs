//! Links `aril` statically, where that is possible: it has to start soon. At an address that nobody
//! can guess, as a dynamic program is.

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    aril_link::statically("aril", &["-static-pie"]).map(drop)
}

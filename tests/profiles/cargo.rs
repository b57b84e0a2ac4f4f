//! `cargo`: a crate with a dependency beside it is built and tested without a network.
//!
//! `ARIL_RUST` names a toolchain that the user can reach; without it the one is taken that `rustc` names.

use crate::place::{KEY, Place, read};
use aril_tests::skip;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

const MANIFEST: &str = "\
[package]\nname = \"fruit\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\
[dependencies]\nseed = \"1\"\n";

/// As `cargo vendor` says that it is to be written.
const CONFIG: &str = "\
[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n";

/// What the build script of a dependency does that was not what it seemed.
const STEAL: &str = r#"
use std::{env, fs, path::PathBuf};
fn main() {
    let home = PathBuf::from(env::var_os("HOME").unwrap());
    let key = fs::read_to_string(home.join(".ssh/id_ed25519"));
    let token = fs::read_to_string(home.join(".cargo/credentials.toml"));
    let planted = fs::write(home.join(".cargo/bin/ls"), "evil");
    let told = format!("{:?} {:?} {:?}", key.ok(), token.ok(), planted.is_ok());
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("../../../../told"), told).unwrap();
}
"#;

#[test]
fn a_crate_is_built_and_tested_with_a_vendored_dependency() {
    skip::report("cargo", || {
        let toolchain = toolchain();
        let place = project(&toolchain);
        // A linked toolchain is shown where it is; one that rustup fetched is in ~/.rustup.
        let profile = ["--profile", "cargo", "--ro", &toolchain];
        let words = ["cargo", "test", "--offline", "--quiet"];
        let printed = place.inside(&profile, &words).succeeded();
        assert!(printed.contains("1 passed"), "{printed}");
        place
            .inside(&profile, &["cargo", "build", "--offline", "--quiet"])
            .succeeded();
        assert_eq!(place.outside(&["target/debug/fruit"]).succeeded(), "42\n");

        let told = place.project("target/told");
        assert_eq!(read(&told), "None None false");
        fs::remove_dir_all(place.project("target")).expect("remove what was built");
        place.outside(&words).succeeded();
        assert_eq!(
            read(&told),
            format!("Some({KEY:?}) Some(\"token\") true"),
            "control"
        );
    });
}

fn project(toolchain: &str) -> Place {
    let mut place = Place::new();
    let bin = place.home(".cargo/bin");
    fs::create_dir_all(&bin).expect("make the directory of programs");
    for name in ["cargo", "rustc", "rustdoc"] {
        let target = format!("{toolchain}/bin/{name}");
        symlink(target, format!("{bin}/{name}")).expect("link a program");
    }
    place.set("PATH", format!("{bin}:/usr/bin:/bin"));
    Place::write(&place.home(".cargo/credentials.toml"), "token");
    Place::write(&place.project("Cargo.toml"), MANIFEST);
    Place::write(&place.project(".cargo/config.toml"), CONFIG);
    let main = "fn main() { println!(\"{}\", seed::grow(21)); }\n\
        #[test]\nfn grows() { assert_eq!(seed::grow(2), 4); }\n";
    Place::write(&place.project("src/main.rs"), main);
    let manifest = "[package]\nname = \"seed\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    Place::write(&place.project("vendor/seed/Cargo.toml"), manifest);
    let library = "pub fn grow(n: u32) -> u32 { n * 2 }\n";
    Place::write(&place.project("vendor/seed/src/lib.rs"), library);
    Place::write(&place.project("vendor/seed/build.rs"), STEAL);
    let sums = r#"{"files":{},"package":null}"#;
    Place::write(&place.project("vendor/seed/.cargo-checksum.json"), sums);
    place
}

fn toolchain() -> String {
    let given = std::env::var("ARIL_RUST").ok();
    let asked = || {
        let output = Command::new("rustc")
            .args(["--print", "sysroot"])
            .output()
            .ok()?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
    };
    let path = given.or_else(asked).unwrap_or_default();
    if !Path::new(&path).join("bin/cargo").exists() {
        skip::skip("this user reaches no Rust toolchain: name one in ARIL_RUST");
    }
    path
}

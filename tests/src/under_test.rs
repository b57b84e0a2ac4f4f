//! Which program is tested.
//!
//! `UNDER_TEST` names a `bwrap` program. Without it ours is tested: `ARIL_BWRAP`, else the
//! workspace's `target/release/bwrap`, else `target/debug/bwrap`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The capabilities that ours leaves to a real root who has no user namespace and asks for none:
/// chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, sys_chroot,
/// audit_write, setfcap.
pub const CONTAINER: u64 = 0xa004_05fb;

/// What kind of program is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Bubblewrap 0.MINOR.PATCH.
    Original {
        /// MINOR and PATCH.
        version: (u32, u32),
    },
    /// The program of this workspace.
    Ours,
}

/// The program's path.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os("UNDER_TEST") {
        Some(path) => path.into(),
        None => ours(),
    })
}

/// What it is.
pub fn program() -> Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    *PROGRAM.get_or_init(|| recognize(path()))
}

/// The original to compare with: `ORIGINAL`, else `/usr/bin/bwrap`; nothing when not installed.
pub fn original() -> Option<PathBuf> {
    let path = std::env::var_os("ORIGINAL").map_or_else(|| "/usr/bin/bwrap".into(), PathBuf::from);
    let is_original = path.exists() && matches!(recognize(&path), Program::Original { .. });
    is_original.then_some(path)
}

/// The original, if one is installed that is older than 0.MINOR.PATCH: it has the defects which
/// that version repairs.
pub fn original_before(minor: u32, patch: u32) -> Option<PathBuf> {
    let path = original()?;
    let is_old =
        matches!(recognize(&path), Program::Original { version } if version < (minor, patch));
    is_old.then_some(path)
}

/// Whether the program under test is the original itself.
pub fn is_original() -> bool {
    matches!(program(), Program::Original { .. })
}

/// The `probe` program, which cargo builds beside the tests.
pub fn probe() -> &'static str {
    static PROBE: OnceLock<String> = OnceLock::new();
    PROBE.get_or_init(|| {
        let exe = std::env::current_exe().expect("the path of the test program");
        let built = exe.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
        built
            .join("probe")
            .into_os_string()
            .into_string()
            .expect("a path that is text")
    })
}

/// The `aril` program of this workspace: `ARIL_BIN`, else what cargo has built.
pub fn aril() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("aril", "ARIL_BIN"))
}

fn ours() -> PathBuf {
    built("bwrap", "ARIL_BWRAP")
}

/// A program of this workspace, where a variable says or where cargo has built it.
fn built(name: &str, variable: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let places = ["target/release", "target/debug"];
    let mut built = places
        .map(|place| workspace.join(place).join(name))
        .into_iter();
    let found = built.find(|path| path.exists());
    found.unwrap_or_else(|| panic!("no {name} is built: build it, or set {variable}"))
}

/// The original links libcap, whatever its version and wherever it lies; ours does not.
fn recognize(path: &Path) -> Program {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let libcap = b"libcap";
    if !bytes.windows(libcap.len()).any(|window| window == libcap) {
        return Program::Ours;
    }
    let output = Command::new(path)
        .arg("--version")
        .output()
        .expect("run --version");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.trim().strip_prefix("bubblewrap 0.").and_then(|rest| {
        let (minor, patch) = rest.split_once('.')?;
        Some((minor.parse().ok()?, patch.parse().ok()?))
    });
    let version = version.unwrap_or_else(|| panic!("unknown version: {text}"));
    Program::Original { version }
}

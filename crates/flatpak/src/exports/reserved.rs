//! Paths that the sandbox keeps for itself.

use crate::text::shown_path;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// Neither these, nor what is inside, nor what they are inside of (contract, 1.12).
const SURROUNDED: &[&str] = &[
    "/.flatpak-info",
    "/app",
    "/dev",
    "/etc",
    "/proc",
    "/run/flatpak",
    "/run/host",
    "/usr",
];

/// Neither these nor what is inside: links into `/usr` as a rule.
const INSIDE: &[&str] = &["/bin", "/lib", "/lib32", "/lib64", "/sbin"];

/// Not as a whole. Flatpak exposes them; here they are refused, because each shows the state of the
/// whole machine, and what a program needs of them can be named.
const WHOLE: &[&str] = &["/sys", "/boot", "/var"];

/// Why a path is not exposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Inside of, or around, a path that the sandbox keeps for itself.
    Reserved(&'static str),
    /// A path that is not exposed as a whole.
    Whole(&'static str),
    /// More than 40 symbolic links.
    Loop,
    /// Neither a directory, a file nor a socket.
    Kind,
    /// Nothing is there.
    Missing,
    /// A user's directory that is the home directory: it is switched off.
    IsHome(PathBuf),
}

impl Display for Refusal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved(path) => write!(out, "{path} is the sandbox's own"),
            Self::Whole(path) => write!(out, "{path} is not shared as a whole"),
            Self::Loop => out.write_str("too many symbolic links"),
            Self::Kind => out.write_str("neither a directory, a file nor a socket"),
            Self::Missing => out.write_str("nothing is there"),
            Self::IsHome(home) => write!(out, "it is switched off: it is {}", shown_path(home)),
        }
    }
}

/// Refuses a path without links in it.
pub(super) fn check(path: &Path) -> Result<(), Refusal> {
    for &reserved in SURROUNDED {
        if path.starts_with(reserved) || Path::new(reserved).starts_with(path) {
            return Err(Refusal::Reserved(reserved));
        }
    }
    if let Some(&reserved) = INSIDE.iter().find(|reserved| path.starts_with(reserved)) {
        return Err(Refusal::Reserved(reserved));
    }
    match WHOLE.iter().find(|whole| path == Path::new(whole)) {
        Some(&whole) => Err(Refusal::Whole(whole)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for bad in [
            "/",
            "/usr",
            "/usr/share/x",
            "/app",
            "/etc/passwd",
            "/proc/1",
            "/dev/dri",
            "/run",
            "/run/host/x",
            "/run/flatpak",
            "/.flatpak-info",
            "/bin",
            "/lib64/x",
            "/sys",
            "/boot",
            "/var",
        ] {
            assert!(check(Path::new(bad)).is_err(), "{bad}");
        }
        for good in [
            "/home",
            "/opt",
            "/run/media",
            "/tmp",
            "/var/home/u",
            "/usrlocal",
            "/run/x",
        ] {
            assert_eq!(check(Path::new(good)), Ok(()), "{good}");
        }
    }
}

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
const INSIDE: &[&str] = &["/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"];

/// A link to `/run` inside. Where it is a directory on the host, what is in it would appear among
/// the sandbox's own files; where it is a link, what it leads to is decided about instead.
const RUN: &str = "/var/run";

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
    /// An automounter does not answer.
    Silent,
    /// A user's directory that is the home directory: it is switched off.
    IsHome(PathBuf),
}

impl Display for Refusal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved(path) => write!(out, "path \"{path}\" is reserved for the sandbox"),
            Self::Whole(path) => write!(out, "path \"{path}\" is not shared as a whole"),
            Self::Loop => out.write_str("too many symbolic links"),
            Self::Kind => out.write_str("neither a directory, a file nor a socket"),
            Self::Missing => out.write_str("nothing is there"),
            Self::Silent => out.write_str("the automounter does not answer"),
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

/// Refuses a path that has been followed to its end, and still lies in the sandbox's `/run`.
pub(super) fn check_end(path: &Path) -> Result<(), Refusal> {
    if path.starts_with(RUN) {
        return Err(Refusal::Reserved(RUN));
    }
    Ok(())
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
            "/libx32",
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
            "/boot2",
            "/system",
            "/variable",
            "/binary",
            "/run/hostile",
        ] {
            assert_eq!(check(Path::new(good)), Ok(()), "{good}");
        }
    }
    #[test]
    fn the_other_name_of_run() {
        assert!(check_end(Path::new("/var/run/host")).is_err());
        assert_eq!(check_end(Path::new("/var/runner")), Ok(()));
    }
}

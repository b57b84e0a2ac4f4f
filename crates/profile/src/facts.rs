//! Facts about the user that a spec depends on.

use aril_sandbox::Host;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

/// What is known of the user and of where the command was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The user's id.
    pub uid: u32,
    /// The id of the user's group.
    pub gid: u32,
    /// The user's name.
    pub user: OsString,
    /// The name of the user's group.
    pub group: OsString,
    /// The home directory: an absolute path.
    pub home: PathBuf,
    /// The directory that the command was given in, if it has a path.
    pub cwd: Option<PathBuf>,
    /// The host's environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether there is a controlling terminal, whose keys and job control reach the process group.
    pub has_terminal: bool,
    /// Whether Landlock can keep signals inside: ABI 6, Linux 6.12.
    pub keeps_signals: bool,
}

#[cfg(test)]
impl Facts {
    /// A user for tests: `u`, number 7, without a directory, variables or a terminal, where Landlock
    /// keeps signals in.
    pub(crate) fn of_u() -> Self {
        Self {
            uid: 7,
            gid: 7,
            user: "u".into(),
            group: "u".into(),
            home: "/home/u".into(),
            cwd: None,
            environment: Vec::new(),
            has_terminal: false,
            keeps_signals: true,
        }
    }
}

impl Facts {
    /// Gathers what `host` does not know: two small files are read.
    pub fn gather(host: &Host) -> Self {
        let passwd = fs::read("/etc/passwd").unwrap_or_default();
        let group = fs::read("/etc/group").unwrap_or_default();
        let field = |text: &[u8], id, at| row_of(text, id).and_then(|row| field_of(row, at));
        let named = |name: Option<OsString>| name.unwrap_or_else(|| "user".into());
        let variable = |name: &str| value(&host.environment, name);
        let home = variable("HOME").filter(|home| is_home(Path::new(home)));
        let home = home.map(OsStr::to_owned);
        let home =
            home.or_else(|| field(&passwd, host.uid, 5).filter(|home| is_home(Path::new(home))));
        Self {
            uid: host.uid,
            gid: host.gid,
            user: named(field(&passwd, host.uid, 0)),
            group: named(field(&group, host.gid, 0)),
            home: home.map_or_else(|| PathBuf::from("/home/user"), PathBuf::from),
            cwd: host.working_directory.clone(),
            environment: host.environment.clone(),
            // ENXIO without a controlling terminal, tty(4).
            has_terminal: fs::File::open("/dev/tty").is_ok(),
            keeps_signals: host.has_landlock_scopes(),
        }
    }

    /// A variable of the host.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        value(&self.environment, name)
    }
}

fn value<'a>(environment: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let found = environment
        .iter()
        .find(|(known, _)| known == OsStr::new(name));
    found.map(|(_, value)| value.as_os_str())
}

/// The path becomes a field of `/etc/passwd` inside, where a colon ends it.
fn is_home(path: &Path) -> bool {
    let mut parts = path.components();
    parts.next() == Some(Component::RootDir)
        && parts.clone().next().is_some()
        && parts.all(|part| matches!(part, Component::Normal(_)))
        && !path
            .as_os_str()
            .as_bytes()
            .iter()
            .any(|byte| b":\n".contains(byte))
}

/// The first line whose third field is the id.
fn row_of(text: &[u8], id: u32) -> Option<&[u8]> {
    let id = id.to_string();
    text.split(|&byte| byte == b'\n')
        .find(|row| row.split(|&byte| byte == b':').nth(2) == Some(id.as_bytes()))
}

fn field_of(row: &[u8], at: usize) -> Option<OsString> {
    let field = row.split(|&byte| byte == b':').nth(at)?;
    (!field.is_empty()).then(|| OsString::from_vec(field.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes() {
        for good in ["/home/u", "/root", "/h/"] {
            assert!(is_home(Path::new(good)), "{good}");
        }
        for bad in ["", "/", "home", "/a/../b", "/a:b", "/a\nb", "//"] {
            assert!(!is_home(Path::new(bad)), "{bad}");
        }
    }

    #[test]
    fn rows() {
        let text = b"root:x:0:0:r:/root:/bin/sh\nu:x:7:8::/home/u:/bin/sh\n";
        let row = row_of(text, 7).unwrap();
        assert_eq!(field_of(row, 0), Some("u".into()));
        assert_eq!(field_of(row, 5), Some("/home/u".into()));
        assert_eq!(field_of(row, 4), None);
        assert_eq!(row_of(text, 9), None);
    }
}

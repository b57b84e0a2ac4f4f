//! The user's directories: `user-dirs.dirs` and the base directories.
//!
//! Source: xdg-user-dirs, user-dirs.dirs(5); XDG Base Directory Specification.

use crate::permissions::UserDir;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const CONFIGURED: &[UserDir] = &[
    UserDir::Desktop,
    UserDir::Documents,
    UserDir::Download,
    UserDir::Music,
    UserDir::Pictures,
    UserDir::PublicShare,
    UserDir::Templates,
    UserDir::Videos,
];

/// Each base directory with its variable and its place below the home directory.
const BASE: &[(UserDir, &str, Option<&str>)] = &[
    (UserDir::Data, "XDG_DATA_HOME", Some(".local/share")),
    (UserDir::Cache, "XDG_CACHE_HOME", Some(".cache")),
    (UserDir::Config, "XDG_CONFIG_HOME", Some(".config")),
    (UserDir::Run, "XDG_RUNTIME_DIR", None),
];

/// The base directories by the environment; a path that is not absolute does not count.
pub fn base_dirs(
    home: &Path,
    variables: &BTreeMap<OsString, OsString>,
) -> BTreeMap<UserDir, PathBuf> {
    let place = |&(dir, variable, default): &(UserDir, &str, Option<&str>)| {
        let set = variables.get(OsStr::new(variable)).map(PathBuf::from);
        let set = set.filter(|path| path.is_absolute());
        let place = set.or_else(|| default.map(|default| home.join(default)))?;
        Some((dir, place))
    };
    BASE.iter().filter_map(place).collect()
}

/// The directories that the text of user-dirs.dirs configures: lines `XDG_MUSIC_DIR="$HOME/Music"`
/// or with a path from the root. Other lines do not count.
pub fn user_dirs(text: &[u8], home: &Path) -> BTreeMap<UserDir, PathBuf> {
    text.split(|&byte| byte == b'\n')
        .filter_map(|line| user_dir(line, home))
        .collect()
}

fn user_dir(line: &[u8], home: &Path) -> Option<(UserDir, PathBuf)> {
    let equals = line.iter().position(|&byte| byte == b'=')?;
    let key = std::str::from_utf8(line[..equals].trim_ascii()).ok()?;
    let dir = CONFIGURED
        .iter()
        .copied()
        .find(|dir| dir.config_key() == Some(key))?;
    let value = unquoted(line[equals + 1..].trim_ascii())?;
    let path = match value.strip_prefix(b"$HOME") {
        Some(b"") => home.to_owned(),
        Some(rest) => home.join(OsStr::from_bytes(rest.strip_prefix(b"/")?)),
        None => PathBuf::from(OsStr::from_bytes(&value)),
    };
    // A slash at the end would hide that a directory is the home directory.
    let path: PathBuf = path.components().collect();
    path.is_absolute().then_some((dir, path))
}

/// The text between double quotes, in which a backslash takes the next character as it is.
fn unquoted(value: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = value.strip_prefix(b"\"")?.iter();
    let mut out = Vec::new();
    loop {
        match bytes.next()? {
            b'"' => return Some(out),
            b'\\' => out.push(*bytes.next()?),
            other => out.push(*other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured() {
        let text = b"# c\nXDG_MUSIC_DIR=\"$HOME/My \\\"Music\"\n XDG_VIDEOS_DIR = \"/v/\"\n\
            XDG_DESKTOP_DIR=\"$HOME/\"\nXDG_DOWNLOAD_DIR=\"rel\"\nXDG_PICTURES_DIR=$HOME/x\n\
            XDG_TEMPLATES_DIR=\"$HOMEx\"\nXDG_DOCUMENTS_DIR=\"/open\nXDG_DATA_HOME=\"/d\"\n";
        let found = user_dirs(text, Path::new("/h"));
        let expected = [
            (UserDir::Desktop, "/h"),
            (UserDir::Music, "/h/My \"Music"),
            (UserDir::Videos, "/v"),
        ];
        assert_eq!(found, expected.map(|(dir, path)| (dir, path.into())).into());
    }

    #[test]
    fn base() {
        let set = [
            ("XDG_DATA_HOME", "/d"),
            ("XDG_CACHE_HOME", "c"),
            ("XDG_RUNTIME_DIR", "/r"),
        ];
        let set = set
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let found = base_dirs(Path::new("/h"), &set);
        let expected = [
            (UserDir::Data, "/d"),
            (UserDir::Cache, "/h/.cache"),
            (UserDir::Config, "/h/.config"),
            (UserDir::Run, "/r"),
        ];
        assert_eq!(found, expected.map(|(dir, path)| (dir, path.into())).into());
    }
}

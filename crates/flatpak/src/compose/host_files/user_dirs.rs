//! `user-dirs.dirs`: which of the user's directories there are (user-dirs.dirs(5)).

use super::{HostFiles, file};
use crate::beneath::Beneath;
use crate::compose::filesystems::Missing;
use crate::compose::filesystems::mount_point::{self, Place};
use crate::compose::{Note, Part};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const NAME: &str = "user-dirs.dirs";

/// The most that is read of the user's file, in bytes.
const MOST: u64 = 64 << 10;

/// In the application's own directory: the user's file where the home directory is shared, else one
/// that names the directories that are. The place for it is the application's to write: no link is
/// followed there.
pub(super) fn part(host: &HostFiles<'_>) -> Part {
    let mut part = Part::default();
    let Some((directory, path)) = host.app_directory else {
        return part;
    };
    let text = match host.view.home_access {
        true => of_user(host),
        false => shared(&host.view.user_dirs),
    };
    let Some(text) = text else {
        return part;
    };
    let below = Path::new("config").join(NAME);
    let made = match host.missing {
        Missing::Make => mount_point::make(directory, &below, Place::File),
        Missing::Leave => Ok(()),
    };
    match made {
        Ok(()) => part.tree.push(file(path.join(below), text)),
        Err(errno) => {
            let text = format!("Not telling the application of shared directories: {errno}");
            part.notes.push(Note::Detail(text));
        }
    }
    part
}

fn of_user(host: &HostFiles<'_>) -> Option<Vec<u8>> {
    let directory = Beneath::open_root(&host.facts.config_home()).ok()?;
    directory.read(Path::new(NAME), MOST).ok()
}

/// A line for each directory, as the format wants it: between quotes, a backslash before what means
/// something there.
fn shared(directories: &[(&'static str, PathBuf)]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    for (key, path) in directories {
        text.extend(key.bytes());
        text.extend(b"=\"");
        for &byte in path.as_os_str().as_bytes() {
            if b"\"\\$`".contains(&byte) {
                text.push(b'\\');
            }
            text.push(byte);
        }
        text.extend(b"\"\n");
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exports;
    use crate::permissions::UserDir;

    #[test]
    fn what_is_written_can_be_read() {
        let music = PathBuf::from("/h/My \"$Music\"\\");
        let text = shared(&[("XDG_MUSIC_DIR", music.clone())]).unwrap();
        let read = exports::user_dirs(&text, Path::new("/h"));
        assert_eq!(read, [(UserDir::Music, music)].into());
        assert_eq!(shared(&[]), None);
    }
}

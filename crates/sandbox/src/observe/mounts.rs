//! Which mounts can be looked into without a server that answers.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;

/// Longer than the table of any host that this is for.
const LONGEST: u64 = 8 << 20;

/// Filesystems behind which a server, a network or a trap is: a look may wait for ever, or mount
/// something and so reach a network that the payload does not.
const SERVED: [&str; 15] = [
    "autofs", "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "fuseblk", "afs", "ceph", "coda",
    "ncpfs", "lustre", "gfs2", "ocfs2",
];

/// The mounts that were there when the first call was seen, by their ids, which are the kernel's own and
/// the same in every namespace.
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    kinds: HashMap<u64, Kind>,
}

/// What is behind a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The kernel alone.
    Local,
    /// A server, a network or a trap.
    Served,
    /// Processes. They differ on both sides, so that what is missing there is missing for a reason.
    Processes,
}

impl Mounts {
    /// Reads the mounts of the launcher and those of a thread. Tells whether the thread has one with a
    /// server behind it, or a descriptor of a file there: a page of such a file that it maps is read when
    /// its server likes.
    pub(crate) fn read(&mut self, thread: u32) -> bool {
        self.kinds.extend(kinds(&text_of("/proc/self/mountinfo")));
        let own = kinds(&text_of(&format!("/proc/{thread}/mountinfo")));
        let has_served = own.iter().any(|(_, kind)| *kind == Kind::Served);
        self.kinds.extend(own);
        has_served || self.has_open(thread)
    }

    /// Whether one of the thread's descriptors is open on a mount with a server. The kernel's text tells
    /// the mount without asking the server.
    fn has_open(&self, thread: u32) -> bool {
        let entries = fs::read_dir(format!("/proc/{thread}/fdinfo"));
        let mut entries = entries.into_iter().flatten().flatten();
        entries.any(|entry| {
            let id = File::open(entry.path()).ok().and_then(mount_of);
            id.is_some_and(|id| self.kinds.get(&id) == Some(&Kind::Served))
        })
    }

    /// Whether a mount can be looked into. One that is not known cannot.
    pub(crate) fn is_local(&self, id: u64) -> bool {
        self.kinds.get(&id) == Some(&Kind::Local)
    }
}

/// What cannot be read is as good as empty.
fn text_of(path: &str) -> Vec<u8> {
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut text)) {
        Ok(_) | Err(_) => text,
    }
}

fn kinds(text: &[u8]) -> Vec<(u64, Kind)> {
    let lines = text.split(|&byte| byte == b'\n');
    lines.filter_map(parse).collect()
}

/// The line `mnt_id: ID` of `proc_pid_fdinfo(5)`, one of the first.
fn mount_of(mut info: File) -> Option<u64> {
    let mut text = [0; 512];
    let length = info.read(&mut text).ok()?;
    let text = std::str::from_utf8(text.get(..length)?).ok()?;
    let id = text.lines().find_map(|line| line.strip_prefix("mnt_id:"))?;
    id.trim().parse().ok()
}

/// `ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELDS...] - TYPE SOURCE OPTIONS`, `proc(5)`.
fn parse(line: &[u8]) -> Option<(u64, Kind)> {
    let line = std::str::from_utf8(line).ok()?;
    let id = line.split(' ').next()?.parse().ok()?;
    let (_, rest) = line.split_once(" - ")?;
    let kind = rest.split(' ').next()?;
    let kind = match kind {
        "proc" => Kind::Processes,
        kind if SERVED.contains(&kind) || kind.starts_with("fuse.") => Kind::Served,
        _ => Kind::Local,
    };
    Some((id, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_left_alone() {
        let line = |kind: &str| format!("36 35 98:0 /m /m rw,noatime master:1 - {kind} /x rw");
        for (word, kind) in [
            ("ext4", Kind::Local),
            ("tmpfs", Kind::Local),
            ("fuse.sshfs", Kind::Served),
            ("autofs", Kind::Served),
            ("proc", Kind::Processes),
        ] {
            assert_eq!(parse(line(word).as_bytes()), Some((36, kind)), "{word}");
        }
        assert_eq!(parse(b""), None);
        let mut mounts = Mounts::default();
        mounts.read(std::process::id());
        assert!(!mounts.is_local(u64::MAX));
    }

    #[test]
    fn an_open_file_of_a_server_is_seen() {
        use std::os::fd::AsRawFd;
        let here = File::open("/").unwrap();
        let info = File::open(format!("/proc/self/fdinfo/{}", here.as_raw_fd())).unwrap();
        let id = aril_sys::file::mount_id_of((&here).into()).unwrap();
        assert_eq!(mount_of(info), Some(id));
        let mut mounts = Mounts::default();
        assert!(!mounts.has_open(std::process::id()));
        mounts.kinds.insert(id, Kind::Served);
        assert!(mounts.has_open(std::process::id()));
    }
}

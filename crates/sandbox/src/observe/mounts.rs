//! Which mounts can be looked into without a server that answers.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

/// Longer than the table of any host that this is for.
const LONGEST: u64 = 8 << 20;

/// Filesystems behind which a server, a network or a trap is: a look may wait for ever, or mount
/// something and so reach a network that the payload does not.
const SERVED: [&str; 16] = [
    "autofs", "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "fuseblk", "afs", "ceph", "coda",
    "ncpfs", "lustre", "gfs2", "ocfs2", "proc",
];

/// The mounts that were there when the first call was seen, by their ids, which are the kernel's own and
/// the same in every namespace.
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    is_local: HashMap<u64, bool>,
}

impl Mounts {
    /// Reads the mounts of the launcher and those of a thread.
    pub(crate) fn read(&mut self, thread: u32) {
        for path in [
            "/proc/self/mountinfo".to_owned(),
            format!("/proc/{thread}/mountinfo"),
        ] {
            let mut text = Vec::new();
            let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
            if read.is_ok() {
                self.is_local
                    .extend(text.split(|&byte| byte == b'\n').filter_map(parse));
            }
        }
    }

    /// Whether a mount can be looked into. One that is not known cannot.
    pub(crate) fn is_local(&self, id: u64) -> bool {
        self.is_local.get(&id).copied().unwrap_or(false)
    }
}

/// `ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELDS...] - TYPE SOURCE OPTIONS`, `proc(5)`. What is left
/// out of `/proc` is there because it is about processes, which differ on both sides anyway.
fn parse(line: &[u8]) -> Option<(u64, bool)> {
    let line = std::str::from_utf8(line).ok()?;
    let id = line.split(' ').next()?.parse().ok()?;
    let (_, rest) = line.split_once(" - ")?;
    let kind = rest.split(' ').next()?;
    let is_served = SERVED.contains(&kind) || kind.starts_with("fuse.");
    Some((id, !is_served))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_left_alone() {
        let line = |kind: &str| format!("36 35 98:0 /m /m rw,noatime master:1 - {kind} /x rw");
        for (kind, is_local) in [
            ("ext4", true),
            ("tmpfs", true),
            ("fuse.sshfs", false),
            ("autofs", false),
        ] {
            assert_eq!(parse(line(kind).as_bytes()), Some((36, is_local)), "{kind}");
        }
        assert_eq!(parse(b""), None);
        let mut mounts = Mounts::default();
        mounts.read(std::process::id());
        assert!(!mounts.is_local(u64::MAX));
    }
}

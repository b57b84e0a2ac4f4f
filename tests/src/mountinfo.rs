//! `/proc/PID/mountinfo` (proc_pid_mountinfo(5)).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// One line of mountinfo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// The mount's number.
    pub id: u32,
    /// The number of the mount on which this one lies.
    pub parent: u32,
    /// Device numbers as `major:minor`.
    pub device: String,
    /// Which directory of the file system is mounted.
    pub root: String,
    /// Where, as this process sees it.
    pub target: String,
    /// Flags of the mount, in the kernel's order: `ro`, `nosuid`, ...
    pub flags: Vec<String>,
    /// Propagation: `shared:N`, `master:N`; empty for a private mount.
    pub propagation: Vec<String>,
    /// The file system type.
    pub kind: String,
    /// The mount's source.
    pub source: String,
    /// Options of the file system.
    pub options: Vec<String>,
}

impl Mount {
    /// Reads one line.
    pub fn parse(line: &str) -> Self {
        let (mount, filesystem) = line.split_once(" - ").expect("a mountinfo line with ' - '");
        let left: Vec<&str> = mount.split(' ').collect();
        let right: Vec<&str> = filesystem.split(' ').collect();
        Self {
            id: left[0].parse().expect("a mount id"),
            parent: left[1].parse().expect("a mount id"),
            device: left[2].to_owned(),
            root: unescape(left[3]),
            target: unescape(left[4]),
            flags: commas(left[5]),
            propagation: left[6..].iter().map(|&field| field.to_owned()).collect(),
            kind: right[0].to_owned(),
            source: unescape(right[1]),
            options: commas(right[2]),
        }
    }

    /// Whether a flag such as `ro` is set on the mount.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|set| set == flag)
    }

    /// Whether the file system has an option such as `mode=755`.
    pub fn option(&self, option: &str) -> bool {
        self.options.iter().any(|set| set == option)
    }
}

/// Reads a whole file.
pub fn parse(text: &str) -> Vec<Mount> {
    text.lines().map(Mount::parse).collect()
}

/// Mounts that a path can reach: topmost, and on a chain of mounts which are topmost themselves.
pub fn reachable(mounts: &[Mount]) -> Vec<&Mount> {
    let top: BTreeMap<&str, &Mount> = mounts
        .iter()
        .map(|mount| (mount.target.as_str(), mount))
        .collect();
    let reached = |mount: &Mount| {
        let mut path = Path::new(&mount.target);
        while let Some(parent) = path.parent() {
            if let Some(above) = top.get(parent.to_str().expect("a path that is text")) {
                let mut chain = Some(mount);
                while let Some(link) = chain.filter(|link| link.id != above.id) {
                    chain = mounts.iter().find(|mount| mount.id == link.parent);
                }
                if chain.is_none() {
                    return false;
                }
            }
            path = parent;
        }
        true
    };
    top.values()
        .copied()
        .filter(|mount| reached(mount))
        .collect()
}

fn commas(field: &str) -> Vec<String> {
    field.split(',').map(str::to_owned).collect()
}

/// Undoes the kernel's `\ooo` for blanks and backslashes.
fn unescape(field: &str) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'\\' && tail.len() >= 3 {
            let octal = tail[..3]
                .iter()
                .fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
            bytes.push(u8::try_from(octal).expect("one byte"));
            rest = &tail[3..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Mount;

    #[test]
    fn blanks_are_unescaped() {
        let mount = Mount::parse("7 1 0:5 / /a\\040b ro,nosuid master:3 - tmpfs none rw,mode=755");
        assert_eq!(mount.target, "/a b");
        assert!(mount.has("nosuid") && mount.option("mode=755"));
        assert_eq!(mount.propagation, ["master:3"]);
    }
}

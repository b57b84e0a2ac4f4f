//! Abstract sockets that are there outside and out of reach inside.
//!
//! They belong to a network namespace (`unix(7)`), and where that is the host's only Landlock parts them.
//! Landlock tells denials to the kernel's audit log, which only root reads. But the table of names tells
//! which were there before the payload: these are the host's, and the domain keeps them out.

use super::reachable::{read_bytes, shares_network};
use std::collections::BTreeSet;

/// `__SO_ACCEPTCON` among the flags of a table's line: it listens.
const LISTENS: u32 = 1 << 16;

/// What is outside.
#[derive(Debug)]
pub(super) struct Border {
    /// The names that listened before the payload ran, where Landlock keeps them out.
    parted: Option<BTreeSet<Vec<u8>>>,
}

impl Border {
    /// To be made before the payload makes sockets of its own.
    pub(super) fn new(is_parted: bool) -> Self {
        let parted = is_parted.then(|| listening(&read_bytes("self", "unix")));
        Self { parted }
    }

    /// Whether a thread does not reach this name where the launcher could.
    pub(super) fn misses(&self, thread: u32, name: &[u8]) -> bool {
        let who = thread.to_string();
        let name = as_shown(name);
        let is_there = |who: &str| listening(&read_bytes(who, "unix")).contains(&name);
        match shares_network(&who) {
            None => false,
            Some(true) => {
                let parted = self.parted.as_ref();
                parted.is_some_and(|parted| parted.contains(&name)) && is_there("self")
            }
            Some(false) => !is_there(&who) && is_there("self"),
        }
    }
}

/// The kernel writes `@` for each zero in a name.
fn as_shown(name: &[u8]) -> Vec<u8> {
    let bytes = name.iter();
    bytes
        .map(|&byte| if byte == 0 { b'@' } else { byte })
        .collect()
}

/// The names of a table: `NUM: REFS PROTOCOL FLAGS TYPE STATE INODE @NAME`, the flags in hexadecimal.
fn listening(table: &[u8]) -> BTreeSet<Vec<u8>> {
    let lines = table.split(|&byte| byte == b'\n');
    lines.filter_map(listening_name).collect()
}

fn listening_name(line: &[u8]) -> Option<Vec<u8>> {
    let mut rest = line;
    let mut flags = 0;
    for field in 0..7 {
        rest = rest.trim_ascii_start();
        let end = rest.iter().position(|&byte| byte == b' ')?;
        let (word, after) = rest.split_at_checked(end)?;
        if field == 3 {
            flags = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        }
        rest = after;
    }
    let name = rest.strip_prefix(b" @")?;
    (flags & LISTENS != 0).then(|| name.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let table = b"Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 10 @/tmp/.X11-unix/X0\n\
            0000000000000000: 00000002 00000000 00010000 0001 01  9 @a b@c\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/x\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 12\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 13 @connected\n";
        let expected = [&b"/tmp/.X11-unix/X0"[..], b"a b@c"].map(<[u8]>::to_vec);
        assert_eq!(listening(table), BTreeSet::from(expected));
        assert_eq!(as_shown(b"a b\0c"), b"a b@c");
    }
}

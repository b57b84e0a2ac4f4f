//! Short forms of entries that many parts use.

use aril_sandbox::spec::{Bind, Data, Devices, Source};
use aril_sandbox::{Access, Entry, Node};
use std::path::PathBuf;

/// What a descriptor is open on.
pub(crate) fn bind_fd(fd: i32, target: impl Into<PathBuf>, access: Access) -> Entry {
    Entry::new(
        target,
        Node::Bind(Bind {
            source: Source::Fd(fd),
            access,
            devices: Devices::Refused,
            optional: false,
            live: false,
        }),
    )
}

/// A file with these contents that the payload can read and nobody inside can write.
pub(crate) fn file(target: impl Into<PathBuf>, contents: impl Into<Vec<u8>>) -> Entry {
    Entry::new(
        target,
        Node::Data {
            mode: 0o644,
            data: Data::Bytes(contents.into()),
            access: Access::ReadOnly,
        },
    )
}

/// A directory in the sandbox's own root.
pub(crate) fn directory(target: impl Into<PathBuf>, mode: u32) -> Entry {
    Entry::new(target, Node::Directory { mode })
}

/// An empty filesystem in memory of at most `size` bytes.
pub(crate) fn tmpfs(target: impl Into<PathBuf>, size: u64, mode: u32) -> Entry {
    let size = Some(size);
    Entry::new(target, Node::Tmpfs { size, mode })
}

/// The entries with who asked for them.
pub(crate) fn from_origin(entries: impl IntoIterator<Item = Entry>, origin: &str) -> Vec<Entry> {
    let entries = entries.into_iter();
    entries.map(|entry| entry.from_origin(origin)).collect()
}

//! A small `/etc`: who the user is, and how programs of the host's `/usr` find their libraries.

use crate::facts::Facts;
use aril_sandbox::spec::Data;
use aril_sandbox::{Access, Entry, Node};
use std::os::unix::ffi::OsStrExt;

/// What the host's `/usr` needs of the host's `/etc`.
const OF_THE_RUNTIME: [&str; 6] = [
    "ld.so.cache",
    "ld.so.conf",
    "alternatives",
    "ssl/certs",
    "localtime",
    "fonts",
];

/// How names are resolved.
const OF_THE_NETWORK: [&str; 5] = [
    "resolv.conf",
    "hosts",
    "host.conf",
    "gai.conf",
    "nsswitch.conf",
];

/// The id of whoever does not exist inside.
const NOBODY: u32 = 65534;

/// The entries of `/etc`.
pub fn entries(facts: &Facts, network: bool) -> Vec<Entry> {
    let mut entries = vec![
        file("/etc/passwd", passwd(facts)),
        file("/etc/group", group(facts)),
    ];
    entries.extend(OF_THE_RUNTIME.map(of_host));
    if network {
        entries.extend(OF_THE_NETWORK.map(of_host));
    }
    entries
}

/// A file with contents that the payload can read and nobody inside can write.
pub fn file(target: &str, contents: Vec<u8>) -> Entry {
    Entry::new(
        target,
        Node::Data {
            mode: 0o644,
            data: Data::Bytes(contents),
            access: Access::ReadOnly,
        },
    )
}

fn of_host(name: &str) -> Entry {
    let path = format!("/etc/{name}");
    Entry::bind(path.clone(), path, Access::ReadOnly).optional()
}

fn passwd(facts: &Facts) -> Vec<u8> {
    let ids = format!(":x:{}:{}:", facts.uid, facts.gid);
    let nobody = format!("nfsnobody:x:{NOBODY}:{NOBODY}:Unmapped user:/:/sbin/nologin\n");
    [
        &facts.user,
        ids.as_bytes(),
        &facts.user,
        b":",
        facts.home.as_os_str().as_bytes(),
        b":/bin/sh\n",
        nobody.as_bytes(),
    ]
    .concat()
}

fn group(facts: &Facts) -> Vec<u8> {
    let rest = format!(":x:{}:\nnfsnobody:x:{NOBODY}:\n", facts.gid);
    [&facts.group, rest.as_bytes()].concat()
}

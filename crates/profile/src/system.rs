//! What of the host's system is visible: a list of what may be seen, not of what may not.
//!
//! Secrets of a system are in too many places to name them all (`/etc/shadow`, keys of hosts, networks,
//! virtual private networks and clusters, sockets in `/run`, databases in `/var`), and for root most of
//! them could be read. So `/etc` is the names below and no other; `/run`, `/var`, `/sys`, `/boot`,
//! `/srv`, `/mnt`, `/media` and other people's homes are not there at all.

use crate::facts::Facts;
use crate::files::{Files, Kind};
use crate::layer::{Place, Rank};
use crate::setting::Net;
use aril_sandbox::spec::{Data, Node};
use aril_sandbox::{Access, Entry};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Who asks for what every sandbox has.
pub(crate) const ORIGIN: &str = "the system";

/// Trees of programs: readable by everybody on the host too.
const TREES: [&str; 5] = [
    "/usr",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/run/current-system",
];

/// Names in the root that lead to `/usr` where it is merged, and are directories where it is not.
const ROOT_NAMES: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

/// What of `/etc` programs need and nobody has to hide.
const ETC: &[&str] = &[
    "ImageMagick-6",
    "ImageMagick-7",
    "OpenCL",
    "R",
    "X11",
    "alternatives",
    "bash.bashrc",
    "bash_completion.d",
    "bashrc",
    "bindresvport.blacklist",
    "ca-certificates",
    "ca-certificates.conf",
    "chromium",
    "chromium.d",
    "crypto-policies",
    "dconf",
    "debian_version",
    "dictionaries-common",
    "emacs",
    "environment.d",
    "ethertypes",
    "fedora-release",
    "fish",
    "fonts",
    "gitconfig",
    "glvnd",
    "groff",
    "gtk-2.0",
    "gtk-3.0",
    "gtk-4.0",
    "host.conf",
    "inputrc",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "ldap/ldap.conf",
    "libnl-3",
    "locale.alias",
    "locale.conf",
    "locale.gen",
    "localtime",
    "lsb-release",
    "lynx",
    "magic",
    "magic.mime",
    "mailcap",
    "man_db.conf",
    "manpath.config",
    "mime.types",
    "mke2fs.conf",
    "nanorc",
    "netconfig",
    "networks",
    "nsswitch.conf",
    "nvim",
    "opt",
    "os-release",
    "papersize",
    "paperspecs",
    "perl",
    "php",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "pki/tls/openssl.cnf",
    "profile",
    "profile.d",
    "protocols",
    "pulse",
    "python",
    "redhat-release",
    "rpc",
    "screenrc",
    "services",
    "sgml",
    "shells",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
    "system-release",
    "terminfo",
    "texmf",
    "timezone",
    "vim",
    "vulkan",
    "wgetrc",
    "xattr.conf",
    "xdg",
    "xml",
    "zsh",
];

/// Beginnings of names of `/etc`: those with a version in them.
const ETC_BEGINNINGS: [&str; 3] = ["java", "python3", "openmpi"];

/// How names are resolved: needed where there is a network.
const ETC_OF_NETWORK: [&str; 3] = ["resolv.conf", "hosts", "gai.conf"];

/// What programs look up quickly in `/var`.
const VAR: [&str; 2] = ["/var/cache/fontconfig", "/var/lib/texmf"];

/// The id of whoever does not exist inside.
const NOBODY: u32 = 65534;

/// The most that the sandbox's own `/tmp` holds, and its home directory.
pub(crate) const TEMPORARY_SIZE: u64 = 4 << 30;
/// The most that the directory for sockets holds.
const RUNTIME_SIZE: u64 = 64 << 20;

/// The places of the system.
pub(crate) fn places(facts: &Facts, net: Net, files: &dyn Files) -> Vec<Place> {
    let mut places = Vec::new();
    let root = ROOT_NAMES.map(|name| format!("/{name}"));
    for path in TREES.iter().copied().chain(VAR) {
        if files.kind(Path::new(path)) == Some(Kind::Directory) {
            places.push(of_host(path));
        }
    }
    for (name, path) in ROOT_NAMES.iter().zip(&root) {
        match files.kind_itself(Path::new(path)) {
            Some(Kind::Link) => places.push(one(Entry::symlink(format!("usr/{name}"), path))),
            Some(_) => places.push(of_host(path)),
            None => (),
        }
    }
    places.extend(etc(facts, net, files));
    // Keyrings are not divided by namespaces: the list names the user's keys (keyrings(7)).
    if files.kind(Path::new("/proc/keys")).is_some() {
        places.push(data_over("/proc/keys"));
    }
    places.extend([
        one(Entry::proc("/proc")),
        dev(),
        one(tmpfs("/tmp", 0o1777, TEMPORARY_SIZE)),
        one(Entry::symlink("../tmp", "/var/tmp")),
        one(Entry::symlink("../run", "/var/run")),
        one(tmpfs(&runtime_directory(facts.uid), 0o700, RUNTIME_SIZE)),
    ]);
    places
}

/// Whether every sandbox sees the host's files there.
pub(crate) fn is_visible(path: &Path) -> bool {
    let root = ROOT_NAMES.iter().map(|name| Path::new("/").join(name));
    TREES.iter().any(|tree| path.starts_with(tree))
        || root.into_iter().any(|tree| path.starts_with(tree))
}

/// Whether every sandbox sees a file of the host's there, in a directory of which it sees a list.
pub(crate) fn is_listed(path: &Path) -> bool {
    let of_etc = |name: &Path| {
        let first = name.iter().next().map(OsStr::as_bytes).unwrap_or_default();
        let mut beginnings = ETC_BEGINNINGS.iter().map(|begin| begin.as_bytes());
        let mut names = ETC.iter().chain(&ETC_OF_NETWORK).map(Path::new);
        names.any(|listed| name.starts_with(listed)) || beginnings.any(|it| first.starts_with(it))
    };
    path.strip_prefix("/etc").is_ok_and(of_etc) || VAR.iter().any(|it| path.starts_with(it))
}

/// What the sandbox has of its own, and cannot do without.
pub(crate) fn is_own(path: &Path) -> bool {
    ["/proc", "/dev", "/tmp"]
        .iter()
        .any(|own| path == Path::new(own))
}

/// Whether what the sandbox mounts instead of the host's lies between `above` and `path`, and so decides
/// about it.
pub(crate) fn is_nearer(path: &Path, above: &Path) -> bool {
    let mut own = ["/proc", "/dev", "/tmp"].iter().map(Path::new);
    own.any(|place| path.starts_with(place) && place.starts_with(above) && place != above)
}

/// The directory for sockets and the like.
pub(crate) fn runtime_directory(uid: u32) -> String {
    format!("/run/user/{uid}")
}

fn etc(facts: &Facts, net: Net, files: &dyn Files) -> Vec<Place> {
    let mut places = Vec::new();
    for name in files.names(Path::new("/etc")) {
        let Some(name) = name.to_str() else { continue };
        let begins = ETC_BEGINNINGS.iter().any(|begin| name.starts_with(begin));
        let of_network = net == Net::Host && ETC_OF_NETWORK.contains(&name);
        if begins || of_network || ETC.binary_search(&name).is_ok() {
            places.push(of_host(&format!("/etc/{name}")));
        }
        places.extend(within(name).map(|inner| of_host(&format!("/etc/{inner}"))));
    }
    // A directory lists itself in no order; the same host shall give the same spec.
    places.sort_by(|a, b| a.target.cmp(&b.target));
    places.push(data("/etc/passwd", passwd(facts)));
    places.push(data("/etc/group", group(facts)));
    if net == Net::None {
        places.push(data(
            "/etc/hosts",
            b"127.0.0.1 localhost aril\n::1 localhost aril\n".to_vec(),
        ));
    }
    places
}

/// The rows of the list that name something within this directory of `/etc`.
fn within(name: &str) -> impl Iterator<Item = &'static str> {
    let rows = ETC.iter().copied();
    rows.filter(move |row| {
        row.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// `/dev` with shared memory; the rest of it cannot be written.
fn dev() -> Place {
    let entries = [
        Entry::dev("/dev"),
        tmpfs("/dev/shm", 0o1777, TEMPORARY_SIZE),
        Entry::new("/dev", Node::ReadOnly),
    ];
    Place::new(
        "/dev",
        Rank::System,
        entries.map(|entry| entry.from_origin(ORIGIN)),
    )
}

pub(crate) fn tmpfs(target: &str, mode: u32, size: u64) -> Entry {
    let size = Some(size);
    Entry::new(target, Node::Tmpfs { size, mode })
}

/// Something of the host's, which may vanish before it is mounted.
fn of_host(path: &str) -> Place {
    one(Entry::bind(path, path, Access::ReadOnly).optional())
}

fn one(entry: Entry) -> Place {
    let target = entry.target.clone();
    Place::new(target, Rank::System, [entry.from_origin(ORIGIN)])
}

fn data(target: &str, contents: Vec<u8>) -> Place {
    one(Entry::new(
        target,
        Node::File {
            mode: 0o444,
            data: Data::Bytes(contents),
        },
    ))
}

/// An empty file that nobody can read, over one that is there.
fn data_over(target: &str) -> Place {
    one(Entry::new(
        target,
        Node::Data {
            mode: 0o000,
            data: Data::Bytes(Vec::new()),
            access: Access::ReadOnly,
        },
    ))
}

fn passwd(facts: &Facts) -> Vec<u8> {
    let user = facts.user.as_bytes();
    let ids = format!(":x:{}:{}:", facts.uid, facts.gid);
    let home = facts.home.as_os_str().as_bytes();
    let nobody = format!("nobody:x:{NOBODY}:{NOBODY}:nobody:/:/usr/sbin/nologin\n");
    [
        user,
        ids.as_bytes(),
        b":",
        home,
        b":/bin/sh\n",
        nobody.as_bytes(),
    ]
    .concat()
}

fn group(facts: &Facts) -> Vec<u8> {
    let rest = format!(":x:{}:\nnogroup:x:{NOBODY}:\n", facts.gid);
    [facts.group.as_bytes(), rest.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_no_secret() {
        assert!(ETC.is_sorted());
        for secret in [
            "shadow",
            "gshadow",
            "sudoers",
            "ssh",
            "ssl",
            "ssl/private",
            "machine-id",
            "krb5.keytab",
        ] {
            assert!(!ETC.contains(&secret), "{secret}");
        }
    }
}

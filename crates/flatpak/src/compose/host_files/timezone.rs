//! The time zone: localtime(5), and the database of zones.

use super::{HostFiles, always, bind, file};
use aril_sandbox::{Entry, Node};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const DATABASE: &str = "/usr/share/zoneinfo";

/// A zone's name is not longer than a path in the database.
const LONGEST: u64 = 256;

/// `/etc/localtime`, `/etc/timezone`, and the host's database over the runtime's.
pub(super) fn entries(host: &HostFiles<'_>) -> Vec<Entry> {
    let mut tree = Vec::new();
    let database = host.facts.path_variable("TZDIR");
    let database = database.unwrap_or_else(|| host.root.join("usr/share/zoneinfo"));
    let covers = covers(host, &database);
    if covers {
        tree.push(bind(&database, DATABASE));
    }
    let zone = zone(host.root);
    let known = |zone: &String| match covers {
        true => database.join(zone).is_file(),
        false => runtime_has(host, zone),
    };
    match zone.filter(known) {
        Some(zone) => {
            let to = format!("../usr/share/zoneinfo/{zone}").into();
            tree.push(always("/etc/localtime", Node::Symlink { to }));
            tree.push(file("/etc/timezone", format!("{zone}\n").into_bytes()));
        }
        None => tree.extend(rules(host.root)),
    }
    tree
}

/// Whether the host's database can be shown: both have one, and it is not the same.
fn covers(host: &HostFiles<'_>, database: &Path) -> bool {
    let shares = |directory: &Path| directory.join("share/zoneinfo");
    let of_runtime = host.runtime.open_dir(&shares(Path::new("")));
    let (Ok(of_host), Ok(of_runtime)) = (fs::metadata(database), of_runtime) else {
        return false;
    };
    let same = rustix::fs::fstat(&of_runtime)
        .is_ok_and(|status| (status.st_dev, status.st_ino) == (of_host.dev(), of_host.ino()));
    of_host.is_dir() && !same
}

fn runtime_has(host: &HostFiles<'_>, zone: &str) -> bool {
    let zones = host.runtime.open_dir(Path::new("share/zoneinfo"));
    zones.is_ok_and(|zones| zones.read(Path::new(zone), 1 << 20).is_ok())
}

/// The zone's name, by the link `/etc/localtime` or the file `/etc/timezone`.
fn zone(root: &Path) -> Option<String> {
    let link = fs::read_link(root.join("etc/localtime")).ok();
    let by_link = link.and_then(|link| {
        let bytes = link.as_os_str().as_bytes();
        let mark = b"/zoneinfo/";
        let at = bytes.windows(mark.len()).position(|part| part == mark)?;
        valid(bytes.get(at + mark.len()..)?)
    });
    by_link.or_else(|| {
        let path = root.join("etc/timezone");
        let short = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= LONGEST);
        let text = short.then(|| fs::read(&path).ok()).flatten()?;
        valid(text.split(|&byte| byte == b'\n').next()?.trim_ascii())
    })
}

/// The name becomes a part of a path: only what zones are named with.
fn valid(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let parts = |part: &str| !part.is_empty() && part.chars().all(plain);
    name.split('/').all(parts).then(|| name.to_owned())
}

/// The rules themselves, where the zone has no name.
fn rules(root: &Path) -> Option<Entry> {
    let path: PathBuf = root.join("etc/localtime");
    path.is_file().then(|| bind(path, "/etc/localtime"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn names() {
        let rows: [(&[u8], bool); 9] = [
            (b"Europe/Berlin", true),
            (b"America/Port-au-Prince", true),
            (b"Etc/GMT+1", true),
            (b"UTC", true),
            (b"", false),
            (b"../etc/passwd", false),
            (b"/UTC", false),
            (b"a//b", false),
            (b"a\nb", false),
        ];
        for (name, expected) in rows {
            assert_eq!(valid(name).is_some(), expected, "{name:?}");
        }
    }

    #[test]
    fn the_link_says_more_than_the_file() {
        let root = tempfile::tempdir().unwrap();
        let etc = root.path().join("etc");
        fs::create_dir(&etc).unwrap();
        assert_eq!(zone(root.path()), None);
        fs::write(etc.join("timezone"), "Asia/Tokyo\n").unwrap();
        assert_eq!(zone(root.path()).as_deref(), Some("Asia/Tokyo"));
        symlink("../usr/share/zoneinfo/Europe/Berlin", etc.join("localtime")).unwrap();
        assert_eq!(zone(root.path()).as_deref(), Some("Europe/Berlin"));
    }
}

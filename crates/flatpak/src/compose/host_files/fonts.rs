//! Fonts, and what fontconfig needs to know that they are the host's.

use super::{HostFiles, always, bind, bind_fd, file, first_of, of_user};
use crate::compose::Part;
use aril_sandbox::{Entry, Node};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The system's directories and where they appear.
const DIRECTORIES: &[(&str, &str)] = &[
    ("usr/share/fonts", "/run/host/fonts"),
    ("usr/local/share/fonts", "/run/host/local-fonts"),
];
const CACHES: &[&str] = &["var/cache/fontconfig", "usr/lib/fontconfig/cache"];

/// The fonts, their caches, and the list of what is where.
pub(super) fn part(host: &HostFiles<'_>) -> Part {
    let mut part = Part::default();
    let mut places = Vec::new();
    for (path, target) in DIRECTORIES {
        let source = host.root.join(path);
        if source.exists() {
            places.push((Path::new("/").join(path), *target));
            part.tree.push(bind(source, *target));
        }
    }
    match first_of(host, CACHES) {
        Some(cache) => part.tree.push(bind(cache, "/run/host/fonts-cache")),
        None => part.tree.extend(empty("/run/host/fonts-cache")),
    }
    let home = &host.facts.home;
    let of_user = [host.facts.data_home().join("fonts"), home.join(".fonts")];
    if let Some((fd, path)) = of_user::first(&mut part, host, &of_user) {
        places.push((path, "/run/host/user-fonts"));
        bind_fd(&mut part, fd, "/run/host/user-fonts");
    }
    let cache = host.facts.cache_home().join("fontconfig");
    match of_user::opened(&mut part, host, &cache) {
        Some(fd) => bind_fd(&mut part, fd, "/run/host/user-fonts-cache"),
        None => part.tree.extend(empty("/run/host/user-fonts-cache")),
    }
    let places = places
        .iter()
        .map(|(path, target)| (path.as_path(), *target));
    part.tree
        .push(file("/run/host/font-dirs.xml", remapped(places)));
    part
}

/// A cache that is empty and stays so.
fn empty(target: &str) -> [Entry; 2] {
    let (size, mode) = (Some(4096), 0o755);
    [
        always(target, Node::Tmpfs { size, mode }),
        always(target, Node::ReadOnly),
    ]
}

/// The host's caches name the directories as the host does: fonts-conf(5), `remap-dir`.
fn remapped<'a>(places: impl Iterator<Item = (&'a Path, &'a str)>) -> Vec<u8> {
    let mut text = b"<?xml version=\"1.0\"?>\n\
        <!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n<fontconfig>\n"
        .to_vec();
    for (path, target) in places {
        text.extend(b"  <remap-dir as-path=\"");
        text.extend(quoted(path.as_os_str().as_bytes()));
        text.extend(b"\">");
        text.extend(target.as_bytes());
        text.extend(b"</remap-dir>\n");
    }
    text.extend(b"</fontconfig>\n");
    text
}

/// XML 1.0, 2.3: what an attribute's value cannot have as it is.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in text {
        match byte {
            b'&' => out.extend(b"&amp;"),
            b'<' => out.extend(b"&lt;"),
            b'>' => out.extend(b"&gt;"),
            b'"' => out.extend(b"&quot;"),
            b'\n' | b'\t' | b'\r' => out.extend(format!("&#{byte};").bytes()),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted() {
        let places = [(Path::new("/h/a\"<b>&"), "/run/host/user-fonts")];
        let text = String::from_utf8(remapped(places.into_iter())).unwrap();
        let line =
            "  <remap-dir as-path=\"/h/a&quot;&lt;b&gt;&amp;\">/run/host/user-fonts</remap-dir>";
        assert!(text.lines().any(|found| found == line), "{text}");
    }
}

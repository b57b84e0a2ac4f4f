//! The list of entries becomes the tree that they make.

use super::model::{Access, Mount};
use crate::catalogue::shown_size;
use aril_flatpak::{shown, shown_path};
use aril_sandbox::spec::{self, Bind, Data, Devices, ProcSource, Source, Upper};
use aril_sandbox::{Entry, Node, Spec};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// A directory of the tree that is being built.
#[derive(Default)]
struct Place {
    mount: Option<Mount>,
    below: BTreeMap<OsString, Place>,
}

/// The tree of a spec.
pub(super) fn tree(spec: &Spec) -> Mount {
    let mut root = Place {
        mount: Some(root_of(spec)),
        ..Place::default()
    };
    for entry in &spec.tree {
        put(&mut root, entry);
    }
    finish(root, Path::new("/"))
}

fn root_of(spec: &Spec) -> Mount {
    let access = match spec.root.access {
        spec::Access::ReadOnly => Access::ReadOnly,
        spec::Access::ReadWrite => Access::Temporary,
    };
    Mount {
        details: size(spec.root.size),
        ..mount("tmpfs", Some(access))
    }
}

fn mount(kind: &'static str, access: Option<Access>) -> Mount {
    Mount {
        path: String::new(),
        kind,
        access,
        source: None,
        details: Vec::new(),
        origin: None,
        children: Vec::new(),
    }
}

fn size(bytes: Option<u64>) -> Vec<String> {
    bytes
        .map(|bytes| format!("at most {}", shown_size(bytes)))
        .into_iter()
        .collect()
}

/// Puts an entry where it belongs. What covers a directory covers all that was below it.
fn put(root: &mut Place, entry: &Entry) {
    let mut place = root;
    for part in entry.target.components() {
        if let Component::Normal(name) = part {
            place = place.below.entry(name.to_owned()).or_default();
        }
    }
    // These change what is there, or stand for what is around them.
    let changed = match &entry.node {
        Node::ReadOnly => Some(Some(Access::ReadOnly)),
        Node::Pin { access, .. } => Some(pinned(*access)),
        Node::Mode { .. } => Some(None),
        _ => None,
    };
    if let (Some(access), Some(mount)) = (changed, &mut place.mount) {
        mount.access = access.or(mount.access);
        return;
    }
    let keeps_below = changed.is_some() || matches!(entry.node, Node::Directory { .. });
    if matches!(entry.node, Node::Directory { .. }) && place.mount.is_some() {
        return;
    }
    if !keeps_below {
        place.below.clear();
    }
    let said = entry.origin.as_ref();
    place.mount = Some(Mount {
        origin: said.map(|origin| shown(origin).to_string()),
        ..of_node(&entry.node)
    });
}

fn of_node(node: &Node) -> Mount {
    match node {
        Node::Bind(bind) => of_bind(bind),
        Node::Tmpfs { size: bytes, .. } => Mount {
            details: size(*bytes),
            ..mount("tmpfs", Some(Access::Temporary))
        },
        Node::Proc(source) => Mount {
            details: vec![proc_words(*source).to_owned()],
            ..mount("proc", Some(Access::ReadOnly))
        },
        Node::Dev => Mount {
            details: vec!["null, zero, full, random, urandom, tty, own terminals".to_owned()],
            ..mount("dev", Some(Access::Temporary))
        },
        Node::Mqueue => mount("mqueue", Some(Access::Temporary)),
        Node::Overlay(overlay) => Mount {
            source: overlay
                .layers
                .last()
                .map(|layer| shown_path(layer).to_string()),
            details: vec![format!("{} layers", overlay.layers.len())],
            ..mount("overlay", Some(overlay_access(&overlay.upper)))
        },
        Node::Directory { .. } | Node::Mode { .. } | Node::ReadOnly => mount("directory", None),
        Node::Pin { access, .. } => Mount {
            details: vec!["it cannot be replaced".to_owned()],
            ..mount("pin", pinned(*access))
        },
        Node::File { data, .. } => Mount {
            details: contents(data),
            ..mount("file", None)
        },
        Node::Data { data, access, .. } => Mount {
            details: contents(data),
            ..mount("file", Some(temporary(*access)))
        },
        Node::Symlink { to } => Mount {
            source: Some(shown(to.as_bytes()).to_string()),
            ..mount("symlink", None)
        },
    }
}

fn of_bind(bind: &Bind) -> Mount {
    let mut details = Vec::new();
    if bind.devices == Devices::Allowed {
        details.push("devices work".to_owned());
    }
    if bind.live {
        details.push("later mounts appear".to_owned());
    }
    let source = source_path(&bind.source);
    if bind.optional && source.as_ref().is_some_and(|path| !path.exists()) {
        details.push("not there now".to_owned());
    }
    let access = match bind.access {
        spec::Access::ReadOnly => Access::ReadOnly,
        spec::Access::ReadWrite => Access::ReadWrite,
    };
    Mount {
        source: source.map(|path| shown_path(&path).to_string()),
        details,
        ..mount("bind", Some(access))
    }
}

/// The path that a source has now; a descriptor is asked for it.
pub(super) fn source_path(source: &Source) -> Option<PathBuf> {
    match source {
        Source::Path(path) => Some(path.clone()),
        Source::Fd(fd) => std::fs::read_link(format!("/proc/self/fd/{fd}")).ok(),
    }
}

fn overlay_access(upper: &Upper) -> Access {
    match upper {
        Upper::None => Access::ReadOnly,
        Upper::Temporary => Access::Temporary,
        Upper::Kept { .. } => Access::ReadWrite,
    }
}

/// A pin that can be written is as writable as what it is on.
fn pinned(access: spec::Access) -> Option<Access> {
    match access {
        spec::Access::ReadOnly => Some(Access::ReadOnly),
        spec::Access::ReadWrite => None,
    }
}

fn temporary(access: spec::Access) -> Access {
    match access {
        spec::Access::ReadOnly => Access::ReadOnly,
        spec::Access::ReadWrite => Access::Temporary,
    }
}

fn contents(data: &Data) -> Vec<String> {
    match data {
        Data::Bytes(bytes) => vec![format!("made for the sandbox, {} bytes", bytes.len())],
        Data::Fd(_) => vec!["made for the sandbox".to_owned()],
    }
}

fn proc_words(source: ProcSource) -> &'static str {
    match source {
        ProcSource::New => "the sandbox's own processes",
        ProcSource::Host => "every process of the host",
        ProcSource::NewElseHost => "the sandbox's own processes, where the kernel grants it",
    }
}

/// A directory that is there only for one thing in it is joined with that.
fn finish(place: Place, path: &Path) -> Mount {
    let is_root = path == Path::new("/");
    let single = place.mount.is_none() && place.below.len() == 1 && !is_root;
    let mut children: Vec<Mount> = place
        .below
        .into_iter()
        .map(|(name, below)| finish(below, &path.join(&name)))
        .collect();
    if single && let Some(child) = children.pop() {
        return child;
    }
    let own = place.mount.unwrap_or_else(|| mount("parent", None));
    Mount {
        path: shown(OsStr::as_bytes(path.as_os_str())).to_string(),
        children,
        ..own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entries: impl IntoIterator<Item = Entry>) -> Mount {
        let mut spec = Spec::new("x");
        spec.tree.extend(entries);
        tree(&spec)
    }

    fn lines(mount: &Mount, depth: usize, into: &mut Vec<String>) {
        let access = mount.access.map(|access| format!(" {access:?}"));
        let access = access.unwrap_or_default();
        into.push(format!(
            "{}{} {}{access}",
            " ".repeat(depth),
            mount.path,
            mount.kind
        ));
        mount
            .children
            .iter()
            .for_each(|child| lines(child, depth + 1, into));
    }

    fn drawn(entries: impl IntoIterator<Item = Entry>) -> Vec<String> {
        let mut into = Vec::new();
        lines(&of(entries), 0, &mut into);
        into
    }

    #[test]
    fn places_nest() {
        let bind = |path: &str, access| Entry::bind(path, path, access);
        let drawn = drawn([
            bind("/usr", spec::Access::ReadOnly),
            Entry::symlink("usr/bin", "/bin"),
            bind("/usr/local/x", spec::Access::ReadWrite),
            Entry::tmpfs("/dev"),
            Entry::new("/dev", Node::ReadOnly),
            Entry::tmpfs("/home/u/.var/app"),
            bind("/home/u/.var/app/o.x.Y", spec::Access::ReadWrite),
            Entry::new("/etc/a", Node::Directory { mode: 0o755 }),
            bind("/etc/b", spec::Access::ReadOnly),
        ]);
        assert_eq!(
            drawn,
            [
                "/ tmpfs Temporary",
                " /bin symlink",
                " /dev tmpfs ReadOnly",
                " /etc parent",
                "  /etc/a directory",
                "  /etc/b bind ReadOnly",
                " /home/u/.var/app tmpfs Temporary",
                "  /home/u/.var/app/o.x.Y bind ReadWrite",
                " /usr bind ReadOnly",
                "  /usr/local/x bind ReadWrite",
            ]
        );
    }

    #[test]
    fn what_is_covered_is_not_shown() {
        let entries = [
            Entry::tmpfs("/a/b"),
            Entry::tmpfs("/a/b/c"),
            Entry::tmpfs("/a"),
        ];
        assert_eq!(drawn(entries), ["/ tmpfs Temporary", " /a tmpfs Temporary"]);
    }

    #[test]
    fn foreign_text_is_escaped() {
        let tree = of([Entry::tmpfs("/a\x1b").from_origin("\x1b[2K")]);
        assert_eq!(tree.children[0].path, "/a\\x1b");
        assert_eq!(tree.children[0].origin.as_deref(), Some("\\x1b[2K"));
    }
}

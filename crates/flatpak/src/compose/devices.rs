//! `/dev`: a minimal one, and the device nodes that are granted (contract, 1.11).

use super::Part;
use crate::permissions::{Device, Origin};
use aril_sandbox::spec::{Bind, Devices, Source};
use aril_sandbox::{Access, Entry, Node};
use std::collections::BTreeMap;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

/// The most that an own `/dev/shm` can hold.
const SHARED_MEMORY_SIZE: u64 = 1 << 30;

/// Graphics: the kernel's own interface, and those of drivers outside of it. NVIDIA's cards are
/// numbered.
const GRAPHICS: &[&str] = &[
    "dri",
    "udmabuf",
    "mali",
    "mali0",
    "umplock",
    "nvidiactl",
    "nvidia-modeset",
    "nvidia-uvm",
    "nvidia-uvm-tools",
    "kfd",
];
const NVIDIA_CARDS: u32 = 20;

/// What is granted, and what `/dev/shm` is.
#[derive(Clone, Debug)]
pub struct Granted<'a> {
    /// The groups of devices.
    pub devices: &'a BTreeMap<Device, Origin>,
    /// The directory that is `/dev/shm` for all instances of the application, when it has one.
    pub shared_memory: Option<BorrowedFd<'a>>,
}

/// The whole of `/dev`. `exists` tells whether a path of the host's `/dev` does.
///
/// Nothing can be made in it: it is read-only, which devices do not mind.
pub fn part(granted: &Granted<'_>, exists: impl Fn(&Path) -> bool) -> Part {
    let mut tree = match granted.devices.get(&Device::All) {
        Some(origin) => whole(origin, &exists),
        None => minimal(granted.devices, &exists),
    };
    tree.extend(shared_memory(granted));
    tree.push(Entry::new("/dev", Node::ReadOnly));
    Part {
        tree,
        ..Part::default()
    }
}

/// The host's, but for the message queues, which belong to its IPC namespace.
fn whole(origin: &Origin, exists: &impl Fn(&Path) -> bool) -> Vec<Entry> {
    let mut tree = vec![device("", origin)];
    if exists(Path::new("/dev/mqueue")) {
        tree.push(empty("/dev/mqueue", 4096));
    }
    tree
}

fn minimal(devices: &BTreeMap<Device, Origin>, exists: &impl Fn(&Path) -> bool) -> Vec<Entry> {
    let mut tree = vec![Entry::dev("/dev")];
    // Windows' synchronization for Wine; it reaches nothing of the host.
    let mut names = vec![("ntsync".to_owned(), None)];
    for (device, origin) in devices {
        let of_device = names_of(*device).into_iter();
        names.extend(of_device.map(|name| (name, Some(origin))));
    }
    for (name, origin) in names {
        if exists(&Path::new("/dev").join(&name)) {
            tree.push(match origin {
                Some(origin) => device(&name, origin),
                None => bind(&name),
            });
        }
    }
    tree
}

fn names_of(device: Device) -> Vec<String> {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match device {
        Device::Dri => {
            let cards = (0..NVIDIA_CARDS).map(|card| format!("nvidia{card}"));
            let graphics = GRAPHICS.iter().map(|name| (*name).to_owned());
            graphics.chain(cards).collect()
        }
        Device::Kvm => named(&["kvm"]),
        Device::Input => named(&["input"]),
        Device::Usb => named(&["bus/usb"]),
        Device::All | Device::Shm => Vec::new(),
    }
}

/// The host's, where that is granted; else one for all instances of the application, or for this
/// one alone.
fn shared_memory(granted: &Granted<'_>) -> Option<Entry> {
    let host = granted.devices.get(&Device::Shm);
    let with_all = granted.devices.contains_key(&Device::All);
    match (host, granted.shared_memory) {
        (Some(_), _) if with_all => None,
        (Some(origin), _) => {
            let bind = Entry::bind("/dev/shm", "/dev/shm", Access::ReadWrite);
            Some(bind.from_origin(origin.to_string()))
        }
        (None, Some(directory)) => {
            let source = Source::Fd(directory.as_raw_fd());
            let node = Node::Bind(Bind {
                source,
                access: Access::ReadWrite,
                devices: Devices::Refused,
                optional: false,
                live: false,
            });
            Some(Entry::new("/dev/shm", node))
        }
        (None, None) => Some(empty("/dev/shm", SHARED_MEMORY_SIZE)),
    }
}

fn empty(target: &str, size: u64) -> Entry {
    let (size, mode) = (Some(size), 0o1777);
    Entry::new(target, Node::Tmpfs { size, mode })
}

fn device(name: &str, origin: &Origin) -> Entry {
    bind(name).from_origin(origin.to_string())
}

/// A node or directory of `/dev`. One that is unplugged just now is passed over.
fn bind(name: &str) -> Entry {
    let path = match name {
        "" => "/dev".into(),
        name => Path::new("/dev").join(name),
    };
    let node = Node::Bind(Bind {
        source: Source::Path(path.clone()),
        access: Access::ReadWrite,
        devices: Devices::Allowed,
        optional: !name.is_empty(),
        live: false,
    });
    Entry::new(path, node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::{Layer, Word};

    const THERE: &[&str] = &[
        "/dev/dri",
        "/dev/nvidia0",
        "/dev/kvm",
        "/dev/input",
        "/dev/bus/usb",
        "/dev/ntsync",
        "/dev/mqueue",
        "/dev/sda",
    ];

    fn written(words: &[&str], own: Option<BorrowedFd<'_>>) -> Vec<String> {
        let origin = Origin::layer(Layer::App);
        let devices = words
            .iter()
            .map(|word| (Device::from_word(word).unwrap(), origin.clone()));
        let devices = devices.collect();
        let granted = Granted {
            devices: &devices,
            shared_memory: own,
        };
        let part = part(&granted, |path| {
            THERE.iter().any(|there| path == Path::new(there))
        });
        let word = |entry: Entry| {
            let node = match &entry.node {
                Node::Dev => "minimal",
                Node::Tmpfs { .. } => "own",
                Node::ReadOnly => "sealed",
                Node::Bind(bind) if matches!(bind.source, Source::Fd(_)) => "shared",
                Node::Bind(bind) if bind.devices == Devices::Allowed => "devices",
                Node::Bind(_) => "bound",
                other => panic!("{other:?}"),
            };
            format!("{} {node}", entry.target.display())
        };
        part.tree.into_iter().map(word).collect()
    }

    #[test]
    fn only_what_is_granted_and_there() {
        let (first, own, last) = ("/dev minimal", "/dev/shm own", "/dev sealed");
        let ntsync = "/dev/ntsync devices";
        let rows: [(&[&str], &[&str]); 6] = [
            (&[], &[first, ntsync, own, last]),
            (
                &["dri"],
                &[
                    first,
                    ntsync,
                    "/dev/dri devices",
                    "/dev/nvidia0 devices",
                    own,
                    last,
                ],
            ),
            (&["kvm"], &[first, ntsync, "/dev/kvm devices", own, last]),
            (
                &["input", "usb"],
                &[
                    first,
                    ntsync,
                    "/dev/input devices",
                    "/dev/bus/usb devices",
                    own,
                    last,
                ],
            ),
            (&["shm"], &[first, ntsync, "/dev/shm bound", last]),
            (&["all"], &["/dev devices", "/dev/mqueue own", own, last]),
        ];
        for (words, expected) in rows {
            assert_eq!(written(words, None), expected, "{words:?}");
        }
        let all = written(&["all", "shm", "dri"], None);
        assert_eq!(all, ["/dev devices", "/dev/mqueue own", last]);
    }

    #[test]
    fn shared_memory_of_the_application() {
        let directory = std::fs::File::open("/").unwrap();
        let fd = Some(std::os::fd::AsFd::as_fd(&directory));
        assert!(written(&[], fd).contains(&"/dev/shm shared".to_owned()));
        assert!(written(&["all"], fd).contains(&"/dev/shm shared".to_owned()));
        assert!(written(&["shm"], fd).contains(&"/dev/shm bound".to_owned()));
    }
}

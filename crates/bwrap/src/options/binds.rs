//! Files and trees of the host, shown inside.

use super::{Taken, option, two};
use crate::draft::Draft;
use crate::numbers;
use crate::table::{DEST, FD, Row, SRC};
use aril_sandbox::spec::{Access, Bind, Devices, Entry, Node, Source};
use std::ffi::OsString;

pub(crate) const ROWS: &[Row] = &[
    option(
        "--bind",
        &[SRC, DEST],
        "Show the host's SRC at DEST, to be read and written",
        |draft, _, values| take_path(draft, values, WRITABLE),
    )
    .more(
        "What is mounted below SRC comes along, also what the host mounts there later. Every mount \
         is nosuid and nodev. A DEST that does not exist is made.",
    ),
    option(
        "--bind-try",
        &[SRC, DEST],
        "Like --bind, and nothing if SRC does not exist",
        |draft, _, values| take_path(draft, values, WRITABLE.optional()),
    ),
    option(
        "--dev-bind",
        &[SRC, DEST],
        "Like --bind, and device nodes in it work",
        |draft, _, values| take_path(draft, values, WITH_DEVICES),
    ),
    option(
        "--dev-bind-try",
        &[SRC, DEST],
        "Like --dev-bind, and nothing if SRC does not exist",
        |draft, _, values| take_path(draft, values, WITH_DEVICES.optional()),
    ),
    option(
        "--ro-bind",
        &[SRC, DEST],
        "Show the host's SRC at DEST, to be read only",
        |draft, _, values| take_path(draft, values, READ_ONLY),
    )
    .more(
        "What is mounted below SRC is read-only too; what the host mounts later does not appear.",
    ),
    option(
        "--ro-bind-try",
        &[SRC, DEST],
        "Like --ro-bind, and nothing if SRC does not exist",
        |draft, _, values| take_path(draft, values, READ_ONLY.optional()),
    ),
    option(
        "--bind-fd",
        &[FD, DEST],
        "Show the file or directory that FD is open on at DEST, to be read and written",
        |draft, _, values| take_fd(draft, values, WRITABLE),
    )
    .more("It is found by its path and compared, so that nothing else can be put in its place.")
    .since("0.10.0"),
    option(
        "--ro-bind-fd",
        &[FD, DEST],
        "Like --bind-fd, to be read only",
        |draft, _, values| take_fd(draft, values, READ_ONLY),
    )
    .since("0.10.0"),
    option(
        "--remount-ro",
        &[DEST],
        "Make the mount at DEST read-only, without those below it",
        |draft, _, values| {
            let entry = Entry::new(&values[0], Node::ReadOnly);
            draft.spec.tree.push(entry);
            Ok(())
        },
    ),
    option(
        "--not-a-security-boundary",
        &[],
        "Pass over mounts below a SRC that cannot be made safe",
        |draft, _, _| super::flag(&mut draft.spec.root.lax_submounts),
    )
    .more("Automounts can be such. The sandbox then protects from mistakes, not from attacks.")
    .since("0.12.0"),
];

/// The ways in which a source can be shown.
#[derive(Clone, Copy)]
struct Way {
    access: Access,
    devices: Devices,
    optional: bool,
}

const WRITABLE: Way = Way {
    access: Access::ReadWrite,
    devices: Devices::Refused,
    optional: false,
};
const WITH_DEVICES: Way = Way {
    devices: Devices::Allowed,
    ..WRITABLE
};
const READ_ONLY: Way = Way {
    access: Access::ReadOnly,
    ..WRITABLE
};

impl Way {
    const fn optional(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    /// A tree that can be written stays a slave of the host's, so that a medium that is plugged in
    /// later shows. Read-only ones must not: what appeared would be writable.
    fn show(self, source: Source) -> Node {
        let Self {
            access,
            devices,
            optional,
        } = self;
        Node::Bind(Bind {
            source,
            access,
            devices,
            optional,
            live: access == Access::ReadWrite,
        })
    }
}

fn take_path(draft: &mut Draft, values: &[OsString], way: Way) -> Taken {
    let (source, target) = two(values);
    draft.push(target, way.show(Source::Path(source.into())));
    Ok(())
}

fn take_fd(draft: &mut Draft, values: &[OsString], way: Way) -> Taken {
    let (fd, target) = two(values);
    let source = Source::Fd(numbers::fd(fd)?);
    draft.push(target, way.show(source));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{base, entry, refused, refused_words, spec};
    use super::*;

    fn bind(source: Source, way: (Access, Devices), optional: bool) -> Node {
        Node::Bind(Bind {
            source,
            access: way.0,
            devices: way.1,
            optional,
            live: way.0 == Access::ReadWrite,
        })
    }

    #[test]
    fn six_binds_of_paths() {
        for (option, way) in [
            ("--bind", (Access::ReadWrite, Devices::Refused)),
            ("--dev-bind", (Access::ReadWrite, Devices::Allowed)),
            ("--ro-bind", (Access::ReadOnly, Devices::Refused)),
        ] {
            for (suffix, optional) in [("", false), ("-try", true)] {
                let mut expected = base();
                let node = bind(Source::Path("/a".into()), way, optional);
                expected.tree = vec![entry("b", 0o700, node)];
                assert_eq!(spec(&format!("{option}{suffix} /a b true")), expected);
            }
        }
    }

    #[test]
    fn two_binds_of_descriptors() {
        for (option, access) in [
            ("--bind-fd", Access::ReadWrite),
            ("--ro-bind-fd", Access::ReadOnly),
        ] {
            let node = bind(Source::Fd(9), (access, Devices::Refused), false);
            let made = spec(&format!("{option} 9 /b true"));
            assert_eq!(made.tree, [entry("/b", 0o700, node)]);
            refused(&format!("{option} x /b true"), "Invalid fd: x");
            refused(option, "--bind-fd takes two arguments");
        }
    }

    #[test]
    fn order_is_kept() {
        let made = spec("--ro-bind / / --bind /a /a --remount-ro /a true");
        let targets: Vec<_> = made
            .tree
            .iter()
            .map(|entry| entry.target.as_path())
            .collect();
        assert_eq!(targets, ["/", "/a", "/a"].map(std::path::Path::new));
        assert_eq!(made.tree[2], entry("/a", 0o755, Node::ReadOnly));
    }

    #[test]
    fn a_lax_sandbox_has_to_be_asked_for() {
        assert!(!spec("true").root.lax_submounts);
        assert!(spec("--not-a-security-boundary true").root.lax_submounts);
    }

    #[test]
    fn empty_paths_are_refused() {
        refused_words(&["--bind", "", "/x", "true"], "--bind: SRC is empty");
        refused_words(
            &["--ro-bind-try", "/", "", "true"],
            "--ro-bind-try: DEST is empty",
        );
        refused_words(&["--remount-ro", "", "true"], "--remount-ro: DEST is empty");
    }
}

//! From the entries of a spec to mount steps.

use super::namespaces::UserPlan;
use super::step::{Bind, Contents, Overlay, UpperLayer};
use super::strings::{c_path, c_string, source_path, target_path};
use super::{Draft, PlanError, Step, Target};
use crate::Escaped;
use crate::spec::{self, Access, Data, Devices, Entry, Node, ProcSource, Source, Upper};
use aril_sys::Fd;
use aril_sys::file::{self, S_IFREG};
use aril_sys::mount::Attributes;
use std::borrow::Cow;
use std::ffi::CString;
use std::path::Path;

/// A number that no open descriptor has.
const CLOSED: i32 = -1;

/// What every mount has.
const ALWAYS: Attributes = Attributes::NO_SUID.and(Attributes::NO_DEV);

impl Draft<'_> {
    /// Plans the root, everything in it, and the pivot.
    pub(crate) fn plan_tree(&mut self, user: &UserPlan) -> Result<(), PlanError> {
        // The pivot takes the host's /proc away.
        if user.is_nested() {
            let reason = "the second user namespace is set up after the pivot";
            self.setup(Step::KeepProc, reason);
        } else if self.spec.supervision.announce {
            let reason = "the namespaces are told of after the pivot";
            self.setup(Step::KeepProc, reason);
        }
        self.setup(
            Step::HoldPropagation,
            "mounts made here must not appear on the host",
        );
        if self.spec.tree.iter().any(|entry| needs_base(&entry.node)) {
            self.setup(Step::NewBase, "contents and temporary layers need a place");
        }
        if !self.first_entry_is_the_root() {
            let size = self.spec.root.size.map(decimal);
            self.setup(Step::NewRoot { size }, "the tree begins empty");
        }
        for (index, entry) in self.spec.tree.iter().enumerate() {
            self.plan_entry(index, entry)?;
        }
        if self.spec.root.access == Access::ReadOnly {
            self.setup(
                Step::SealRoot,
                "the payload needs no place to write in the root itself",
            );
        }
        self.setup(Step::Pivot, "nothing of the host's tree shall be in reach");
        Ok(())
    }

    /// A bind on `/` that comes first is the root itself: the tmpfs below it would never be seen.
    fn first_entry_is_the_root(&self) -> bool {
        self.spec.tree.first().is_some_and(|entry| {
            let is_root = entry.target.as_os_str() == "/";
            is_root && matches!(&entry.node, Node::Bind(bind) if !bind.optional)
        })
    }

    fn plan_entry(&mut self, index: usize, entry: &Entry) -> Result<(), PlanError> {
        let target = Target {
            path: target_path(&entry.target, "a target")?,
            parents: entry.parents,
        };
        let step = match &entry.node {
            Node::Bind(bind) => self.bind_step(bind, target)?,
            Node::Tmpfs { size, mode } => {
                let (size, mode) = (size.map(decimal), octal(*mode));
                Step::Tmpfs { target, size, mode }
            }
            Node::Proc(source) => {
                self.plan_proc(*source, target);
                return Ok(());
            }
            Node::Dev => return self.plan_dev(&entry.target, target),
            Node::Mqueue => Step::Mqueue { target },
            Node::Overlay(overlay) => self.overlay_step(index, overlay, target)?,
            Node::Directory { mode } => Step::Directory {
                target,
                mode: *mode,
            },
            Node::File { mode, data } => Step::File {
                target,
                mode: *mode,
                contents: self.contents(data)?,
            },
            Node::Data { mode, data, access } => {
                let (mode, access) = (*mode, *access);
                Step::Data {
                    target,
                    mode,
                    contents: self.contents(data)?,
                    access,
                }
            }
            Node::Symlink { to } => {
                if to.is_empty() {
                    return Err(PlanError::Empty {
                        subject: "what a symlink points to",
                    });
                }
                Step::Symlink {
                    to: c_string(to, "what a symlink points to")?,
                    target,
                }
            }
            Node::Mode { mode } => Step::Mode {
                target,
                mode: *mode,
            },
            Node::ReadOnly => Step::ReadOnly { target },
            Node::Pin { access, link } => Step::Pin {
                target,
                access: *access,
                followed: *link == spec::Link::Followed,
            },
        };
        self.setup(step, asked(entry));
        Ok(())
    }

    fn contents(&mut self, data: &Data) -> Result<Contents, PlanError> {
        Ok(match data {
            Data::Bytes(bytes) => Contents::Bytes(bytes.clone().into()),
            Data::Fd(fd) => {
                self.use_fd(*fd, "contents")?;
                // It has been read to its end by then: as good as closed.
                let again = !self.read_fds.insert(*fd);
                Contents::Fd(if again { CLOSED } else { *fd })
            }
        })
    }

    fn bind_step(&mut self, bind: &spec::Bind, target: Target) -> Result<Step, PlanError> {
        let (source, identity) = match &bind.source {
            Source::Path(path) => (source_path(path, "a source")?, None),
            Source::Fd(fd) => {
                self.use_fd(*fd, "the source of a bind mount")?;
                match found_again(*fd)? {
                    Again::At(path, identity) => (path, Some(identity)),
                    Again::Nowhere { mode } if bind.access == Access::ReadOnly => {
                        let contents = Contents::Snapshot(*fd);
                        let access = Access::ReadOnly;
                        return Ok(Step::Data {
                            target,
                            mode,
                            contents,
                            access,
                        });
                    }
                    Again::Nowhere { .. } => return Err(PlanError::Unreachable { fd: *fd }),
                }
            }
        };
        let mut attributes = Attributes::NO_SUID;
        if bind.devices == Devices::Refused {
            attributes = attributes.and(Attributes::NO_DEV);
        }
        if bind.access == Access::ReadOnly {
            attributes = attributes.and(Attributes::READ_ONLY);
        }
        Ok(Step::Bind(Bind {
            source,
            identity,
            target,
            attributes,
            live: bind.live && bind.access == Access::ReadWrite,
            recursive: true,
            optional: bind.optional,
            covers_proc: false,
            lax_submounts: self.spec.root.lax_submounts,
        }))
    }

    fn overlay_step(
        &mut self,
        index: usize,
        overlay: &spec::Overlay,
        target: Target,
    ) -> Result<Step, PlanError> {
        let needed = if overlay.upper == Upper::None { 2 } else { 1 };
        if overlay.layers.len() < needed {
            return Err(PlanError::Layers { needed });
        }
        let upper = match &overlay.upper {
            Upper::None => UpperLayer::None,
            Upper::Temporary => {
                let named = |what| CString::new(format!("{what}-{index}"));
                match (named("changes"), named("work")) {
                    (Ok(changes), Ok(work)) => UpperLayer::Temporary { changes, work },
                    _ => {
                        return Err(PlanError::Nul {
                            subject: "the name of a layer",
                        });
                    }
                }
            }
            Upper::Kept { changes, work } => UpperLayer::Kept {
                changes: c_path(changes, "the upper layer")?,
                work: c_path(work, "the work directory")?,
            },
        };
        let layers = overlay
            .layers
            .iter()
            .map(|path| source_path(path, "a layer"));
        let layers = layers.collect::<Result<_, _>>()?;
        // `lowerdir+` came with 6.7; before, all layers share one page of options.
        let one_by_one = self.host.kernel >= (6, 7);
        Ok(Step::Overlay(Overlay {
            target,
            layers,
            upper,
            one_by_one,
        }))
    }

    fn plan_proc(&mut self, source: ProcSource, target: Target) {
        // The settings belong to the host's root; who is not root there cannot write them.
        let is_new = matches!(self.spec.namespaces.user, spec::UserNs::New(_));
        let cover = self.host.uid == 0 || !is_new;
        let step = match source {
            ProcSource::New | ProcSource::NewElseHost => Step::Proc {
                target,
                fallback: source == ProcSource::NewElseHost,
                cover,
            },
            ProcSource::Host => match bind_of_host(c"/proc", target, ALWAYS) {
                Step::Bind(bind) => Step::Bind(Bind {
                    covers_proc: cover,
                    ..bind
                }),
                other => other,
            },
        };
        self.setup(step, "it was asked for");
    }

    fn plan_dev(&mut self, path: &Path, target: Target) -> Result<(), PlanError> {
        let reason = "part of a minimal /dev";
        let parents = target.parents;
        let at = |name: &str| -> Result<Target, PlanError> {
            Ok(Target {
                path: target_path(&path.join(name), "a target")?,
                parents,
            })
        };
        self.setup(
            Step::Tmpfs {
                target,
                size: None,
                mode: octal(0o755),
            },
            "it was asked for",
        );
        for node in ["null", "zero", "full", "random", "urandom", "tty"] {
            let source = c_path(&Path::new("/dev").join(node), "a device")?;
            self.setup(
                bind_of_host(&source, at(node)?, Attributes::NO_SUID),
                reason,
            );
        }
        for (name, to) in [
            ("stdin", c"/proc/self/fd/0"),
            ("stdout", c"/proc/self/fd/1"),
            ("stderr", c"/proc/self/fd/2"),
            ("fd", c"/proc/self/fd"),
            ("core", c"/proc/kcore"),
            ("ptmx", c"pts/ptmx"),
        ] {
            self.setup(
                Step::Symlink {
                    to: to.to_owned(),
                    target: at(name)?,
                },
                reason,
            );
        }
        let (target, mode) = (at("shm")?, 0o755);
        self.setup(Step::Directory { target, mode }, reason);
        self.setup(
            Step::Devpts { target: at("pts")? },
            "terminals inside are its own",
        );
        if let Some(terminal) = &self.host.terminal {
            let source = c_path(terminal, "the terminal")?;
            let step = bind_of_host(&source, at("console")?, Attributes::NO_SUID);
            self.setup(step, "standard output is a terminal");
        }
        Ok(())
    }
}

fn needs_base(node: &Node) -> bool {
    match node {
        Node::Data { .. } => true,
        Node::Bind(bind) => matches!(bind.source, Source::Fd(_)),
        Node::Overlay(overlay) => overlay.upper == Upper::Temporary,
        _ => false,
    }
}

fn bind_of_host(source: &std::ffi::CStr, target: Target, attributes: Attributes) -> Step {
    Step::Bind(Bind {
        source: source.to_owned(),
        identity: None,
        target,
        attributes,
        live: false,
        recursive: true,
        optional: false,
        covers_proc: false,
        lax_submounts: false,
    })
}

/// Where a descriptor's file is found in the mount tree.
enum Again {
    /// At this path, with this device and inode.
    At(CString, (u64, u64)),
    /// Nowhere; it is a regular file with these permission bits.
    Nowhere { mode: u32 },
}

/// An `O_PATH` descriptor cannot be bound in another mount namespace, so its file is opened again
/// there by path, and compared. Here the path is looked up; the comparison is the child's.
fn found_again(fd: i32) -> Result<Again, PlanError> {
    let subject = "the source of a bind mount";
    let failed = |errno| PlanError::Descriptor { fd, subject, errno };
    let status = file::status(Fd::new(fd)).map_err(failed)?;
    let mut buffer = [0; 4096];
    let link =
        CString::new(format!("/proc/self/fd/{fd}")).map_err(|_| PlanError::Nul { subject })?;
    let path = file::read_link(Fd::CWD, &link, &mut buffer).map_err(failed)?;
    let path = CString::new(path).map_err(|_| PlanError::Nul { subject })?;
    let same = path.to_bytes().first() == Some(&b'/')
        && file::status_at(Fd::CWD, &path).is_ok_and(|found| found.is_same_file(&status));
    if same {
        Ok(Again::At(path, (status.device, status.inode)))
    } else if status.kind() == S_IFREG && status.links == 0 {
        Ok(Again::Nowhere {
            mode: status.mode & 0o777,
        })
    } else {
        Err(PlanError::Unreachable { fd })
    }
}

fn decimal(number: u64) -> CString {
    CString::new(number.to_string()).unwrap_or_default()
}

fn octal(mode: u32) -> CString {
    CString::new(format!("{mode:04o}")).unwrap_or_default()
}

/// The reason for an entry's step.
fn asked(entry: &Entry) -> Cow<'static, str> {
    match &entry.origin {
        None => "it was asked for".into(),
        Some(origin) => format!("asked for by {}", Escaped(origin.as_bytes())).into(),
    }
}

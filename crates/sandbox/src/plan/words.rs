//! The steps in words: for explain, logs and error messages alike.

use super::Cgroup;
use super::step::{Bind, Contents, Filter, Maps, Overlay, Ruleset, Step, Target, UpperLayer};
use crate::FileAccess;
use crate::spec::{Access, ResourceLimit};
use aril_sys::cred::{RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC};
use aril_sys::landlock::{BIND_TCP, CONNECT_TCP, SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS};
use aril_sys::mount::Attributes;
use aril_sys::namespace::Kinds;
use aril_sys::seccomp::INSTRUCTION;
use std::ffi::CStr;
use std::fmt;

/// A path for people.
pub(crate) struct Shown<'a>(pub(crate) &'a CStr);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::Escaped(self.0.to_bytes()).fmt(out)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.to_bytes() {
            b"." => out.write_str("/"),
            _ => write!(out, "/{}", Shown(&self.path)),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewCgroup(cgroup) => cgroup.fmt(out),
            Self::JoinUser { fd } => write!(out, "join the user namespace of fd {fd}"),
            Self::JoinPid { fd } => write!(out, "join the pid namespace of fd {fd}"),
            Self::JoinProcess { fd, namespaces } => {
                write!(
                    out,
                    "join namespaces of the process of fd {fd} ({})",
                    Named(*namespaces)
                )
            }
            Self::VerifyRoot(_) => out.write_str("see that the root is the sandbox's"),
            Self::HideMemory => out.write_str("hide the launcher's memory"),
            Self::EnterPid => out.write_str("go on inside the joined pid namespace"),
            Self::Clone { namespaces } if *namespaces == Kinds::default() => {
                out.write_str("start a process")
            }
            Self::Clone { namespaces } => {
                write!(
                    out,
                    "start a process in new namespaces ({})",
                    Named(*namespaces)
                )
            }
            Self::Unshare { namespaces } => {
                write!(out, "make more namespaces ({})", Named(*namespaces))
            }
            Self::TieToLauncher => out.write_str("tie the set-up to the launcher's life"),
            Self::NoNewPrivs => out.write_str("set no_new_privs"),
            Self::CallLauncher => out.write_str("call the launcher"),
            Self::AwaitLauncher => out.write_str("wait for the launcher"),
            Self::AwaitByte { fd, why } => write!(out, "wait on fd {fd} ({why})"),
            Self::WriteMaps(maps) => write!(out, "set up the id maps ({maps})"),
            Self::SetIds { uid, gid } => write!(out, "become uid {uid}, gid {gid}"),
            Self::SetGroups(groups) => write!(out, "set the supplementary groups {groups:?}"),
            Self::NewTime { .. } => out.write_str("make a time namespace"),
            Self::Loopback => out.write_str("bring up the loopback interface"),
            Self::BeginNetwork => out.write_str("begin to make a network namespace"),
            Self::JoinNetwork => out.write_str("join the network namespace"),
            Self::AwaitLoopback => out.write_str("bring up the loopback interface"),
            Self::HostName(name) => write!(out, "set the host name {name:?}"),
            Self::HoldPropagation => out.write_str("make the mounts of the host slaves"),
            Self::KeepProc => out.write_str("open /proc of the host"),
            Self::NewBase => out.write_str("make the hidden base tmpfs"),
            Self::NewRoot { size } => write!(out, "make the root tmpfs{}", Size(size.as_deref())),
            Self::Bind(bind) => bind.fmt(out),
            Self::Tmpfs { target, size, mode } => {
                write!(
                    out,
                    "tmpfs on {target} (mode {}{})",
                    Shown(mode),
                    Size(size.as_deref())
                )
            }
            Self::Proc {
                target,
                fallback,
                cover,
            } => {
                let which = if *fallback {
                    "new proc, else that of the host,"
                } else {
                    "new proc"
                };
                let covered = if *cover {
                    " (its settings read-only)"
                } else {
                    ""
                };
                write!(out, "{which} on {target}{covered}")
            }
            Self::Devpts { target } => write!(out, "new devpts on {target}"),
            Self::Mqueue { target } => write!(out, "mqueue on {target}"),
            Self::Overlay(overlay) => overlay.fmt(out),
            Self::Directory { target, mode } => write!(out, "directory {target} (mode {mode:04o})"),
            Self::File {
                target,
                mode,
                contents,
            } => {
                write!(out, "file {target} (mode {mode:04o}, {contents})")
            }
            Self::Data {
                target,
                mode,
                contents,
                access,
            } => {
                write!(
                    out,
                    "mount a file on {target} ({}, mode {mode:04o}, {contents})",
                    access
                )
            }
            Self::Symlink { to, target } => write!(out, "symlink {target} to {}", Shown(to)),
            Self::Mode { target, mode } => write!(out, "change the mode of {target} to {mode:04o}"),
            Self::ReadOnly { target } => write!(out, "make the mount on {target} read-only"),
            Self::Pin {
                target,
                access,
                followed,
            } => {
                let link = if *followed {
                    ""
                } else {
                    " (the symlink itself)"
                };
                write!(out, "pin {target}{link} ({access})")
            }
            Self::SealRoot => out.write_str("make the root read-only"),
            Self::Pivot => out.write_str("pivot to the new root, and detach the old one"),
            Self::JoinLateUser { fd } => write!(out, "join the second user namespace of fd {fd}"),
            Self::LimitUserNs => out.write_str("limit user namespaces to one more"),
            Self::NestUser(maps) => write!(out, "make a second user namespace ({maps})"),
            Self::VerifyNoUserNs => out.write_str("see that no user namespace can be made"),
            Self::Lock { path } => write!(out, "take a shared lock on {}", Shown(path)),
            Self::LoadInit => out.write_str("make the program of init"),
            Self::NewSession => out.write_str("start a new session"),
            Self::StartPayload => out.write_str("start the payload's process, and become init"),
            Self::Streams(fds) => write!(out, "set the standard streams to {fds:?}"),
            Self::Close(fds) => write!(out, "close fds {fds:?}"),
            Self::KeepOnly(fds) => write!(out, "keep only fds 0, 1, 2 and {fds:?}"),
            Self::Limit(limit) => limit.fmt(out),
            Self::SecureBits(bits) => write!(out, "set securebits {bits:#x}"),
            Self::Bounding { keep, .. } => write!(out, "drop from the bounding set all but {keep}"),
            Self::Capabilities { keep, .. } => write!(out, "set the capabilities to {keep}"),
            Self::DieWithParent(true) => out.write_str("end with the parent"),
            Self::DieWithParent(false) => out.write_str("be free to outlive the launcher"),
            Self::Umask(_) => out.write_str("set the umask"),
            Self::WorkingDirectory { choices, .. } => {
                out.write_str("enter the working directory ")?;
                choices
                    .first()
                    .map_or(Ok(()), |first| Shown(first).fmt(out))
            }
            Self::ReadSeccomp { fd, .. } => write!(out, "read a seccomp program from fd {fd}"),
            Self::Verify { .. } => out.write_str("see that the privileges are gone"),
            Self::Landlock(ruleset) => ruleset.fmt(out),
            Self::Forgo { what } => write!(out, "go without {what}"),
            Self::Ready { .. } => out.write_str("tell the launcher"),
            Self::LoadRelay => out.write_str("make the relay"),
            Self::BecomeRelay => out.write_str("become the relay"),
            Self::Seccomp { program } => write!(out, "install a seccomp program ({program})"),
            Self::SeccompReported { program, .. } => {
                let count = program.len() / INSTRUCTION;
                write!(
                    out,
                    "install a seccomp program that tells what it refuses ({count} instructions)"
                )
            }
            Self::Execute => out.write_str("execute the program"),
        }
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = if self.attributes.contains(Attributes::READ_ONLY) {
            Access::ReadOnly
        } else {
            Access::ReadWrite
        };
        write!(
            out,
            "bind {} on {} ({access}",
            Shown(&self.source),
            self.target
        )?;
        if !self.attributes.contains(Attributes::NO_DEV) {
            out.write_str(", with devices")?;
        }
        out.write_str(if self.live { ", live" } else { "" })?;
        out.write_str(if self.optional {
            ", if it exists)"
        } else {
            ")"
        })
    }
}

impl fmt::Display for Overlay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.upper {
            UpperLayer::None => "read-only",
            UpperLayer::Temporary { .. } => "changes in memory",
            UpperLayer::Kept { .. } => "changes kept",
        };
        write!(
            out,
            "overlay of {} layers on {} ({kind})",
            self.layers.len(),
            self.target
        )
    }
}

impl fmt::Display for Access {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
        })
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(out, "{} bytes", bytes.len()),
            Self::Fd(fd) => write!(out, "from fd {fd}"),
            Self::Snapshot(fd) => write!(out, "a snapshot of fd {fd}"),
        }
    }
}

impl fmt::Display for Cgroup {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "make a cgroup in {}", Shown(&self.parent))?;
        for (index, setting) in self.settings.iter().enumerate() {
            let value = crate::Escaped(&setting.value);
            out.write_str(if index == 0 { " (" } else { ", " })?;
            write!(out, "{} {value}", Shown(setting.file))?;
        }
        out.write_str(if self.settings.is_empty() { "" } else { ")" })
    }
}

impl fmt::Display for ResourceLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.hard;
        match self.resource {
            RLIMIT_NOFILE => write!(out, "let each process have at most {most} open files"),
            RLIMIT_FSIZE => write!(out, "let no file grow beyond {most} bytes"),
            RLIMIT_NPROC => {
                write!(
                    out,
                    "let the user have at most {most} processes in the user namespace"
                )
            }
            other => write!(out, "set resource limit {other}"),
        }
    }
}

impl fmt::Display for Ruleset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("give up rights by Landlock (")?;
        let mut separator = "";
        let mut part = |out: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            write!(out, "{separator}{text}")?;
            separator = "; ";
            fmt::Result::Ok(())
        };
        let files = FileAccess(self.handled.files);
        if !files.is_empty() {
            part(out, format_args!("files: {files}, but for"))?;
            for (index, rule) in self.paths.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                write!(out, "{comma} {} {}", Shown(&rule.path), rule.access)?;
            }
            out.write_str(if self.paths.is_empty() {
                " nothing"
            } else {
                ""
            })?;
        }
        for (bit, verb, ports) in [
            (BIND_TCP, "bind", &self.bind),
            (CONNECT_TCP, "connect", &self.connect),
        ] {
            if self.handled.tcp & u64::from(bit) != 0 {
                part(out, format_args!("{verb} TCP only to {ports:?}"))?;
            }
        }
        for (bit, what) in [
            (SCOPE_ABSTRACT_SOCKETS, "no abstract sockets outside"),
            (SCOPE_SIGNALS, "no signals outside"),
        ] {
            if self.handled.scopes & u64::from(bit) != 0 {
                part(out, format_args!("{what}"))?;
            }
        }
        out.write_str(")")
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(out, "{} instructions", bytes.len() / INSTRUCTION),
            Self::Late(_) => out.write_str("as read"),
        }
    }
}

impl fmt::Display for Maps {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (users, groups) = (self.users, self.groups);
        write!(out, "uid {} is {} outside, ", users.inside, users.outside)?;
        write!(out, "gid {} is {} outside", groups.inside, groups.outside)
    }
}

struct Size<'a>(Option<&'a CStr>);

impl fmt::Display for Size<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |size| {
            write!(out, ", at most {} bytes", Shown(size))
        })
    }
}

/// Kinds of namespaces by name.
pub(crate) struct Named(pub(crate) Kinds);

impl fmt::Display for Named {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Kinds, &str); 8] = [
            (Kinds::USER, "user"),
            (Kinds::MOUNT, "mount"),
            (Kinds::PID, "pid"),
            (Kinds::NETWORK, "network"),
            (Kinds::IPC, "ipc"),
            (Kinds::UTS, "uts"),
            (Kinds::CGROUP, "cgroup"),
            (Kinds::TIME, "time"),
        ];
        let mut separator = "";
        for (kind, name) in NAMES {
            if self.0.contains(kind) {
                write!(out, "{separator}{name}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

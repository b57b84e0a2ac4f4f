//! The engine's failures in the words that users of bubblewrap know.

mod steps;

use crate::text::Shown;
use aril_sandbox::plan::{Plan, PlanError};
use aril_sandbox::spec::{Data, Node, Spec};
use aril_sandbox::sys::Errno;
use aril_sandbox::{Failure, LaunchError};
use std::fmt::Display;

/// Why there is no sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// What went wrong.
    pub(crate) text: String,
    /// What may help.
    pub(crate) hint: Option<&'static str>,
}

impl Message {
    pub(crate) fn new(text: String) -> Self {
        Self { text, hint: None }
    }

    pub(crate) fn with(action: impl Display, errno: Errno) -> Self {
        Self::new(format!("{action}: {errno}"))
    }

    fn hint(self, hint: Option<&'static str>) -> Self {
        Self { hint, ..self }
    }
}

/// Words for a plan that cannot be made.
pub(crate) fn of_plan_error(error: &PlanError, spec: &Spec) -> Message {
    match error {
        PlanError::Descriptor { fd, subject, errno } => of_descriptor(*fd, subject, *errno, spec),
        PlanError::Unreachable { fd } => no_source(*fd).hint(Some(
            "a deleted directory or an anonymous file has no path; it can only be given read-only",
        )),
        PlanError::Seccomp { bytes } if bytes % 8 != 0 => {
            Message::new(steps::PARTIAL_FILTER.into())
        }
        PlanError::Seccomp { .. } => Message::new(steps::REFUSED_FILTER.into()),
        PlanError::Missing {
            feature: "a cgroup namespace",
        } => Message::new(
            "Cannot create new cgroup namespace because the kernel does not support it".into(),
        ),
        PlanError::TooLong {
            subject: "the host name",
            ..
        } => {
            let name = spec.namespaces.host_name.as_deref().unwrap_or_default();
            Message::with(
                format_args!("Can't set hostname to {}", Shown(name)),
                Errno::EINVAL,
            )
        }
        PlanError::Conflict {
            wish: "a user or group id",
            ..
        } => Message::new("Specifying --uid requires --unshare-user or --userns".into()),
        other => split(&other.to_string()),
    }
}

fn of_descriptor(fd: i32, subject: &str, errno: Errno, spec: &Spec) -> Message {
    match subject {
        "the user namespace" => Message::with("Joining specified user namespace failed", errno),
        "the second user namespace" => Message::with("Setting userns2 failed", errno),
        "the pid namespace" => Message::with("Setting pidns failed", errno),
        "a seccomp program" => Message::with("Can't read seccomp data", errno),
        "the source of a bind mount" => no_source(fd),
        "contents" => match target_of_contents(spec, fd) {
            Some(target) => Message::with(format_args!("Can't write data to file {target}"), errno),
            None => Message::with(format_args!("Can't read fd {fd}"), errno),
        },
        subject => Message::with(format_args!("Can't use fd {fd} as {subject}"), errno),
    }
}

fn no_source(fd: i32) -> Message {
    Message::with(
        format_args!("Can't find source path /proc/self/fd/{fd}"),
        Errno::ENOENT,
    )
}

/// The target of the first file whose contents come from `fd`.
fn target_of_contents(spec: &Spec, fd: i32) -> Option<String> {
    let entry = spec.tree.iter().find(|entry| {
        let (Node::File { data, .. } | Node::Data { data, .. }) = &entry.node else {
            return false;
        };
        *data == Data::Fd(fd)
    })?;
    Some(Shown(entry.target.as_os_str()).to_string())
}

/// Words for a launch that has failed.
pub(crate) fn of_launch_error(error: &LaunchError, plan: &Plan, spec: &Spec) -> Message {
    match error {
        LaunchError::Step(failure) => of_failure(failure, plan, spec),
        other => split(&other.to_string()),
    }
}

fn of_failure(failure: &Failure, plan: &Plan, spec: &Spec) -> Message {
    let step = plan.steps().get(failure.index).map(|planned| &planned.step);
    let known = match (step, failure.errno) {
        (Some(step), Some(errno)) => {
            let fault = steps::Fault {
                part: failure.part,
                errno,
                index: failure.index,
            };
            steps::missing_source(plan, &fault)
                .or_else(|| steps::text(step, &fault, plan, spec))
                .map(|text| Message::new(text).hint(steps::hint(step, failure)))
        }
        _ => None,
    };
    known.unwrap_or_else(|| split(&failure.to_string()))
}

/// The engine's own words, whose hint is a second line.
fn split(text: &str) -> Message {
    let text = text.split("\nhint: ").next().unwrap_or(text);
    Message::new(text.to_owned())
}

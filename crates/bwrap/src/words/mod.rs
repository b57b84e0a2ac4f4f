//! The engine's failures in the words that users of bubblewrap know.

mod steps;

use crate::sources;
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
            let missing = steps::is_in_tree(plan, &fault).then(|| sources::missing(plan));
            missing
                .flatten()
                .or_else(|| steps::text(step, &fault, plan, spec))
                .map(|text| Message::new(text).hint(failure.hint))
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

#[cfg(test)]
mod tests {
    use super::*;
    use aril_sandbox::{Host, Part, Stage, Step};

    fn spec(text: &str) -> Spec {
        crate::options::tests::spec(text)
    }

    fn told(error: PlanError, words: &str) -> String {
        of_plan_error(&error, &spec(words)).text
    }

    #[test]
    fn descriptors_that_are_not_open() {
        let error = |subject| PlanError::Descriptor {
            fd: 99,
            subject,
            errno: Errno::EBADF,
        };
        for (subject, text) in [
            (
                "the user namespace",
                "Joining specified user namespace failed: Bad file descriptor",
            ),
            (
                "the second user namespace",
                "Setting userns2 failed: Bad file descriptor",
            ),
            (
                "the pid namespace",
                "Setting pidns failed: Bad file descriptor",
            ),
            (
                "a seccomp program",
                "Can't read seccomp data: Bad file descriptor",
            ),
            (
                "the source of a bind mount",
                "Can't find source path /proc/self/fd/99: No such file or directory",
            ),
            (
                "contents",
                "Can't write data to file /b: Bad file descriptor",
            ),
            (
                "the release",
                "Can't use fd 99 as the release: Bad file descriptor",
            ),
        ] {
            let words = "--file 98 /a --bind-data 99 /b true";
            assert_eq!(told(error(subject), words), text);
        }
    }

    #[test]
    fn other_plans_that_cannot_be_made() {
        for (error, words, text) in [
            (
                PlanError::Seccomp { bytes: 7 },
                "true",
                "Invalid seccomp data, must be multiple of 8",
            ),
            (
                PlanError::Seccomp { bytes: 1 << 20 },
                "true",
                steps::REFUSED_FILTER,
            ),
            (
                PlanError::TooLong {
                    subject: "the host name",
                    limit: 64,
                },
                "--unshare-uts --hostname long true",
                "Can't set hostname to long: Invalid argument",
            ),
            (
                PlanError::Missing {
                    feature: "a cgroup namespace",
                },
                "true",
                "Cannot create new cgroup namespace because the kernel does not support it",
            ),
        ] {
            assert_eq!(told(error, words), text);
        }
    }

    /// The words for a failure of the first step that `pick` picks.
    fn failed(words: &str, part: Part, errno: Errno, pick: fn(&Step) -> bool) -> Message {
        let (spec, host) = (spec(words), Host::gather().expect("facts"));
        let plan = Plan::new(&spec, &host).expect("a plan");
        let index = plan.steps().iter().position(|planned| pick(&planned.step));
        let failure = Failure {
            index: index.expect("such a step"),
            stage: Stage::Setup,
            part,
            errno: Some(errno),
            step: "do something".into(),
            hint: Some("do something else"),
        };
        of_failure(&failure, &plan, &spec)
    }

    #[test]
    fn a_host_that_forbids_gets_a_hint() {
        let is_clone = |step: &Step| matches!(step, Step::Clone { .. });
        let message = failed("true", Part::Whole, Errno::EPERM, is_clone);
        assert!(
            message
                .text
                .starts_with("No permissions to create a new namespace, likely")
        );
        assert_eq!(message.hint, Some("do something else"));
        let message = failed("true", Part::Whole, Errno::ENOSPC, is_clone);
        assert!(message.text.ends_with("namespaces exceeded (ENOSPC)"));
        let is_map = |step: &Step| matches!(step, Step::WriteMaps(_));
        let message = failed("true", Part::Whole, Errno::EACCES, is_map);
        assert_eq!(message.text, "setting up uid map: Permission denied");
        assert!(message.hint.is_some());
    }

    #[test]
    fn a_step_is_told_in_the_words_that_users_know() {
        let words = "--tmpfs /t --chmod 0 t/x true";
        let is_mode = |step: &Step| matches!(step, Step::Mode { .. });
        let message = failed(words, Part::Target, Errno::ENOENT, is_mode);
        assert_eq!(message.text, "Can't chmod 0 t/x: No such file or directory");
        let is_tmpfs = |step: &Step| matches!(step, Step::Tmpfs { .. });
        let message = failed(words, Part::Filesystem, Errno::ENOMEM, is_tmpfs);
        assert_eq!(
            message.text,
            "Can't mount tmpfs on /newroot/t: Cannot allocate memory"
        );
        let message = failed(words, Part::Parents, Errno::EROFS, is_tmpfs);
        assert_eq!(
            message.text,
            "Can't mkdir parents for /t: Read-only file system"
        );
    }

    #[test]
    fn a_missing_source_is_told_before_what_failed() {
        let words = "--tmpfs /t --ro-bind /nonexistent /x true";
        let is_tmpfs = |step: &Step| matches!(step, Step::Tmpfs { .. });
        let message = failed(words, Part::Filesystem, Errno::ENOMEM, is_tmpfs);
        let text = "Can't find source path /nonexistent: No such file or directory";
        assert_eq!(message.text, text);
    }

    #[test]
    fn what_has_no_old_words_gets_new_ones() {
        let is_umask = |step: &Step| matches!(step, Step::Umask(_));
        let message = failed("true", Part::Whole, Errno::EPERM, is_umask);
        assert_eq!(message.text, "do something: operation not permitted");
    }
}

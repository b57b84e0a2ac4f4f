//! One match: each step and the words for its failure.
//!
//! What has no words of bubblewrap's gets the engine's.

use crate::sources;
use crate::text::Shown;
use aril_sandbox::Part;
use aril_sandbox::plan::{Bind, Overlay, Plan, PlannedStep, Step, Target, UpperLayer};
use aril_sandbox::spec::{Spec, UserNs};
use aril_sandbox::sys::{Errno, Fd, file};
use std::ffi::{CStr, CString};
use std::fmt::Display;

pub(super) const PARTIAL_FILTER: &str = "Invalid seccomp data, must be multiple of 8";
pub(super) const REFUSED_FILTER: &str = "Unable to set up system call filtering as requested: \
     prctl(PR_SET_SECCOMP) reported EINVAL. (Hint: this requires a kernel configured with \
     CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER.)";

/// What failed of a step.
pub(super) struct Fault {
    pub(super) part: Part,
    pub(super) errno: Errno,
    pub(super) index: usize,
}

/// Whether the tree was being made when a step failed.
pub(super) fn is_in_tree(plan: &Plan, fault: &Fault) -> bool {
    let has_done = |wanted: fn(&Step) -> bool| {
        let mut done = plan.steps().iter().take(fault.index);
        done.any(|planned| wanted(&planned.step))
    };
    has_done(|step| matches!(step, Step::HoldPropagation))
        && !has_done(|step| matches!(step, Step::Pivot))
}

fn shown(text: &CStr) -> Shown<'_> {
    Shown::bytes(text.to_bytes())
}

/// A target in the two ways in which the original writes it.
struct Place {
    /// As its user wrote it.
    at: String,
    /// Below the root that is being built.
    on: String,
}

impl Place {
    /// Of several entries for one place each has made a step, in their order.
    fn new(target: &Target, spec: &Spec, done: &[PlannedStep]) -> Self {
        let is_here = |step| target_of(step).is_some_and(|other| other.path == target.path);
        let before = done.iter().filter(|planned| is_here(&planned.step)).count();
        let mut entries = spec.tree.iter().filter(|entry| target.is_at(&entry.target));
        let entry = entries.nth(before);
        let at = match (entry, target.path.to_bytes()) {
            (Some(entry), _) => Shown(entry.target.as_os_str()).to_string(),
            (None, b".") => "/".into(),
            (None, path) => format!("/{}", Shown::bytes(path)),
        };
        let on = format!("/newroot/{}", at.trim_start_matches('/'));
        Self { at, on }
    }
}

/// The words for a failed step, if bubblewrap has any.
pub(super) fn text(step: &Step, fault: &Fault, plan: &Plan, spec: &Spec) -> Option<String> {
    let errno = fault.errno;
    let with = |action: &dyn Display| Some(format!("{action}: {errno}"));
    match step {
        Step::Clone { .. } | Step::Unshare { .. } => Some(no_namespace(errno, spec)),
        Step::JoinUser { .. } if errno == Errno::EINVAL => Some(
            "Joining the specified user namespace failed, it might not be a descendant of the \
             current user namespace."
                .into(),
        ),
        Step::JoinUser { .. } => with(&"Joining specified user namespace failed"),
        Step::JoinPid { .. } => with(&"Setting pidns failed"),
        Step::EnterPid => with(&"Can't fork for --pidns"),
        Step::JoinLateUser { .. } => with(&"Setting userns2 failed"),
        Step::NoNewPrivs => with(&"prctl(PR_SET_NO_NEW_PRIVS) failed"),
        Step::WriteMaps(_) => with(&"setting up uid map"),
        Step::NestUser(_) => with(&"unshare user ns"),
        Step::SetIds { uid, .. } => with(&format_args!("unable to switch to uid {uid}")),
        Step::Loopback | Step::BeginNetwork | Step::JoinNetwork | Step::AwaitLoopback => {
            Some(no_network(errno, spec))
        }
        Step::HostName(name) => with(&format_args!("Can't set hostname to {}", Shown(name))),
        Step::HoldPropagation => with(&"Failed to make / slave"),
        Step::NewBase | Step::NewRoot { .. } => with(&"Failed to mount tmpfs"),
        Step::Pivot => with(&"pivot_root"),
        Step::LimitUserNs => with(&"sysctl user.max_user_namespaces = 1"),
        Step::VerifyNoUserNs => {
            Some("creation of new user namespaces was not disabled as requested".into())
        }
        Step::Lock { path } if fault.part == Part::Target => {
            with(&format_args!("Unable to open lock file {}", shown(path)))
        }
        Step::Lock { path } => with(&format_args!("Unable to lock file {}", shown(path))),
        Step::NewSession => with(&"setsid"),
        Step::StartPayload => with(&"Can't fork for pid 1"),
        Step::Capabilities { .. } if fault.part == Part::Whole => with(&"capset failed"),
        Step::WorkingDirectory { choices, .. } if fault.part == Part::Whole => {
            let path = choices.first()?;
            with(&format_args!("Can't chdir to {}", shown(path)))
        }
        Step::ReadSeccomp { .. } if fault.part == Part::Contents => {
            with(&"Can't read seccomp data")
        }
        Step::ReadSeccomp { .. } => Some(PARTIAL_FILTER.into()),
        Step::Seccomp { .. } if errno == Errno::EINVAL => Some(REFUSED_FILTER.into()),
        Step::Seccomp { .. } => with(&"prctl(PR_SET_SECCOMP)"),
        Step::Execute => with(&format_args!("execvp {}", Shown(&spec.program.path))),
        _ => tree_text(step, fault, plan, spec),
    }
}

fn no_namespace(errno: Errno, spec: &Spec) -> String {
    let new_user = matches!(
        spec.namespaces.user,
        UserNs::New(_) | UserNs::NewIfPossible(_)
    );
    match errno {
        Errno::EINVAL if new_user => {
            "Creating new namespace failed, likely because the kernel does \
             not support user namespaces."
                .into()
        }
        Errno::EPERM if new_user => "No permissions to create a new namespace, likely because the \
             kernel does not allow non-privileged user namespaces. On e.g. debian this can be \
             enabled with 'sysctl kernel.unprivileged_userns_clone=1'."
            .into(),
        Errno::ENOSPC => "Creating new namespace failed: nesting depth or \
             /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"
            .into(),
        _ => format!("Creating new namespace failed: {errno}"),
    }
}

fn no_network(errno: Errno, spec: &Spec) -> String {
    match errno {
        Errno::ENOSPC => no_namespace(errno, spec),
        // The namespace is opened there.
        Errno::ENOENT => format!("Can't open /proc: {errno}"),
        _ => format!("loopback: Failed RTM_NEWADDR: {errno}"),
    }
}

/// Steps that build the tree.
fn tree_text(step: &Step, fault: &Fault, plan: &Plan, spec: &Spec) -> Option<String> {
    let errno = fault.errno;
    let target = target_of(step)?;
    let place = Place::new(target, spec, &plan.steps()[..fault.index]);
    let Place { at, on } = &place;
    let mounted = |what: &str| Some(format!("Can't mount {what} on {on}: {errno}"));
    match (step, fault.part) {
        (_, Part::Verify) => None,
        (Step::Mode { mode, .. }, _) => {
            let zero = if *mode == 0 { "" } else { "0" };
            Some(format!("Can't chmod {zero}{mode:o} {at}: {errno}"))
        }
        (Step::ReadOnly { .. }, Part::Attributes) if errno == Errno::EINVAL => Some(format!(
            "Can't remount readonly on {on}: Unable to find \"{on}\" in mount table"
        )),
        (Step::ReadOnly { .. }, Part::Target) => Some(format!(
            "Can't remount readonly on {on}: realpath(destination): {errno}"
        )),
        (Step::ReadOnly { .. }, _) => Some(format!("Can't remount readonly on {on}: {errno}")),
        (Step::File { .. }, Part::Target) if errno == Errno::ENOTDIR => {
            Some(format!("Can't mkdir parents for {at}: {errno}"))
        }
        (_, Part::Parents) => Some(format!("Can't mkdir parents for {at}: {errno}")),
        (Step::Bind(bind), _) => Some(bind_text(bind, fault, &place)),
        (Step::Overlay(overlay), part) if part != Part::Target => {
            Some(overlay_text(overlay, fault, &place))
        }
        (Step::Symlink { .. }, _) => Some(symlink_text(target, fault, plan, &place)),
        (Step::File { .. }, Part::Contents) | (Step::Data { .. }, Part::Contents) => {
            Some(format!("Can't write data to file {at}: {errno}"))
        }
        (Step::File { .. }, _) => Some(format!("Can't create file {at}: {errno}")),
        (Step::Data { .. }, Part::Filesystem) => {
            Some(format!("Can't create tmpfile for {at}: {errno}"))
        }
        (Step::Data { .. }, Part::Attach) if errno != Errno::EINVAL => Some(format!(
            "Can't bind mount /data on {on}: Unable to mount source on destination: {errno}"
        )),
        (Step::Data { .. }, _) => Some(not_attached(&place, false, errno)),
        (Step::Directory { .. }, _) | (_, Part::Target) => {
            Some(format!("Can't mkdir {at}: {errno}"))
        }
        (_, Part::Attach) if errno == Errno::EINVAL => Some(not_attached(&place, true, errno)),
        (Step::Tmpfs { .. }, _) => mounted("tmpfs"),
        (Step::Proc { .. }, _) => mounted("proc"),
        (Step::Devpts { .. }, _) => mounted("devpts"),
        (Step::Mqueue { .. }, _) => mounted("mqueue"),
        _ => None,
    }
}

fn target_of(step: &Step) -> Option<&Target> {
    match step {
        Step::Bind(bind) => Some(&bind.target),
        Step::Overlay(overlay) => Some(&overlay.target),
        Step::Tmpfs { target, .. }
        | Step::Proc { target, .. }
        | Step::Devpts { target }
        | Step::Mqueue { target }
        | Step::Directory { target, .. }
        | Step::File { target, .. }
        | Step::Data { target, .. }
        | Step::Symlink { target, .. }
        | Step::Mode { target, .. }
        | Step::ReadOnly { target } => Some(target),
        _ => None,
    }
}

/// A target that is not there and cannot be made, or is of the other kind: the kernel says `EINVAL`
/// for a directory on a file and a file on a directory alike.
fn not_attached(place: &Place, directory: bool, errno: Errno) -> String {
    let at = &place.at;
    match (directory, errno) {
        (true, Errno::EINVAL) => format!("Can't mkdir {at}: {}", Errno::ENOTDIR),
        (true, _) => format!("Can't mkdir {at}: {errno}"),
        (false, Errno::EINVAL) => format!("Can't create file at {at}: {}", Errno::EISDIR),
        (false, _) => format!("Can't create file at {at}: {errno}"),
    }
}

fn bind_text(bind: &Bind, fault: &Fault, place: &Place) -> String {
    let errno = fault.errno;
    let is_directory =
        || file::status_at(Fd::CWD, &bind.source).is_ok_and(|status| status.is_directory());
    match fault.part {
        Part::Source if errno == Errno::ESTALE && bind.identity.is_some() => {
            "Race condition binding dirfd".into()
        }
        Part::Source => sources::not_found(&bind.source, errno),
        Part::Target => not_attached(place, is_directory(), errno),
        Part::Attach if errno == Errno::EINVAL => not_attached(place, is_directory(), errno),
        _ => format!(
            "Can't bind mount /oldroot{} on {}: {}{errno}",
            shown(&bind.source),
            place.on,
            if fault.part == Part::Attach {
                "Unable to mount source on destination: "
            } else {
                ""
            }
        ),
    }
}

fn overlay_text(overlay: &Overlay, fault: &Fault, place: &Place) -> String {
    let kept = match &overlay.upper {
        UpperLayer::Kept { changes, work } => vec![changes, work],
        UpperLayer::None | UpperLayer::Temporary { .. } => Vec::new(),
    };
    if fault.part == Part::Attach && fault.errno == Errno::EINVAL {
        return not_attached(place, true, fault.errno);
    }
    if let Some(text) = kept.iter().find_map(|path| sources::missing_at(path)) {
        return text;
    }
    let why = match fault.errno {
        Errno::ELOOP => "Overlay directories may not overlap".into(),
        errno => errno.to_string(),
    };
    let layers = overlay.layers.iter().rev();
    let layers: Vec<String> = layers.map(|layer| shown_old(layer)).collect();
    let upper = ["upperdir", "workdir"].iter().zip(kept);
    let mut options: Vec<String> = upper
        .map(|(key, path)| format!("{key}={}", shown_old(path)))
        .collect();
    options.push(format!("lowerdir={},userxattr", layers.join(":")));
    format!(
        "Can't make overlay mount on {} with options {}: {why}",
        place.on,
        options.join(",")
    )
}

/// A path of the host's as the original writes it while it builds.
fn shown_old(path: &CStr) -> String {
    format!("/oldroot{}", shown(path))
}

fn symlink_text(target: &Target, fault: &Fault, plan: &Plan, place: &Place) -> String {
    let place = format!("Can't make symlink at {}", place.at);
    match (fault.part, fault.errno) {
        (Part::Existing, Errno::EEXIST) => match existing_link(target, fault.index, plan) {
            Some(to) => format!("{place}: existing destination is {}", Shown::bytes(&to)),
            None => format!("{place}: existing destination is another"),
        },
        (Part::Existing, Errno::EINVAL) | (Part::Target, Errno::EEXIST) => {
            format!("{place}: destination exists and is not a symlink")
        }
        (Part::Existing, errno) => {
            format!("{place}: destination exists, and cannot read symlink target: {errno}")
        }
        (_, errno) => format!("{place}: {errno}"),
    }
}

/// Where the link points that is there already: it was made by an earlier step, or came with a bind.
fn existing_link(target: &Target, index: usize, plan: &Plan) -> Option<Vec<u8>> {
    let path = target.path.to_bytes();
    plan.steps()[..index]
        .iter()
        .rev()
        .find_map(|planned| match &planned.step {
            Step::Symlink { to, target } if target.path.to_bytes() == path => {
                Some(to.to_bytes().to_vec())
            }
            Step::Bind(bind) => link_below(bind, path),
            _ => None,
        })
}

fn link_below(bind: &Bind, path: &[u8]) -> Option<Vec<u8>> {
    let rest = match bind.target.path.to_bytes() {
        b"." => path,
        target => path.strip_prefix(target)?.strip_prefix(b"/")?,
    };
    let source = [bind.source.to_bytes(), b"/", rest].concat();
    let mut buffer = [0; 4096];
    let link = file::read_link(Fd::CWD, &CString::new(source).ok()?, &mut buffer);
    link.ok().map(<[u8]>::to_vec)
}

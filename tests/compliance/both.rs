//! What a command sees in the sandboxes of two programs. It must be the same, but for differences that
//! docs/bwrap-compat.md names.

use crate::judge::skip_without_original;
use aril_tests::mountinfo::{Mount, reachable};
use aril_tests::status::Status;
use aril_tests::{Bwrap, Facts, Finished, is_root, under_test};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What must be equal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    mounts: Vec<(String, String, Vec<String>)>,
    status: Option<Status>,
    environ: BTreeMap<String, String>,
    ids: ((u32, u32), (u32, u32), Vec<u32>),
    maps: (Option<Vec<String>>, Option<Vec<String>>, Option<String>),
    place: (Option<String>, u32, String),
    argv: Vec<String>,
    pids: (i32, bool),
    /// Which kinds of namespaces are those of the tests.
    shared: Vec<String>,
    fds: Vec<i32>,
    tree: Vec<String>,
    stderr: String,
}

/// Who asks, and how for capabilities and a user namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Whether `bwrap` is started as root, if only as that of a user namespace.
    pub(crate) as_root: bool,
    /// Whether there is an option for a user namespace.
    pub(crate) user_namespace: bool,
    /// Whether there is an option for capabilities.
    pub(crate) capabilities: bool,
}

impl Asked {
    /// What a list of words asks for.
    pub(crate) fn by<'a>(words: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let has = |wanted: &[&str]| {
            let mut words = words.clone();
            words.any(|word| wanted.iter().any(|wanted| wanted.as_bytes() == word))
        };
        Self {
            as_root: is_root(),
            user_namespace: has(&[
                "--unshare-user",
                "--unshare-user-try",
                "--unshare-all",
                "--userns",
            ]),
            capabilities: has(&["--cap-add", "--cap-drop"]),
        }
    }
}

/// The original and the program under test.
pub(crate) fn programs() -> (PathBuf, &'static Path) {
    (skip_without_original(), under_test::path())
}

impl Seen {
    /// What the probe has told, which must have run.
    pub(crate) fn told(done: Finished) -> Self {
        let stderr = without_hints(&done.stderr);
        let facts: Facts = done.facts();
        let mounts = facts.mounts.as_deref().map(in_order).unwrap_or_default();
        let status = facts.status.map(|status| Status {
            namespace_pids: Vec::new(), // Differ from run to run.
            ..status
        });
        Self {
            mounts,
            status,
            ids: (facts.uid, facts.gid, facts.groups),
            maps: (facts.uid_map, facts.gid_map, facts.setgroups),
            place: (facts.cwd, facts.umask, facts.hostname),
            argv: facts.argv,
            // Ids count from the same start only in a pid namespace.
            pids: (
                if facts.ppid <= 1 { facts.pid } else { 0 },
                facts.sid == Some(1),
            ),
            shared: facts.namespaces.map(shared).unwrap_or_default(),
            fds: facts.fds.unwrap_or_default().into_keys().collect(),
            environ: facts.environ,
            tree: facts.tree,
            stderr,
        }
    }

    /// Takes away what the two programs are meant to show differently, here of the original.
    pub(crate) fn of_original(mut self, asked: Asked) -> Self {
        if under_test::is_original() || !asked.as_root {
            return self;
        }
        self.mounts.retain(|mount| !is_cover(mount));
        self.leave_first_user_namespace();
        if !asked.user_namespace {
            self.leave_real_capabilities(asked.capabilities);
        }
        self
    }

    /// Takes away what the two programs are meant to show differently, here of ours.
    pub(crate) fn of_ours(mut self, asked: Asked) -> Self {
        if under_test::is_original() {
            return self;
        }
        self.leave_quiet_queues();
        if asked.as_root {
            self.leave_out_covered_settings();
            self.leave_first_user_namespace();
        }
        self
    }

    /// Where they are real and asked for, the original begins with all and forgets what it cannot drop.
    pub(crate) fn without_capabilities(mut self) -> Self {
        if let Some(status) = &mut self.status {
            *status = Status {
                no_new_privs: status.no_new_privs,
                seccomp: status.seccomp,
                ..Status::default()
            };
        }
        self
    }

    /// A named difference: a filesystem of message queues has the flags that every mount has.
    fn leave_quiet_queues(&mut self) {
        for (target, kind, flags) in &mut self.mounts {
            if kind == "mqueue" {
                let before = flags.len();
                flags.retain(|flag| !["nosuid", "nodev", "noexec"].contains(&flag.as_str()));
                assert_eq!(flags.len() + 3, before, "{target}");
            }
        }
    }

    /// A named difference: where root could write the kernel's settings, ours covers them. The
    /// original means to, and does not: the directories say that nobody can write them, or it asks as
    /// another user.
    fn leave_out_covered_settings(&mut self) {
        let covers = self.mounts.extract_if(.., |mount| is_cover(mount));
        for (target, _, flags) in covers {
            assert!(flags.iter().any(|flag| flag == "ro"), "{target}");
        }
    }

    /// A named difference: a root in a user namespace is in the second of two, and the ids of the first
    /// are not those that were asked for.
    fn leave_first_user_namespace(&mut self) {
        let (users, groups, _) = &mut self.maps;
        for line in users.iter_mut().chain(groups).flatten() {
            let ids: Vec<&str> = line.split(' ').collect();
            *line = format!("{} {}", ids[0], ids[2]);
        }
    }

    /// Named differences where capabilities are real: a root that asks for none keeps a smaller set
    /// in ours, and what is not kept is gone from the bounding set too.
    fn leave_real_capabilities(&mut self, asked: bool) {
        if let Some(status) = &mut self.status {
            let kept = under_test::CONTAINER;
            if asked {
                // A drop alone begins with ours.
                status.bounding &= status.permitted;
            } else {
                status.permitted &= kept;
                status.effective &= kept;
                status.bounding &= status.permitted;
            }
        }
    }
}

/// Whether this covers a part of a process filesystem.
fn is_cover((target, kind, _): &(String, String, Vec<String>)) -> bool {
    let parts = ["/sys", "/sysrq-trigger", "/irq", "/bus"];
    kind == "proc" && parts.iter().any(|part| target.ends_with(part))
}

/// The mounts that can be reached, in the order in which they were made.
fn in_order(mounts: &[Mount]) -> Vec<(String, String, Vec<String>)> {
    let mut found = reachable(mounts);
    found.sort_by_key(|mount| mounts.iter().position(|other| other.id == mount.id));
    let seen = |mount: &Mount| {
        (
            mount.target.clone(),
            mount.kind.clone(),
            mount.flags.clone(),
        )
    };
    found.into_iter().map(seen).collect()
}

/// The kinds of namespaces in which we are too.
fn shared(namespaces: BTreeMap<String, u64>) -> Vec<String> {
    let ours = aril_tests::facts::namespaces("self").unwrap_or_default();
    let kinds = namespaces.into_iter();
    let kinds = kinds.filter(|(kind, number)| ours.get(kind) == Some(number));
    kinds.map(|(kind, _)| kind).collect()
}

/// Ours may add a hint to a message.
pub(crate) fn without_hints(text: &str) -> String {
    let words = text.lines().filter(|line| !line.starts_with("hint: "));
    words.map(|line| format!("{line}\n")).collect()
}

/// How a command ended and what it said.
pub(crate) fn end_of(bwrap: Bwrap) -> (i32, String, String) {
    let done = bwrap.finish();
    (
        done.code(),
        done.stdout.clone(),
        without_hints(&done.stderr),
    )
}

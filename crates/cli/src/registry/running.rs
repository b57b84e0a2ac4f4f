//! Every sandbox of the user that runs, whoever started it.

use super::{Confinement, LogReader, Named, named};
use crate::error::RunError;
use aril_flatpak::instances::{self, Maker, RuntimeDir};
use aril_flatpak::shown;
use aril_sandbox::enter::Inside;
use aril_seccomp::{Arch, RuleSet, compile};
use serde::Serialize;

/// Who started a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// `aril exec`, or a library's user.
    Exec,
    /// `aril run`.
    Run,
    /// `flatpak run`.
    Flatpak,
}

impl By {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::Run => "run",
            Self::Flatpak => "flatpak",
        }
    }
}

/// A sandbox that runs, as `aril ps --json` tells it.
#[derive(Debug, Serialize)]
pub struct Sandbox {
    /// Its name, or its instance's number.
    pub name: String,
    /// Who started it.
    pub by: By,
    /// The application.
    pub application: Option<String>,
    /// The runtime.
    pub runtime: Option<String>,
    /// The application's architecture.
    pub arch: Option<String>,
    /// The application's branch.
    pub branch: Option<String>,
    /// The command of `aril exec`.
    pub command: Option<Vec<String>>,
    /// The profile of `aril exec`.
    pub profile: Option<String>,
    /// The launcher's process id.
    pub pid: Option<i32>,
    /// The first process inside; nothing while the sandbox is being started.
    pub child_pid: Option<i32>,
    /// When it was started, in seconds since 1970.
    pub started: Option<u64>,
    /// The cgroup of its own.
    #[serde(skip)]
    pub cgroup: Option<String>,
    /// What the first process's namespaces must be.
    #[serde(skip)]
    namespaces: Vec<(String, u64)>,
    #[serde(skip)]
    source: Source,
}

#[derive(Debug)]
enum Source {
    Named(Named),
    Instance(instances::Running),
}

/// The sandboxes that run, by name. One whose first process has ended is not among them, even if its
/// launcher is still there to tell the end.
pub fn running(runtime: &RuntimeDir) -> Result<Vec<Sandbox>, RunError> {
    let named = named(runtime)?.into_iter().map(Sandbox::of_named);
    let instances = instances::running(runtime).map_err(RunError::new)?;
    let instances = instances.into_iter().map(Sandbox::of_instance);
    let found = named.chain(instances);
    Ok(found.filter(Sandbox::has_not_ended).collect())
}

/// The one that a name, an instance's number, a process id, or an application's id means.
pub fn find(runtime: &RuntimeDir, word: &str) -> Result<Sandbox, RunError> {
    let all = running(runtime)?;
    let by_name = all.iter().position(|sandbox| sandbox.name == word);
    let by_pid = || {
        let pid: i32 = word.parse().ok()?;
        let outside =
            |sandbox: &Sandbox| sandbox.pid == Some(pid) || sandbox.child_pid == Some(pid);
        let found = all.iter().position(outside);
        found.or_else(|| all.iter().position(|sandbox| sandbox.holds(pid)))
    };
    if let Some(at) = by_name.or_else(by_pid) {
        return all.into_iter().nth(at).ok_or_else(|| unknown(word));
    }
    let is_app = |sandbox: &Sandbox| sandbox.application.as_deref() == Some(word);
    let mut of_app = all.into_iter().filter(is_app);
    match (of_app.next(), of_app.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(unknown(word)),
        (Some(_), Some(_)) => {
            let word = shown(word);
            let several = format_args!("find the sandbox, on `{word}`: several instances run");
            Err(RunError::new(several).with_hint("name one by its number: `aril ps` lists them"))
        }
    }
}

fn unknown(word: &str) -> RunError {
    let word = shown(word);
    let unknown = format_args!("find the sandbox, on `{word}`: no sandbox of yours is called that");
    RunError::new(unknown).with_hint("`aril ps` lists what runs")
}

impl Sandbox {
    fn of_named(named: Named) -> Self {
        let facts = named.facts.clone();
        let ids = facts.as_ref().map(|facts| facts.namespaces);
        let [pid, mount] = ids.unwrap_or_default();
        Self {
            name: named.name.as_str().to_owned(),
            by: By::Exec,
            application: None,
            runtime: None,
            arch: None,
            branch: None,
            command: facts.as_ref().map(|facts| facts.command.clone()),
            profile: facts.as_ref().and_then(|facts| facts.profile.clone()),
            pid: facts
                .as_ref()
                .and_then(|facts| i32::try_from(facts.pid).ok()),
            child_pid: facts.as_ref().map(|facts| facts.child_pid),
            started: facts.as_ref().map(|facts| facts.started),
            cgroup: facts.and_then(|facts| facts.cgroup),
            namespaces: vec![("pid".into(), pid), ("mnt".into(), mount)],
            source: Source::Named(named),
        }
    }

    fn of_instance(instance: instances::Running) -> Self {
        Self {
            name: instance.instance.clone(),
            by: match instance.maker {
                Maker::Aril => By::Run,
                Maker::Flatpak => By::Flatpak,
            },
            application: instance.app.clone(),
            runtime: instance.runtime.clone(),
            arch: instance.arch.clone(),
            branch: instance.branch.clone(),
            command: None,
            profile: None,
            pid: instance.pid,
            child_pid: instance.child_pid,
            started: instance.started,
            cgroup: None,
            namespaces: instance.namespaces.clone().into_iter().collect(),
            source: Source::Instance(instance),
        }
    }

    /// Pins the first process, and sees that it is the one that was told of: its id may have been
    /// given to another since.
    pub fn inside(&self) -> Result<Inside, RunError> {
        let name = &self.name;
        let refuse = |why: &str| {
            RunError::new(format_args!(
                "find the sandbox's processes, on {name}: {why}"
            ))
        };
        let pid = self
            .child_pid
            .ok_or_else(|| refuse("it is still being started"))?;
        let inside = Inside::open(pid).map_err(RunError::new)?;
        let is_known = |kind: &str| self.namespaces.iter().any(|(name, _)| name == kind);
        if !is_known("pid") || !is_known("mnt") {
            return Err(refuse("its namespaces are not told"));
        }
        let mut told = self.namespaces.iter();
        if !told.all(|(kind, id)| inside.namespace_id(kind) == Some(*id)) {
            return Err(refuse("it has ended"));
        }
        Ok(inside)
    }

    /// What its payload is confined by, beside namespaces. For flatpak's it follows from the
    /// application's features.
    pub fn confinement(&self, runtime: &RuntimeDir) -> Result<Confinement, RunError> {
        match &self.source {
            Source::Named(named) => Confinement::find(&named.directory),
            Source::Instance(instance) if instance.maker == Maker::Aril => {
                let private = instance.private(runtime).map_err(RunError::new)?;
                Confinement::find(&private)
            }
            Source::Instance(instance) => of_flatpak(&instance.features),
        }
    }

    /// Its log, if it keeps one.
    pub fn log(self) -> Result<Option<LogReader>, RunError> {
        match self.source {
            Source::Named(named) => {
                let path = named.directory.path().to_owned();
                let failed = |error| RunError::on("read the log, below", &path, error);
                named.log().map_err(failed)
            }
            Source::Instance(_) => Ok(None),
        }
    }

    fn has_not_ended(&self) -> bool {
        self.child_pid.is_none() || self.inside().is_ok()
    }

    /// Whether a process runs in its pid namespace.
    fn holds(&self, pid: i32) -> bool {
        let own = self.namespaces.iter().find(|(kind, _)| kind == "pid");
        let theirs = std::fs::metadata(format!("/proc/{pid}/ns/pid"));
        use std::os::unix::fs::MetadataExt;
        matches!((own, theirs), (Some((_, own)), Ok(theirs)) if theirs.ino() == *own)
    }
}

/// flatpak's rules, with the features that change them.
fn of_flatpak(features: &[String]) -> Result<Confinement, RunError> {
    let known = ["devel", "multiarch", "bluetooth", "canbus"];
    let mut words = vec!["flatpak"];
    words.extend(
        known
            .into_iter()
            .filter(|word| features.iter().any(|feature| feature == word)),
    );
    let failed = |error: &dyn std::fmt::Display| {
        RunError::new(format_args!(
            "make the filter, for an application of flatpak's: {error}"
        ))
    };
    let rules = RuleSet::parse(&words.join(",")).map_err(|error| failed(&error))?;
    let native = Arch::native().ok_or_else(|| failed(&"an unknown machine"))?;
    let program = compile(&rules.policy(native)).map_err(|error| failed(&error))?;
    Ok(Confinement::of_filter(program.to_bytes()))
}

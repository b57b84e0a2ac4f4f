//! Settings become a [`Spec`]. No decision is left for later.

mod cwd;
mod group;
mod home;
mod paths;

use crate::amount::Resource;
use crate::danger;
use crate::environment;
use crate::error::ProfileError;
use crate::facts::Facts;
use crate::files::Files;
use crate::host_executed::{Guard, Watched};
use crate::layer::{self, Place};
use crate::remembered::Remembered;
use crate::setting::{Device, Net};
use crate::settings::{Settings, is_change};
use crate::system;
use aril_sandbox::spec::{
    Bind, Credentials, Devices, EnvChange, Landlock, Limits, Network, Node, Program, Root,
    SeccompProgram, Share, Source, Supervision, WorkingDirectory,
};
use aril_sandbox::{Access, Entry, Escaped, Spec};
use aril_seccomp::{Arch, RuleSet, compile};
pub use home::kept_homes;
use paths::{Applied, Visibility};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most that the root itself can hold: it has directories, links and a few small files.
const ROOT_SIZE: u64 = 64 << 20;

/// A spec and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The sandbox.
    pub spec: Spec,
    /// The rules that the spec's filter was made of.
    pub rules: RuleSet,
    /// Files that must not appear: [`Watched`].
    pub watched: BTreeSet<Watched>,
    /// The directories below which no repository must appear whose configuration names programs.
    pub searched: Vec<PathBuf>,
    /// What a grant opens, a line each.
    pub warnings: Vec<String>,
    /// What else the user should know, a line each.
    pub notes: Vec<String>,
}

impl Composed {
    /// Adds entries and variables, and lets the second border go with them.
    pub fn extend(&mut self, tree: Vec<Entry>, environment: Vec<EnvChange>) {
        self.spec.tree.extend(tree);
        self.spec.program.environment.extend(environment);
        let scopes = self.spec.landlock.as_ref().map(|landlock| landlock.scopes);
        let around = Landlock::around(&self.spec);
        self.spec.landlock = Some(Landlock {
            scopes: scopes.unwrap_or(around.scopes),
            ..around
        });
    }
}

/// Makes the spec that runs `command` with these settings.
pub fn compose(
    command: &[OsString],
    settings: &Settings,
    facts: &Facts,
    files: &dyn Files,
) -> Result<Composed, ProfileError> {
    let files: &dyn Files = &Remembered::of(files);
    let mut notes = Vec::new();
    let mut places = Vec::new();
    let net = settings.net.as_ref().map_or(Net::None, |net| net.value);
    let settings = &home::own_is_a_path(settings, facts, files);
    let named = paths::named(settings, files)?;
    notes.extend(paths::kept(settings));
    let home = home::place(settings, facts, files)?;
    let cwd = cwd::rule(settings, facts, files, &mut notes);
    home::has_places(settings, facts, files, &shown(&named, cwd.as_ref()))?;
    let visibility = Visibility::new(&named, home.rule.as_ref(), cwd.as_ref());
    let system = system::places(facts, net, files).into_iter();
    places.extend(system.filter(|place| visibility.leaves_room_for(place, files)));
    places.push(home.place);
    places.extend(visibility.places(files));
    let (mut watched, mut searched) = (BTreeSet::new(), Vec::new());
    let lifts_guard = settings
        .allow_host_executed
        .as_ref()
        .is_some_and(|it| it.value);
    if !lifts_guard {
        let is_writable = |path: &Path| visibility.is_writable(path);
        for top in visibility.writable_directories(files) {
            let guard = Guard::of(top, files, &is_writable);
            places.extend(guard.places);
            watched.extend(guard.watched);
            if !guard.is_whole {
                let top = Escaped(top.as_os_str().as_bytes());
                notes.push(format!(
                    "{top} has too many directories: repositories deep in it are looked at in the end alone"
                ));
            }
            searched.push(top.to_owned());
        }
        searched.extend(home::searched(settings, &visibility, files)?);
    }
    for file in profile_files(settings, files) {
        if visibility.is_writable(&file) {
            places.extend(visibility.fixed((&file, layer::Rank::Guard), files));
            places.extend(paths::profile_file(&file, files));
        }
    }
    places.extend(devices(settings, files)?);
    let is_visible = |path: &Path| is_seen(path, &visibility);
    let (filter, rules) = seccomp(settings, facts, &mut notes)?;
    let mut spec = Spec {
        root: Root {
            size: Some(ROOT_SIZE),
            access: Access::ReadOnly,
            ..Root::default()
        },
        seccomp: vec![filter],
        supervision: Supervision {
            die_with_launcher: true,
            kill_at_exit: true,
            ..Supervision::default()
        },
        credentials: Credentials {
            uid: settings.user.as_ref().map(|user| user.value.uid),
            gid: settings.user.as_ref().map(|user| user.value.gid),
            ..Credentials::default()
        },
        program: program(command, settings, facts, &is_visible),
        tree: layer::in_order(places),
        limits: limits(settings),
        ..Spec::default()
    };
    match net {
        Net::Host => spec.namespaces.network = Network::Host,
        Net::None => spec.namespaces.host_name = Some("aril".into()),
    }
    spec.namespaces.cgroup = Share::NewIfPossible;
    spec.landlock = Some(landlock(&spec, settings));
    Ok(Composed {
        spec,
        rules,
        watched,
        searched,
        warnings: danger::warnings(settings, facts, files),
        notes,
    })
}

/// The second border.
fn landlock(spec: &Spec, settings: &Settings) -> Landlock {
    let mut landlock = Landlock::around(spec);
    group::restrict(&mut landlock, spec.program.session);
    // A client of X that is refused the server's abstract socket does not try the path.
    landlock.scopes.abstract_sockets &= !settings.shows_x11();
    landlock
}

/// The rules that show something of the host's.
fn shown<'a>(named: &'a [Applied], cwd: Option<&'a Applied>) -> Vec<&'a Applied> {
    let is_shown = |rule: &&Applied| rule.rule.reach.is_shown();
    named.iter().chain(cwd).filter(is_shown).collect()
}

/// The files that the settings are from, and those that they are links to.
fn profile_files(settings: &Settings, files: &dyn Files) -> BTreeSet<PathBuf> {
    let real = settings
        .files
        .iter()
        .filter_map(|file| files.real_path(file));
    settings.files.iter().cloned().chain(real).collect()
}

fn program(
    command: &[OsString],
    settings: &Settings,
    facts: &Facts,
    is_visible: &dyn Fn(&Path) -> bool,
) -> Program {
    let start = settings.workdir.as_ref().map(|path| path.value.clone());
    Program {
        path: command.first().cloned().unwrap_or_default(),
        args: command.get(1..).unwrap_or_default().to_vec(),
        environment: environment::changes(facts, settings, is_visible),
        working_directory: start.map_or(WorkingDirectory::Inherit, WorkingDirectory::Path),
        session: group::session(settings, facts),
        ..Program::default()
    }
}

/// Whether a directory of the host is seen inside under its own name.
fn is_seen(path: &Path, visibility: &Visibility<'_>) -> bool {
    match visibility.reach(path) {
        Some(reach) => reach.is_shown(),
        None => system::is_visible(path),
    }
}

fn devices(settings: &Settings, files: &dyn Files) -> Result<Vec<Place>, ProfileError> {
    let mut places = Vec::new();
    for asked in &settings.devices {
        let path = asked.value.path();
        if files.kind(Path::new(path)).is_none() {
            let why = "this host has none";
            return Err(ProfileError::on_path(
                "give the device",
                Path::new(path),
                why,
            ));
        }
        let bind = Bind {
            source: Source::Path(path.into()),
            access: Access::ReadWrite,
            devices: Devices::Allowed,
            optional: false,
            live: false,
        };
        let entry = Entry::new(path, Node::Bind(bind)).from_origin(asked.origin.clone());
        places.push(Place::new(path, layer::Rank::Named, [entry]));
        if asked.value == Device::Dri {
            places.extend(graphics_facts(&asked.origin));
        }
    }
    Ok(places)
}

fn limits(settings: &Settings) -> Limits {
    // A dump would take the memory out of the sandbox, to a handler that runs outside.
    let mut limits = Limits {
        core_size: Some(0),
        ..Limits::default()
    };
    for asked in &settings.limits {
        let most = asked.value.most;
        match asked.value.resource {
            Resource::Memory => limits.memory = Some(most),
            Resource::Pids => limits.processes = Some(most),
            Resource::Cpu => limits.processor_percent = Some(most.try_into().unwrap_or(u32::MAX)),
            Resource::Files => limits.open_files = Some(most),
            Resource::FileSize => limits.file_size = Some(most),
            Resource::CoreSize => limits.core_size = Some(most),
        }
    }
    limits
}

/// Graphics libraries find the device's driver by these.
fn graphics_facts(origin: &str) -> Vec<Place> {
    let paths = ["/sys/dev/char", "/sys/devices", "/sys/class/drm"];
    let place = |path: &&str| {
        let entry = Entry::bind(*path, *path, Access::ReadOnly).optional();
        Place::new(*path, layer::Rank::Named, [entry.from_origin(origin)])
    };
    paths.iter().map(place).collect()
}

/// The rules that changes are made to.
const BASE: &str = "default";
/// What comes with them: no file with the set-user-id bit, since files are shared with the host.
const OWNERSHIP: &str = ",+suid";

/// The words of the rule set that are asked for: changes alone are to [`BASE`].
pub(crate) fn seccomp_words(settings: &Settings) -> String {
    let asked = settings.seccomp.iter().map(|words| words.value.as_str());
    let mut words: Vec<&str> = asked.collect();
    if words.first().is_none_or(|first| is_change(first)) {
        words.insert(0, BASE);
    }
    let words = words.join(",");
    match words.strip_prefix(BASE) {
        Some(rest) => [BASE, OWNERSHIP, rest].concat(),
        None => words,
    }
}

/// The filter, and the rules that it was made of.
///
/// What is refused is always told to the launcher, since what is allowed costs nothing more by that. What
/// names a path or an address is told if a report was asked for.
fn seccomp(
    settings: &Settings,
    facts: &Facts,
    notes: &mut Vec<String>,
) -> Result<(SeccompProgram, RuleSet), ProfileError> {
    let mut words = seccomp_words(settings);
    if let Some(rule) = group::rule(settings, facts) {
        words = [words.as_str(), rule].join(",");
    }
    let refuse = |why: String| ProfileError::on("filter system calls", "this machine", why);
    let rules: RuleSet = words.parse().map_err(|error| {
        ProfileError::on(
            "choose the rules for system calls",
            format_args!("`{words}`"),
            error,
        )
    })?;
    let is_told = settings.is_reported();
    // Without this rule a payload could make the launcher wait for it.
    let refuses_faults = rules.groups().any(|group| group == "userfaultfd");
    let mut devices = settings.devices.iter();
    let serves = devices.any(|device| device.value == Device::Fuse);
    let why_not = match (refuses_faults, serves) {
        (false, _) => Some("the rules allow userfaultfd(2)"),
        (true, true) => Some("/dev/fuse is given"),
        (true, false) => None,
    };
    if let Some(why) = why_not.filter(|_| is_told) {
        notes.push(format!("{why}, so that only system calls are reported"));
    }
    let observes = is_told && why_not.is_none();
    if !observes {
        let program = aril_filters::program(&rules).map_err(|error| refuse(error.to_string()))?;
        return Ok((SeccompProgram::Reported(program), rules));
    }
    let native = Arch::native();
    let native = native.ok_or_else(|| refuse("no rules for its architecture".into()))?;
    let policy = rules.policy(native).observing();
    let program = compile(&policy).map_err(|error| refuse(error.to_string()))?;
    Ok((SeccompProgram::Observed(program.to_bytes()), rules))
}

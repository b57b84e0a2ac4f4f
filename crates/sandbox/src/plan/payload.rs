//! From credentials and program to the steps of the payload's process.

use super::namespaces::UserPlan;
use super::strings::c_string;
use super::{Draft, InitPlan, PlanError, Step};
use crate::spec::{
    CapabilityBase, CapabilityChange, Descriptors, EnvChange, Init, PidNs, Spec, Stream, UserNs,
    WorkingDirectory,
};
use crate::{Capabilities, Host};
use aril_sys::exec::Strings;
use aril_sys::init::Duties;
use aril_sys::{Fd, file};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::Arc;

/// Why the payload waits for the loopback interface.
const LOOPBACK: &str = "127.0.0.1 and ::1 work inside";

impl Draft<'_> {
    /// Whether our init runs, and with which duties.
    pub(crate) fn plan_init(&mut self) -> Result<Option<InitPlan>, PlanError> {
        let supervision = &self.spec.supervision;
        let own_pids = matches!(self.spec.namespaces.pid, PidNs::New | PidNs::NewBelow(_));
        let holds = !supervision.locks.is_empty() || !supervision.sync_fds.is_empty();
        let is_first = supervision.init == Init::PayloadIsFirst;
        if is_first && !supervision.locks.is_empty() {
            let (wish, reason) = ("a lock", "init must hold it, and there is none");
            return Err(PlanError::Conflict { wish, reason });
        }
        if supervision.kill_at_exit && (is_first || !own_pids) {
            let wish = "an end of everything with the payload";
            let reason = "it needs init in an own pid namespace";
            return Err(PlanError::Conflict { wish, reason });
        }
        if is_first || !(own_pids || holds) {
            return Ok(None);
        }
        self.setup(
            Step::LoadInit,
            "it is executed when the payload's process exists",
        );
        let duty = |wanted: bool, bit: u32| if wanted { bit } else { 0 };
        let duties = Duties(
            duty(supervision.die_with_launcher, Duties::DIE_WITH_LAUNCHER)
                | duty(supervision.kill_at_exit, Duties::KILL_AT_EXIT),
        );
        let sync_fds = supervision.sync_fds.clone();
        Ok(Some(InitPlan { duties, sync_fds }))
    }

    /// Plans the payload's own steps; returns how many seccomp programs are read late.
    pub(crate) fn plan_payload(&mut self, user: &UserPlan, init: bool) -> Result<usize, PlanError> {
        let program = &self.spec.program;
        let late = self.plan_seccomp_reading()?;
        let relayed = self.needs_relay(user);
        if relayed {
            // Before the limits: that on the size of files would count.
            self.payload(
                Step::LoadRelay,
                "the launcher's own file must not be in reach at the exec, and could be written",
            );
        }
        let beside = self.makes_network_beside();
        // Without init this process shares its descriptors with the helper that makes the network, and
        // closing them would take the helper's away.
        if beside && !init {
            self.payload(Step::AwaitLoopback, LOOPBACK);
        }
        self.plan_streams()?;
        self.plan_descriptors();
        for &limit in &self.spec.credentials.limits {
            self.payload(Step::Limit(limit), "it was asked for");
        }
        self.plan_limits()?;
        self.payload(Step::Umask(program.umask), "set-up ran with an open one");
        let keep = self.decide_capabilities(user);
        self.plan_capabilities(user, keep);
        self.plan_working_directory()?;
        if self.spec.supervision.die_with_launcher {
            self.payload(
                Step::DieWithParent(true),
                "the sandbox ends with its launcher",
            );
        } else {
            self.payload(
                Step::DieWithParent(false),
                "only the set-up was tied to the launcher",
            );
        }
        let gone = Capabilities(self.host.known_capabilities).without(keep);
        let ambient = self.ambient(keep);
        let verify = Step::Verify {
            keep,
            ambient,
            gone,
        };
        self.payload(verify, "what was asked for must be in force");
        if beside && init {
            self.payload(Step::AwaitLoopback, LOOPBACK);
        }
        self.plan_landlock()?;
        self.plan_announced();
        let broken_pipe = self.spec.program.broken_pipe;
        self.payload(
            Step::Ready { broken_pipe },
            "from here on only the exec can fail",
        );
        if relayed {
            self.payload(
                Step::BecomeRelay,
                "/proc/self/exe must not lead to the launcher's file",
            );
        }
        self.plan_seccomp()?;
        self.payload(Step::Execute, "the payload begins");
        Ok(late)
    }

    /// Whether a payload that gets hold of the launcher's own file could write to it. Under ids of
    /// other owners than the caller it is not known.
    fn needs_relay(&self, user: &UserPlan) -> bool {
        let other_ids =
            user.ranges.is_some() || matches!(self.spec.namespaces.user, UserNs::Join(_));
        self.host.own_program_writable || other_ids
    }

    fn plan_streams(&mut self) -> Result<(), PlanError> {
        let mut fds = [None; 3];
        for (fd, stream) in fds.iter_mut().zip(self.spec.program.streams) {
            *fd = match stream {
                Stream::Inherit => None,
                Stream::Fd(number) => {
                    self.use_fd(number, "a standard stream")?;
                    Some(number)
                }
                Stream::Null => Some(self.null()?),
            };
        }
        if fds != [None; 3] {
            self.payload(Step::Streams(fds), "it was asked for");
        }
        Ok(())
    }

    /// `/dev/null`, opened once and kept by the plan.
    fn null(&mut self) -> Result<i32, PlanError> {
        if let Some(null) = &self.null {
            return Ok(Fd::from(&**null).number());
        }
        let (fd, subject) = (-1, "/dev/null");
        let opened = file::open(Fd::CWD, c"/dev/null", file::O_RDWR, 0)
            .map_err(|errno| PlanError::Descriptor { fd, subject, errno })?;
        self.null = Some(Arc::new(opened.into_owned()));
        Ok(opened.number())
    }

    fn plan_descriptors(&mut self) {
        match &self.spec.program.descriptors {
            Descriptors::Only(fds) => {
                self.payload(
                    Step::KeepOnly(fds.clone()),
                    "no other descriptor is for the payload",
                );
            }
            Descriptors::Inherit => {
                let used = self.used_fds.clone();
                if !used.is_empty() {
                    self.payload(Step::Close(used), "they were for the set-up");
                }
            }
        }
    }

    /// Comes when the capabilities are gone: where the payload may not go, it does not begin.
    fn plan_working_directory(&mut self) -> Result<(), PlanError> {
        let program = &self.spec.program;
        let choices = working_directories(self.spec, self.host)?;
        let required = matches!(program.working_directory, WorkingDirectory::Path(_));
        self.payload(
            Step::WorkingDirectory { choices, required },
            "the payload starts there",
        );
        Ok(())
    }

    /// The capabilities that the payload gets.
    fn decide_capabilities(&self, user: &UserPlan) -> Capabilities {
        let changes = &self.spec.credentials.capabilities;
        let own = Capabilities(self.host.capabilities);
        let callers = self.spec.credentials.capability_base == CapabilityBase::Callers;
        let begin = match (callers && self.host.uid == 0, user.is_new) {
            (true, true) => own,
            (true, false) => Capabilities::CONTAINER.intersect(own),
            (false, _) => Capabilities::NONE,
        };
        let end = changes.iter().fold(begin, |set, change| match change {
            CapabilityChange::Add(more) => set.with(*more),
            CapabilityChange::Drop(fewer) => set.without(*fewer),
        });
        let possible = match self.spec.namespaces.user {
            UserNs::Join(_) => Capabilities(self.host.known_capabilities),
            _ if user.is_new => Capabilities(self.host.known_capabilities),
            _ => own,
        };
        end.intersect(possible)
    }

    fn plan_capabilities(&mut self, user: &UserPlan, keep: Capabilities) {
        let reason = capability_reason(user, keep);
        if let Some(bits) = self.spec.credentials.secure_bits {
            self.payload(Step::SecureBits(bits), "it was asked for");
        }
        let ambient = self.ambient(keep);
        self.payload(Step::Capabilities { keep, ambient }, reason);
    }

    /// What root has by itself comes back to id 0 at the exec; what was asked for must survive it
    /// under any id.
    fn ambient(&self, keep: Capabilities) -> Capabilities {
        let asked = !self.spec.credentials.capabilities.is_empty();
        if asked { keep } else { Capabilities::NONE }
    }

    /// Plans the bounding set: before init and payload part, since what neither needs is the same.
    pub(crate) fn plan_bounding(&mut self, user: &UserPlan) {
        let keep = self.decide_capabilities(user);
        let drop = Capabilities(self.host.known_capabilities).without(keep);
        self.setup(Step::Bounding { drop, keep }, capability_reason(user, keep));
    }
}

fn capability_reason(user: &UserPlan, keep: Capabilities) -> &'static str {
    if keep.is_empty() {
        "the payload has no capability, and can never get one"
    } else if user.is_new {
        "they are those of the sandbox's own user namespace"
    } else {
        "they are real: they were asked for, or the caller is root"
    }
}

/// The directories to try, the first being the one that was asked for.
fn working_directories(spec: &Spec, host: &Host) -> Result<Vec<CString>, PlanError> {
    let subject = "the working directory";
    if let WorkingDirectory::Path(path) = &spec.program.working_directory {
        return Ok(vec![super::strings::c_path(path, subject)?]);
    }
    let mut choices = Vec::new();
    if let Some(path) = &host.working_directory {
        choices.push(c_string(path.as_os_str(), subject)?);
    }
    let environment = environment(spec, host);
    if let Some(home) = environment
        .get(OsStr::new("HOME"))
        .filter(|home| !home.is_empty())
    {
        choices.push(c_string(home, "HOME")?);
    }
    choices.push(c"/".to_owned());
    Ok(choices)
}

fn environment(spec: &Spec, host: &Host) -> BTreeMap<OsString, OsString> {
    let program = &spec.program;
    let mut variables: BTreeMap<OsString, OsString> = if program.inherit_environment {
        host.environment.iter().cloned().collect()
    } else {
        BTreeMap::new()
    };
    for change in &program.environment {
        match change {
            EnvChange::Set(name, value) => {
                variables.insert(name.clone(), value.clone());
            }
            EnvChange::Unset(name) => {
                variables.remove(name);
            }
            EnvChange::Clear => variables.clear(),
        }
    }
    variables
}

/// What is executed, all of it made ready.
#[derive(Clone, Debug)]
pub struct Exec {
    /// The program as it was asked for.
    pub program: OsString,
    /// The files to try, in the order of `PATH`.
    pub(crate) candidates: Vec<CString>,
    /// The arguments.
    pub(crate) argv: Strings,
    /// For each candidate, the arguments that make `/bin/sh` run it: `execvp(3)` does that for a
    /// file that the kernel does not know the format of.
    pub(crate) shell_argv: Vec<Strings>,
    /// The arguments of the relay: its name, the candidates and the payload's arguments.
    pub(crate) relay_argv: Strings,
    /// The environment, once for each choice of working directory, which is in `PWD`.
    pub(crate) environments: Vec<Strings>,
}

impl Exec {
    fn new_strings(list: Vec<CString>) -> Vec<Arc<CStr>> {
        list.into_iter().map(Arc::from).collect()
    }

    pub(crate) fn new(spec: &Spec, host: &Host) -> Result<Self, PlanError> {
        let program = &spec.program;
        let path = c_string(&program.path, "the program")?;
        let first = c_string(program.argv0.as_ref().unwrap_or(&program.path), "argv[0]")?;
        let args: Result<Vec<CString>, PlanError> = program
            .args
            .iter()
            .map(|arg| c_string(arg, "an argument"))
            .collect();
        let args = Self::new_strings(args?);
        let mut argv = vec![Arc::from(first)];
        argv.extend(args.iter().cloned());
        let variables = environment(spec, host);
        let candidates = candidates(path, variables.get(OsStr::new("PATH")))?;
        let shell_argv = candidates
            .iter()
            .map(|file| {
                let mut list: Vec<Arc<CStr>> = vec![c"sh".into(), Arc::from(file.as_c_str())];
                list.extend(args.iter().cloned());
                Strings::new(list)
            })
            .collect();
        let mut relay_argv: Vec<Arc<CStr>> = vec![aril_sys::relay::NAME.into()];
        relay_argv.extend(candidates.iter().map(|file| Arc::from(file.as_c_str())));
        relay_argv.extend(argv.iter().cloned());
        let environments = working_directories(spec, host)?
            .iter()
            .map(|directory| with_pwd(&variables, directory))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            program: program.path.clone(),
            candidates,
            argv: Strings::new(argv),
            shell_argv,
            relay_argv: Strings::new(relay_argv),
            environments,
        })
    }

    /// The arguments, `argv[0]` first.
    pub fn arguments(&self) -> impl Iterator<Item = &CStr> {
        self.argv.iter()
    }
}

fn with_pwd(
    variables: &BTreeMap<OsString, OsString>,
    directory: &CStr,
) -> Result<Strings, PlanError> {
    let mut list = Vec::with_capacity(variables.len() + 1);
    for (name, value) in variables {
        if name == "PWD" {
            continue;
        }
        if name.is_empty() || name.as_bytes().contains(&b'=') {
            let reason = "a variable's name is not empty and has no `=`";
            return Err(PlanError::Conflict {
                wish: "the environment",
                reason,
            });
        }
        let mut line = name.clone().into_vec();
        line.push(b'=');
        line.extend_from_slice(value.as_bytes());
        list.push(c_string(OsStr::from_bytes(&line), "a variable")?);
    }
    list.sort();
    let pwd = [b"PWD=", directory.to_bytes()].concat();
    list.push(c_string(OsStr::from_bytes(&pwd), "the working directory")?);
    Ok(Strings::new(Exec::new_strings(list)))
}

/// Where `execvp(3)` would look: a name with a slash is a path; another is looked for in `PATH`, in
/// `/bin:/usr/bin` if that is not set.
fn candidates(program: CString, path: Option<&OsString>) -> Result<Vec<CString>, PlanError> {
    let name = program.to_bytes();
    if name.contains(&b'/') || name.is_empty() {
        return Ok(vec![program]);
    }
    let path = path.map_or(b"/bin:/usr/bin".as_slice(), |path| path.as_bytes());
    path.split(|&byte| byte == b':')
        .map(|directory| {
            let mut file = directory.to_vec();
            if !file.is_empty() {
                file.push(b'/');
            }
            file.extend_from_slice(name);
            c_string(OsStr::from_bytes(&file), "a file in PATH")
        })
        .collect()
}

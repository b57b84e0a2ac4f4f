//! From words to a request.

use crate::commands::run::{BusWords, FilesWords, SandboxWords, VersionWords, Words};
use crate::error::RunError;
use aril_flatpak::compose::{
    BusChoice, BusRequest, FilesRequest, ParentProcesses, ParentRequest, Request, RunTarget,
    RuntimeChoice, RuntimeRequest, Scope, Variables, Version,
};
use aril_sandbox::Access;
use aril_sandbox::sys::{Fd, file};
use std::path::PathBuf;
use std::str::FromStr;

impl Words {
    /// What the words ask for. Reads what options name by descriptor.
    pub fn request(&self) -> Result<Request, RunError> {
        let (target, arguments) = match self.words.split_first() {
            Some((target, arguments)) => (target, arguments),
            None => {
                return Err(RunError::new(
                    "choose the application, on nothing: none named",
                ));
            }
        };
        Ok(Request {
            target: RunTarget::parse(target).map_err(RunError::new)?,
            arguments: arguments.to_vec(),
            command: self.command.clone(),
            working_directory: self.cwd.clone(),
            version: self.version.version()?,
            scope: self.version.scope(),
            runtime: self.files.runtime()?,
            app_files: other_files(self.files.app_path.as_ref(), self.files.app_fd)?,
            usr_files: other_files(self.files.usr_path.as_ref(), self.files.usr_fd)?,
            bound_fds: self.files.bound_fds()?,
            permissions: self.permissions.context()?,
            sandboxed: self.sandbox.sandbox,
            devel: self.files.devel,
            variables: self.sandbox.variables(),
            passed: self.sandbox.pass_env.clone(),
            buses: self.buses.request(),
            file_forwarding: self.buses.file_forwarding,
            die_with_parent: self.sandbox.die_with_parent,
            parent: self.sandbox.parent(),
            writable_root: self.sandbox.writable_root,
            core_dumps: self.sandbox.core_dumps,
        })
    }
}

impl VersionWords {
    fn version(&self) -> Result<Version, RunError> {
        Ok(Version {
            arch: parsed(self.arch.as_ref())?,
            branch: parsed(self.branch.as_ref())?,
            commit: self.commit.clone(),
        })
    }

    fn scope(&self) -> Scope {
        let mut system = self.installation.clone();
        if self.system {
            system.push("default".to_owned());
        }
        match self.user || !system.is_empty() {
            true => Scope::Chosen {
                user: self.user,
                system,
            },
            false => Scope::All,
        }
    }
}

impl FilesWords {
    fn runtime(&self) -> Result<RuntimeRequest, RunError> {
        let choice = self.runtime.as_deref().map(RuntimeChoice::parse);
        Ok(RuntimeRequest {
            choice: choice
                .transpose()
                .map_err(RunError::new)?
                .unwrap_or_default(),
            version: parsed(self.runtime_version.as_ref())?,
            commit: self.runtime_commit.clone(),
            sdk: self.devel,
        })
    }

    fn bound_fds(&self) -> Result<Vec<(i32, Access)>, RunError> {
        let rows = [
            (&self.bind_fd, Access::ReadWrite),
            (&self.ro_bind_fd, Access::ReadOnly),
        ];
        let rows = rows.into_iter();
        let rows = rows.flat_map(|(fds, access)| fds.iter().map(move |fd| (*fd, access)));
        rows.map(|(fd, access)| Ok((descriptor(fd)?, access)))
            .collect()
    }
}

impl SandboxWords {
    fn variables(&self) -> Variables {
        match (self.clear_env, self.env_from_host) {
            (true, _) => Variables::Clear,
            (false, true) => Variables::OfHost,
            (false, false) => Variables::Listed,
        }
    }

    /// Where the number of the instance is written.
    pub fn number_fd(&self) -> Result<Option<i32>, RunError> {
        self.instance_id_fd.map(descriptor).transpose()
    }

    fn parent(&self) -> Option<ParentRequest> {
        let pid = self.parent_pid?;
        let processes = match (self.parent_share_pids, self.parent_expose_pids) {
            (true, _) => ParentProcesses::Shared,
            (false, true) => ParentProcesses::Exposed,
            (false, false) => ParentProcesses::Apart,
        };
        Some(ParentRequest { pid, processes })
    }
}

impl BusWords {
    fn request(&self) -> BusRequest {
        let choose = |logged, reached, absent| match (absent, logged, reached) {
            (true, ..) => BusChoice::Absent,
            (_, true, _) => BusChoice::Logged,
            (_, _, true) => BusChoice::Reached,
            _ => BusChoice::Default,
        };
        BusRequest {
            session: choose(self.log_session_bus, self.session_bus, self.no_session_bus),
            accessibility: choose(self.log_a11y_bus, self.a11y_bus, self.no_a11y_bus),
            documents: !self.no_documents_portal,
            log_system: self.log_system_bus,
        }
    }
}

fn parsed<T: FromStr>(text: Option<&String>) -> Result<Option<T>, RunError>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| text.parse())
        .transpose()
        .map_err(RunError::new)
}

/// The standard streams are the application's. To be called before anything is opened: a number that
/// the caller has not opened could otherwise be one of this program's own files.
fn descriptor(fd: i32) -> Result<i32, RunError> {
    let why = match fd {
        0..=2 => "it is a standard stream",
        fd if fd > 2 && file::is_open(Fd::new(fd)) => return Ok(fd),
        _ => "it is not open",
    };
    Err(RunError::new(format_args!(
        "use a descriptor, on {fd}: {why}"
    )))
}

fn other_files(path: Option<&PathBuf>, fd: Option<i32>) -> Result<FilesRequest, RunError> {
    Ok(match (path, fd) {
        (_, Some(fd)) => FilesRequest::Fd(descriptor(fd)?),
        (Some(path), None) if path.as_os_str().is_empty() => FilesRequest::Empty,
        (Some(path), None) => FilesRequest::Path(path.clone()),
        (None, None) => FilesRequest::Own,
    })
}

//! From a request to a spec: every decision, in the order of the sandbox's tree.

use super::data::DataDirectory;
use super::entries::{directory, file};
use super::error::ComposeError;
use super::extension_mounts::{self, ExtensionMounts};
use super::facts::Facts;
use super::info::Described;
use super::request::{FilesRequest, Request};
use super::subject::{Files, Subject};
use super::{Note, Part, etc, filter, system, variables};
use crate::beneath::Beneath;
use crate::permissions::{self, Context, Granted, Share};
use aril_sandbox::spec::{Network, Program, Root, Share as Shared, Supervision, WorkingDirectory};
use aril_sandbox::{Access, Spec};
use std::ffi::OsString;
use std::path::PathBuf;

/// The most that the root itself can hold: it has directories, links and a few small files.
const ROOT_SIZE: u64 = 64 << 20;

/// Whether something may be made on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is going to be launched: directories are made, helpers are started.
    Launch,
    /// It is shown: nothing is made.
    Explain,
}

/// A sandbox that is put together.
#[derive(Debug)]
pub struct Composed {
    /// What is launched.
    pub spec: Spec,
    /// What the user is told.
    pub notes: Vec<Note>,
    /// What must live until the sandbox has been launched, or has ended.
    pub lives: Lives,
}

/// Descriptors that belong to a spec.
#[derive(Debug, Default)]
pub struct Lives {
    /// Those that entries name by number: until the sandbox has been launched.
    pub until_launched: Vec<std::os::fd::OwnedFd>,
    /// Until the sandbox has ended.
    pub until_ended: Vec<std::os::fd::OwnedFd>,
    /// The trees of files, until it has been launched.
    directories: Vec<Beneath>,
}

impl Lives {
    /// Closes what is of no use once the sandbox has been launched.
    pub fn launched(&mut self) {
        self.until_launched.clear();
        self.directories.clear();
    }
}

/// What is decided step by step.
struct Composing<'a> {
    request: &'a Request,
    facts: &'a Facts,
    purpose: Purpose,
    subject: Subject,
    app: Option<Files>,
    usr: Option<Files>,
    permissions: Context,
    conditions: permissions::Facts,
    granted: Granted,
    part: Part,
    locks: Vec<PathBuf>,
}

/// Decides everything about one sandbox.
pub fn compose(
    request: &Request,
    facts: &Facts,
    purpose: Purpose,
) -> Result<Composed, ComposeError> {
    let subject = Subject::find(request, facts)?;
    let permissions = subject.permissions(request);
    let conditions = conditions(facts);
    let granted = permissions.granted(&conditions);
    let composing = Composing {
        app: other_files(&request.app_files)?,
        usr: other_files(&request.usr_files)?,
        part: Part::default(),
        locks: Vec::new(),
        request,
        facts,
        purpose,
        subject,
        permissions,
        conditions,
        granted,
    };
    composing.compose()
}

impl Composing<'_> {
    fn compose(mut self) -> Result<Composed, ComposeError> {
        let extensions = extension_mounts::find(&self.subject, self.facts)?;
        self.files(&extensions);
        let etc = self.etc()?;
        self.part.tree.extend(etc);
        let data = self.data()?;
        self.temporary(data.as_ref());
        self.variables(&extensions, data.as_ref());
        self.part.tree.push(system::sealed_dev());
        let info = self.info(&extensions, data.as_ref())?;
        self.part
            .tree
            .push(file("/.flatpak-info", info).from_origin("every application"));
        let spec = self.spec()?;
        let notes = std::mem::take(&mut self.part.notes);
        Ok(Composed {
            spec,
            notes,
            lives: self.lives(data),
        })
    }

    /// The runtime, the application and their extensions.
    fn files(&mut self, extensions: &[ExtensionMounts; 2]) {
        let notes = std::mem::take(&mut self.subject.notes);
        self.part.notes.extend(notes);
        self.part.notes.extend(
            self.permissions
                .ignored
                .iter()
                .map(|ignored| Note::Warning(format!("{} ({})", ignored.why, ignored.origin))),
        );
        let files = system::files(&self.subject, self.shown_app(), self.shown_usr());
        self.part.tree.extend(files);
        let places = [
            (self.shown_app(), "/app/.ref"),
            (Some(self.shown_usr()), "/usr/.ref"),
        ];
        let locks = places.into_iter().filter(|(files, _)| {
            files.is_some_and(|files| system::is_file(&files.directory, ".ref"))
        });
        let locks: Vec<PathBuf> = locks.map(|(_, target)| target.into()).collect();
        self.locks.extend(locks);
        for one in extensions {
            self.part.tree.extend(one.tree.iter().cloned());
            self.part.notes.extend(one.notes.iter().cloned());
            self.locks.extend(one.locks.iter().cloned());
        }
        self.part.tree.extend(system::kernel(self.facts));
        self.part.tree.extend(system::links());
    }

    fn shown_app(&self) -> Option<&Files> {
        match self.request.app_files {
            FilesRequest::Empty => None,
            _ => self.app.as_ref().or(self.subject.app.as_ref()),
        }
    }

    fn shown_usr(&self) -> &Files {
        let own = self.subject.runtime.files();
        self.usr.as_ref().unwrap_or(own)
    }

    fn etc(&self) -> Result<Vec<aril_sandbox::Entry>, ComposeError> {
        let mut entries = etc::identity(self.facts);
        entries.extend(etc::of_runtime(&self.subject.runtime, self.shown_usr())?);
        Ok(entries)
    }

    /// The directory that is kept, unless nothing is.
    fn data(&self) -> Result<Option<DataDirectory>, ComposeError> {
        let id = &self.subject.reference.id;
        if self.request.sandboxed || self.subject.app.is_none() {
            return Ok(None);
        }
        match self.purpose {
            Purpose::Launch => {
                DataDirectory::make(self.facts, id, &self.subject.previous_ids).map(Some)
            }
            Purpose::Explain => Ok(DataDirectory::find(self.facts, id)),
        }
    }

    fn temporary(&mut self, data: Option<&DataDirectory>) {
        self.part.tree.push(system::temporary("/tmp"));
        match data {
            Some(data) => {
                self.part.tree.extend(data.in_var());
                let target = data.path.clone();
                use std::os::fd::AsRawFd;
                self.part.tree.push(
                    super::entries::bind_fd(data.fd().as_raw_fd(), target, Access::ReadWrite)
                        .from_origin("every application"),
                );
            }
            None => {
                self.part.tree.push(system::temporary("/var/tmp"));
                self.part.tree.push(directory(&self.facts.home, 0o755));
            }
        }
    }

    fn variables(&mut self, extensions: &[ExtensionMounts; 2], data: Option<&DataDirectory>) {
        let from = self.request.variables;
        let (mut changes, notes) = variables::first(self.facts, from);
        self.part.notes.extend(notes);
        changes.extend(library_path(extensions));
        changes.extend(variables::asked(&self.permissions));
        let id = &self.subject.reference.id;
        let data = data.map(|data| data.path.as_path());
        changes.extend(variables::last(self.facts, id, data));
        changes.extend(variables::prompt(&changes));
        // What the parts have set says where their sockets are.
        changes.append(&mut self.part.environment);
        self.part.environment = changes;
    }

    fn info(
        &self,
        extensions: &[ExtensionMounts; 2],
        data: Option<&DataDirectory>,
    ) -> Result<String, ComposeError> {
        let described = Described {
            request: self.request,
            subject: &self.subject,
            app: self.shown_app(),
            usr: self.shown_usr(),
            extensions: [&extensions[0].extensions, &extensions[1].extensions],
            permissions: &self.permissions,
            facts: self.conditions,
            data,
            instance: "0",
            proxies: (false, false),
        };
        described.text()
    }

    fn spec(&mut self) -> Result<Spec, ComposeError> {
        let words = filter::words(&self.granted, self.request.devel);
        let mut spec = Spec {
            root: Root {
                size: Some(ROOT_SIZE),
                access: match self.request.writable_root {
                    true => Access::ReadWrite,
                    false => Access::ReadOnly,
                },
                ..Root::default()
            },
            seccomp: vec![filter::program(&words)?],
            supervision: Supervision {
                die_with_launcher: true,
                kill_at_exit: true,
                locks: std::mem::take(&mut self.locks),
                ..Supervision::default()
            },
            tree: std::mem::take(&mut self.part.tree),
            program: self.program()?,
            ..Spec::default()
        };
        if self.granted.shares.contains_key(&Share::Network) {
            spec.namespaces.network = Network::Host;
        }
        if self.granted.shares.contains_key(&Share::Ipc) {
            spec.namespaces.ipc = Shared::Host;
        }
        Ok(spec)
    }

    fn program(&mut self) -> Result<Program, ComposeError> {
        let directory = &self.request.working_directory;
        Ok(Program {
            path: self.command()?,
            args: self.request.arguments.clone(),
            environment: std::mem::take(&mut self.part.environment),
            working_directory: match directory {
                Some(directory) => WorkingDirectory::Path(directory.clone()),
                None => WorkingDirectory::Inherit,
            },
            ..Program::default()
        })
    }

    /// A runtime that is run itself starts its shell.
    fn command(&self) -> Result<OsString, ComposeError> {
        if let Some(command) = &self.request.command {
            return Ok(command.clone());
        }
        if self.subject.app.is_none() {
            return Ok("/bin/sh".into());
        }
        let own = self.subject.metadata.command.as_ref();
        let own = own.filter(|command| !command.is_empty());
        own.map(OsString::from).ok_or(ComposeError::NoCommand)
    }

    fn lives(self, data: Option<DataDirectory>) -> Lives {
        let mut until_launched = self.part.held;
        until_launched.extend(data.into_iter().flat_map(DataDirectory::into_fds));
        let files = [self.app, self.usr, self.subject.app];
        let files = files.into_iter().flatten();
        let files = files.chain([self.subject.runtime.into_files()]);
        Lives {
            until_launched,
            until_ended: self.part.kept,
            directories: files.map(|files| files.directory).collect(),
        }
    }
}

/// Without a cache of libraries the loader has to be told (contract, 1.3).
fn library_path(extensions: &[ExtensionMounts; 2]) -> Option<aril_sandbox::spec::EnvChange> {
    let [app, runtime] = extensions.each_ref().map(|one| one.library_paths.iter());
    let own = PathBuf::from("/app/lib");
    let paths = app.map(|(_, path)| path).chain([&own]);
    let paths = paths.chain(runtime.map(|(_, path)| path));
    let joined = std::env::join_paths(paths).ok()?;
    Some(variables::set("LD_LIBRARY_PATH", joined))
}

fn other_files(request: &FilesRequest) -> Result<Option<Files>, ComposeError> {
    let (path, origin) = match request {
        FilesRequest::Own | FilesRequest::Empty => return Ok(None),
        FilesRequest::Path(path) => (path.clone(), "the command line"),
        FilesRequest::Fd(fd) => (
            PathBuf::from(format!("/proc/self/fd/{fd}")),
            "the command line",
        ),
    };
    let directory = Beneath::open_root(&path);
    let directory = directory.map_err(ComposeError::on("open other files", &path))?;
    Files::of_directory(directory, origin).map(Some)
}

/// What conditions of permissions are about.
fn conditions(_facts: &Facts) -> permissions::Facts {
    permissions::Facts::default()
}

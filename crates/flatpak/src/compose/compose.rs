//! From a request to a spec: every decision, in the order of the sandbox's tree.

use super::buses::{Asked, Session};
use super::data::DataDirectory;
use super::entries::{bind_fd, file};
use super::error::ComposeError;
use super::extension_mounts::{self, ExtensionMounts};
use super::facts::Facts;
use super::filesystems::{self, Filesystems, Missing};
use super::host_files::{self, HostFiles};
use super::info::Described;
use super::loader::{Commits, Libraries};
use super::persist::{self, Persist};
use super::request::{FilesRequest, Request};
use super::sockets::{self, Sockets};
use super::subject::{Files, Subject};
use super::{Note, Part, Transient, devices, etc, filter, session, system, variables};
use crate::beneath::Beneath;
use crate::bus::Connection;
use crate::exports::{HostFacts, HostPlaces, View};
use crate::instances::Instance;
use crate::permissions::{self, Context, Feature, Grant, Granted, Share, Socket, Word};
use aril_sandbox::spec::{
    Descriptors, Network, Program, Root, Share as Shared, Supervision, WorkingDirectory,
};
use aril_sandbox::{Access, Entry, Host, Spec};
use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};

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
    /// Its number and directories, until the sandbox has ended.
    pub instance: Option<Instance>,
    /// Files that are removed once it has been launched.
    transient: Vec<Transient>,
    /// The trees of files, until it has been launched.
    directories: Vec<Beneath>,
}

impl Lives {
    /// Closes what is of no use once the sandbox has been launched.
    pub fn launched(&mut self) {
        self.until_launched.clear();
        self.directories.clear();
        self.transient.clear();
    }
}

/// What is decided step by step.
struct Composing<'a> {
    request: &'a Request,
    facts: &'a Facts,
    host: &'a Host,
    purpose: Purpose,
    subject: Subject,
    app: Option<Files>,
    usr: Option<Files>,
    permissions: Context,
    conditions: permissions::Facts,
    granted: Granted,
    arguments: Vec<OsString>,
    part: Part,
    locks: Vec<PathBuf>,
}

/// Decides everything about one sandbox.
pub fn compose(
    request: &Request,
    (facts, host): (&Facts, &Host),
    purpose: Purpose,
) -> Result<Composed, ComposeError> {
    if request.parent.is_some() {
        let text = "join a sandbox, on --parent-pid: this program cannot do that yet";
        return Err(ComposeError::Refused(text.to_owned()));
    }
    let subject = Subject::find(request, facts)?;
    let permissions = subject.permissions(request);
    let conditions = conditions(facts);
    let granted = permissions.granted(&conditions);
    let composing = Composing {
        app: other_files(&request.app_files)?,
        usr: other_files(&request.usr_files)?,
        part: Part::default(),
        locks: Vec::new(),
        arguments: request.arguments.clone(),
        request,
        facts,
        host,
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
        let data = self.data()?;
        let instance = self.instance()?;
        let mut session = self.asked().session();
        let info = self.info((&extensions, data.as_ref()), instance.as_ref())?;
        let number = instance.as_ref().map_or("0", Instance::id);
        let proxy = match self.purpose {
            Purpose::Launch => session.start_proxy((&info, number), self.facts, self.host)?,
            Purpose::Explain => None,
        };
        self.files(&extensions);
        let trees = self.part.tree.clone();
        self.part.tree.extend(system::kernel());
        self.part.tree.extend(system::links());
        let etc = self.etc()?;
        self.part.tree.extend(etc);
        let cached = self.libraries((&extensions, data.as_ref()), &trees)?;
        let sealed = self.devices(instance.as_ref())?;
        let view = self.host_files(instance.as_ref(), data.as_ref())?;
        if self.purpose == Purpose::Explain {
            let data = self.data_to_be(data.as_ref());
            self.part.tree.extend(data);
            let promised = self.promised();
            self.part.notes.extend(promised);
        }
        self.sockets(number)?;
        self.documents(&mut session, &view)?;
        self.part.notes.append(&mut session.routes.notes);
        if let Some(proxy) = proxy {
            self.part.extend(proxy.part()?);
        }
        self.bound_fds()?;
        self.runtime_links(instance.as_ref());
        let extensions = (!cached).then_some(&extensions);
        self.variables(extensions, data.as_ref());
        self.part.tree.extend(sealed);
        let entry = file("/.flatpak-info", info.as_str()).from_origin("every application");
        self.part.tree.push(entry);
        if let Some(instance) = &instance {
            instance.write_info(info.as_bytes())?;
        }
        self.enter_scope(number);
        let spec = self.spec(instance.as_ref())?;
        let notes = std::mem::take(&mut self.part.notes);
        Ok(Composed {
            spec,
            notes,
            lives: self.lives(data, instance),
        })
    }

    /// Gives the loader its cache, where one can be kept: whether there is one.
    fn libraries(
        &mut self,
        (extensions, data): (&[ExtensionMounts; 2], Option<&DataDirectory>),
        trees: &[aril_sandbox::Entry],
    ) -> Result<bool, ComposeError> {
        let usr = self.shown_usr();
        let other = self.usr.is_some() || self.request.app_files != FilesRequest::Own;
        let app = self.subject.app.as_ref().map(|app| app.commit.as_deref());
        let (Some(runtime), false) = (usr.commit.as_deref(), other || app == Some(None)) else {
            return Ok(false);
        };
        if !system::is_file(&usr.directory, "bin/ldconfig") {
            return Ok(false);
        }
        let libraries = Libraries {
            tree: trees,
            commits: Commits {
                app: app.flatten(),
                runtime,
                extensions,
            },
            own_conf: system::is_empty_file(&usr.directory, "etc/ld.so.conf"),
            data,
        };
        let host = (self.purpose == Purpose::Launch).then_some(self.host);
        let part = libraries.part(self.facts, host)?;
        let cached = part.is_some();
        self.part.extend(part.unwrap_or_default());
        Ok(cached)
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            request: self.request,
            facts: self.facts,
            id: &self.subject.reference.id,
            permissions: &self.permissions,
            granted: &self.granted,
        }
    }

    fn instance(&self) -> Result<Option<Instance>, ComposeError> {
        match self.purpose {
            Purpose::Launch => session::allocate(self.facts, &self.subject.reference.id).map(Some),
            Purpose::Explain => Ok(None),
        }
    }

    fn missing(&self) -> Missing {
        match self.purpose {
            Purpose::Launch => Missing::Make,
            Purpose::Explain => Missing::Leave,
        }
    }

    /// `/dev`; what makes it read-only at the end is given back.
    fn devices(
        &mut self,
        instance: Option<&Instance>,
    ) -> Result<Option<aril_sandbox::Entry>, ComposeError> {
        let wants = self.granted.features.contains_key(&Feature::PerAppDevShm);
        let memory = match instance.filter(|_| wants) {
            Some(instance) => Some(instance.per_app().shared_memory()?),
            None => None,
        };
        let granted = devices::Granted {
            devices: &self.granted.devices,
            shared_memory: memory.as_ref().map(AsFd::as_fd),
        };
        let mut part = devices::part(&granted, |path| path.exists());
        let sealed = part.tree.pop();
        self.part.extend(part);
        self.part.held.extend(memory.map(Into::into));
        Ok(sealed)
    }

    /// What of the host's files shows: the directories of the instance, what is kept, what is shared.
    fn host_files(
        &mut self,
        instance: Option<&Instance>,
        data: Option<&DataDirectory>,
    ) -> Result<View, ComposeError> {
        let id = &self.subject.reference.id;
        let sandboxed = self.request.sandboxed;
        let tree = session::tree(instance, sandboxed, (self.facts, id));
        self.part.tree.extend(tree);
        let mut writable = Vec::new();
        if let Some(instance) = instance.filter(|_| !sandboxed) {
            session::make_places(instance)?;
            writable.extend(session::writable_directories(instance, self.facts)?);
        }
        match data {
            Some(data) => self.part.tree.extend(data.in_var()),
            None => self.part.tree.push(system::temporary("/var/tmp")),
        }
        let places = self.places(data);
        let view = View::decide(&self.permissions, &places, &HostFacts);
        if let (Some(data), Some(home)) = (data, &view.home) {
            let persisted = persist::part(&Persist {
                paths: &self.permissions.persistent,
                home,
                app_directory: (data.fd(), &data.path),
                home_access: view.home_access,
                missing: self.missing(),
            })?;
            self.part.extend(persisted.part);
            writable.extend(persisted.writable);
        }
        self.part.extend(filesystems::part(&Filesystems {
            view: &view,
            places: &places,
            app_directory: data.map(DataDirectory::fd),
            writable: &writable,
            missing: self.missing(),
        }));
        let of_host = host_files::part(&HostFiles {
            root: Path::new("/"),
            facts: self.facts,
            runtime: &self.shown_usr().directory,
            network: self.granted.shares.contains_key(&Share::Network),
            view: &view,
            app_directory: data.map(|data| (data.fd(), data.path.as_path())),
            missing: self.missing(),
        });
        self.part.extend(of_host);
        self.part
            .held
            .extend(writable.into_iter().map(|directory| directory.fd));
        Ok(view)
    }

    fn places(&self, data: Option<&DataDirectory>) -> HostPlaces {
        let surroundings = self.facts.surroundings();
        let installation = surroundings.user_installation().path;
        let data = data.map(|data| data.path.clone());
        let mut places = filesystems::host_places(self.facts, data, Some(installation));
        let previous = self.subject.previous_ids.iter();
        let previous = previous.map(|id| self.facts.app_dir(id));
        places.previous_app_directories = previous.filter(|path| path.exists()).collect();
        places
    }

    fn sockets(&mut self, instance: &str) -> Result<(), ComposeError> {
        let sockets = Sockets {
            granted: &self.granted,
            id: &self.subject.reference.id,
            instance,
        };
        // What Wayland needs is made on the host.
        if self.purpose == Purpose::Launch {
            let part = sockets::part(&sockets, self.facts)?;
            self.part.extend(part);
        }
        Ok(())
    }

    fn documents(&mut self, session: &mut Session, view: &View) -> Result<(), ComposeError> {
        if self.purpose == Purpose::Explain {
            return Ok(());
        }
        let sees = |path: &Path| view.access(&HostFacts, path) != Grant::Nothing;
        let (part, arguments) = self.asked().documents(session, &sees)?;
        self.part.extend(part);
        self.arguments = arguments;
        Ok(())
    }

    /// At the paths that they have on the host.
    fn bound_fds(&mut self) -> Result<(), ComposeError> {
        for (fd, access) in &self.request.bound_fds {
            let link = PathBuf::from(format!("/proc/self/fd/{fd}"));
            let path = std::fs::read_link(&link);
            let path =
                path.map_err(ComposeError::on("find what a descriptor is open on", &link))?;
            let entry = bind_fd(*fd, path, *access).from_origin("the command line");
            self.part.tree.push(entry);
        }
        Ok(())
    }

    /// Where systemd runs the session its tools then show the application under its name.
    fn enter_scope(&mut self, instance: &str) {
        let directory = self.facts.runtime_dir.as_deref();
        let directory = directory.filter(|it| it.join("systemd/private").exists());
        let (Some(directory), Purpose::Launch) = (directory, self.purpose) else {
            return;
        };
        let id = &self.subject.reference.id;
        if let Err(error) = Connection::enter_scope(directory, id, instance) {
            self.part.notes.push(Note::Detail(error.to_string()));
        }
    }

    fn runtime_links(&mut self, instance: Option<&Instance>) {
        let instance = instance.filter(|_| !self.request.sandboxed);
        let directory = instance.map(|instance| instance.per_app().xdg_run.as_fd());
        let inside = self.facts.runtime_dir_inside();
        let links = std::mem::take(&mut self.part.runtime_links);
        let links = sockets::runtime_links(&links, directory, &inside);
        self.part.tree.extend(links);
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

    /// What would be the kept directory: explaining does not make it, and must not hide it.
    fn data_to_be(&self, data: Option<&DataDirectory>) -> Option<Entry> {
        if data.is_some() || self.request.sandboxed || self.subject.app.is_none() {
            return None;
        }
        let path = self.facts.app_dir(&self.subject.reference.id);
        let entry = Entry::bind(&path, &path, Access::ReadWrite).optional();
        Some(entry.from_origin("every application, made at its first start"))
    }

    /// What is made on the host at a start alone, and so is not among the entries.
    fn promised(&self) -> Option<Note> {
        let sockets = self.granted.sockets.keys().map(|socket| socket.word());
        let buses = self.permissions.buses.keys().map(|(_, name)| name.as_str());
        let promised: Vec<&str> = sockets.chain(buses).collect();
        let text = format!("reachable once it runs: {}", promised.join(", "));
        (!promised.is_empty()).then_some(Note::Warning(text))
    }

    /// `extensions` are there when there is no cache of their libraries.
    fn variables(
        &mut self,
        extensions: Option<&[ExtensionMounts; 2]>,
        data: Option<&DataDirectory>,
    ) {
        let from = self.request.variables;
        let (mut changes, notes) = variables::first(self.facts, from);
        self.part.notes.extend(notes);
        changes.extend(extensions.and_then(library_path));
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
        (extensions, data): (&[ExtensionMounts; 2], Option<&DataDirectory>),
        instance: Option<&Instance>,
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
            instance: instance.map_or("0", Instance::id),
            proxies: self.filtered_buses(),
        };
        described.text()
    }

    /// A bus that is not granted as it is goes through the proxy, or is not there.
    fn filtered_buses(&self) -> (bool, bool) {
        let raw = |socket| self.granted.sockets.contains_key(&socket);
        (!raw(Socket::SessionBus), !raw(Socket::SystemBus))
    }

    fn spec(&mut self, instance: Option<&Instance>) -> Result<Spec, ComposeError> {
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
                sync_fds: self.sync_fds(instance),
                announce: instance.is_some(),
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
            args: std::mem::take(&mut self.arguments),
            descriptors: Descriptors::Only(std::mem::take(&mut self.part.passed)),
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

    /// What ends with the last process inside, and the locks that say that one lives.
    fn sync_fds(&self, instance: Option<&Instance>) -> Vec<i32> {
        let mut fds: Vec<i32> = self.part.kept.iter().map(AsRawFd::as_raw_fd).collect();
        fds.extend(instance.map(Instance::lock_fds).unwrap_or_default());
        fds
    }

    fn lives(self, data: Option<DataDirectory>, instance: Option<Instance>) -> Lives {
        let mut until_launched = self.part.held;
        until_launched.extend(data.into_iter().flat_map(DataDirectory::into_fds));
        let files = [self.app, self.usr, self.subject.app];
        let files = files.into_iter().flatten();
        let files = files.chain([self.subject.runtime.into_files()]);
        Lives {
            until_launched,
            until_ended: self.part.kept,
            transient: self.part.transient,
            instance,
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
fn conditions(facts: &Facts) -> permissions::Facts {
    permissions::Facts {
        has_wayland: sockets::has_wayland(facts),
        ..permissions::Facts::default()
    }
}

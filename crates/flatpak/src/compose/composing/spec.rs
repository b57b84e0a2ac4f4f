//! The payload's environment, the text that says who it is, and the spec.

use super::Composing;
use crate::compose::composed::Lives;
use crate::compose::data::DataDirectory;
use crate::compose::extension_mounts::ExtensionMounts;
use crate::compose::info::Described;
use crate::compose::{ComposeError, Note, filter, variables};
use crate::instances::Instance;
use crate::permissions::{Feature, Share, Socket};
use aril_sandbox::spec::{
    Descriptors, Landlock, Limits, Need, Network, Program, Root, Scopes, Share as Shared,
    Supervision, WorkingDirectory,
};
use aril_sandbox::{Access, Spec};
use std::ffi::OsString;
use std::os::fd::AsRawFd;

use super::files::library_path;

/// The most that the root itself can hold: it has directories, links and a few small files.
const ROOT_SIZE: u64 = 64 << 20;

impl Composing<'_> {
    /// `extensions` are there when there is no cache of their libraries.
    pub(super) fn variables(
        &mut self,
        extensions: Option<&[ExtensionMounts; 2]>,
        data: Option<&DataDirectory>,
    ) {
        let (mut changes, notes) = variables::first(self.facts, self.request);
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

    pub(super) fn info(
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

    pub(super) fn spec(&mut self, instance: Option<&Instance>) -> Result<Spec, ComposeError> {
        let words = filter::words(&self.granted, self.request.devel, self.facts.uid);
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
            limits: self.limits(),
            program: self.program()?,
            ..Spec::default()
        };
        if self.granted.shares.contains_key(&Share::Network) {
            spec.namespaces.network = Network::Host;
            spec.landlock = self.abstract_sockets_apart();
            let in_reach = spec.landlock.as_ref().and_then(|_| self.sockets_in_reach());
            self.part.notes.extend(in_reach);
        }
        if self.granted.shares.contains_key(&Share::Ipc) {
            spec.namespaces.ipc = Shared::Host;
        }
        self.parent.join(&mut spec);
        Ok(spec)
    }

    /// A dump has the memory of the application, and the handler that it goes to runs outside. Whoever
    /// debugs the application wants it.
    fn limits(&self) -> Limits {
        let is_debugged = self.request.devel || self.granted.features.contains_key(&Feature::Devel);
        let leaves_dumps = self.request.core_dumps || is_debugged;
        Limits {
            core_size: (!leaves_dumps).then_some(0),
            ..Limits::default()
        }
    }

    /// Abstract sockets belong to the network namespace, so that sharing the network would give every
    /// server of the session that listens on one, the X server first. Landlock parts them where the
    /// kernel can (Linux 6.12). Not where a server that is granted may listen on one: a client of X
    /// that is refused there does not try the path.
    fn abstract_sockets_apart(&self) -> Option<Landlock> {
        let may_be_abstract = [Socket::X11, Socket::SessionBus, Socket::SystemBus];
        let granted = |socket| self.granted.sockets.contains_key(socket);
        let is_apart = !may_be_abstract.iter().any(granted);
        is_apart.then(|| Landlock {
            need: Need::WherePossible,
            scopes: Scopes {
                abstract_sockets: true,
                signals: false,
            },
            ..Landlock::default()
        })
    }

    /// What an older kernel cannot part is told.
    fn sockets_in_reach(&self) -> Option<Note> {
        let can = self.host.has_landlock_scopes();
        let text = "the session's abstract sockets are in reach, since the network is shared: this \
                    kernel cannot part them (Landlock, Linux 6.12)";
        (!can).then(|| Note::Detail(text.to_owned()))
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

    pub(super) fn lives(
        self,
        data: Option<DataDirectory>,
        instance: Option<Instance>,
        info: String,
    ) -> Lives {
        let mut until_launched = self.part.held;
        until_launched.extend(data.into_iter().flat_map(DataDirectory::into_fds));
        until_launched.extend(self.parent.into_fds());
        let writable = self.writable.into_iter();
        until_launched.extend(writable.map(|directory| directory.fd));
        let files = [self.app, self.usr, self.subject.app];
        let files = files.into_iter().flatten();
        let files = files.chain([self.subject.runtime.into_files()]);
        Lives {
            until_launched,
            until_ended: self.part.kept,
            transient: self.part.transient,
            instance,
            info,
            directories: files.map(|files| files.directory).collect(),
        }
    }
}

//! What shows of the host: devices, directories, the kept directory, and files that are shared.

use super::Composing;
use crate::bus::SessionHelper;
use crate::compose::data::DataDirectory;
use crate::compose::filesystems::{self, Filesystems, WritableDirectory};
use crate::compose::host_files::{self, HostFiles};
use crate::compose::persist::{self, Persist};
use crate::compose::{ComposeError, Purpose, devices, session, system};
use crate::exports::{HostFacts, HostPlaces, View};
use crate::instances::Instance;
use crate::permissions::{Feature, Share};
use aril_sandbox::{Access, Entry};
use std::os::fd::AsFd;
use std::path::Path;

impl Composing<'_> {
    /// `/dev`; what makes it read-only at the end is given back.
    pub(super) fn devices(
        &mut self,
        instance: Option<&Instance>,
    ) -> Result<Option<Entry>, ComposeError> {
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
    pub(super) fn host_files(
        &mut self,
        (instance, data): (Option<&Instance>, Option<&DataDirectory>),
        helper: &SessionHelper,
    ) -> Result<View, ComposeError> {
        let mut writable = self.directories_of_instance(instance)?;
        match data {
            Some(data) => self.part.tree.extend(data.in_var()),
            None => self.part.tree.push(system::temporary("/var/tmp")),
        }
        let places = self.places(data);
        let view = View::decide(&self.permissions, &places, &HostFacts);
        writable.extend(self.persisted(&view, data)?);
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
            helper,
            app_directory: data.map(|data| (data.fd(), data.path.as_path())),
            missing: self.missing(),
        });
        self.part.extend(of_host);
        self.writable = writable;
        Ok(view)
    }

    /// `/tmp`, the directory of sockets and the instance's own; those that can be written are given back.
    fn directories_of_instance(
        &mut self,
        instance: Option<&Instance>,
    ) -> Result<Vec<WritableDirectory>, ComposeError> {
        let id = &self.subject.reference.id;
        let sandboxed = self.request.sandboxed;
        let tree = session::tree(instance, sandboxed, (self.facts, id));
        self.part.tree.extend(tree);
        let Some(instance) = instance.filter(|_| !sandboxed) else {
            return Ok(Vec::new());
        };
        session::make_places(instance)?;
        session::writable_directories(instance, self.facts)
    }

    /// Paths of the home directory that are kept among the application's own files.
    fn persisted(
        &mut self,
        view: &View,
        data: Option<&DataDirectory>,
    ) -> Result<Vec<WritableDirectory>, ComposeError> {
        let (Some(data), Some(home)) = (data, &view.home) else {
            return Ok(Vec::new());
        };
        let persisted = persist::part(&Persist {
            paths: &self.permissions.persistent,
            home,
            app_directory: (data.fd(), &data.path),
            home_access: view.home_access,
            missing: self.missing(),
        })?;
        self.part.extend(persisted.part);
        Ok(persisted.writable)
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

    /// The directory that is kept, unless nothing is.
    pub(super) fn data(&self) -> Result<Option<DataDirectory>, ComposeError> {
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
    pub(super) fn data_to_be(&self, data: Option<&DataDirectory>) -> Option<Entry> {
        if data.is_some() || self.request.sandboxed || self.subject.app.is_none() {
            return None;
        }
        let path = self.facts.app_dir(&self.subject.reference.id);
        let entry = Entry::bind(&path, &path, Access::ReadWrite).optional();
        Some(entry.from_origin("every application, made at its first start"))
    }
}

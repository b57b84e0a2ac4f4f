//! The runtime, the application and their extensions, on `/usr` and `/app`.

use super::Composing;
use crate::beneath::Beneath;
use crate::compose::data::DataDirectory;
use crate::compose::entries::bind_fd;
use crate::compose::extension_mounts::ExtensionMounts;
use crate::compose::filesystems::Missing;
use crate::compose::filesystems::mount_point::{Place, make_inside};
use crate::compose::loader::{Commits, Libraries};
use crate::compose::request::FilesRequest;
use crate::compose::subject::Files;
use crate::compose::{ComposeError, Note, Purpose, etc, system, variables};
use crate::exports::View;
use aril_sandbox::Entry;
use aril_sandbox::spec::EnvChange;
use std::path::{Path, PathBuf};

impl Composing<'_> {
    /// The runtime, the application and their extensions.
    pub(super) fn files(&mut self, extensions: &[ExtensionMounts; 2]) {
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

    pub(super) fn shown_app(&self) -> Option<&Files> {
        match self.request.app_files {
            FilesRequest::Empty => None,
            _ => self.app.as_ref().or(self.subject.app.as_ref()),
        }
    }

    pub(super) fn shown_usr(&self) -> &Files {
        let own = self.subject.runtime.files();
        self.usr.as_ref().unwrap_or(own)
    }

    pub(super) fn etc(&self) -> Result<Vec<Entry>, ComposeError> {
        let mut entries = etc::identity(self.facts);
        entries.extend(etc::of_runtime(&self.subject.runtime, self.shown_usr())?);
        Ok(entries)
    }

    /// Gives the loader its cache, where one can be kept: whether there is one.
    pub(super) fn libraries(
        &mut self,
        (extensions, data): (&[ExtensionMounts; 2], Option<&DataDirectory>),
        trees: &[Entry],
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

    /// At the paths that they have on the host.
    pub(super) fn bound_fds(&mut self, view: &View) -> Result<(), ComposeError> {
        for &(fd, access) in &self.request.bound_fds {
            let link = PathBuf::from(format!("/proc/self/fd/{fd}"));
            let failed = ComposeError::on("find what a descriptor is open on", &link);
            let path = std::fs::read_link(&link).map_err(failed)?;
            if !view.parent_shows(&path) {
                self.make_place(&path, &link)?;
            }
            let entry = bind_fd(fd, path, access).from_origin("the command line");
            self.part.tree.push(entry);
        }
        Ok(())
    }

    /// In a directory of the host that the application can write, what is bound needs a place.
    fn make_place(&self, target: &Path, source: &Path) -> Result<(), ComposeError> {
        if self.missing() == Missing::Leave {
            return Ok(());
        }
        let place = match source.is_dir() {
            true => Place::Directory,
            false => Place::File,
        };
        let made = make_inside(&self.writable, target, place);
        made.map_err(ComposeError::on("make a place for a descriptor", target))
    }
}

/// Without a cache of libraries the loader has to be told (contract, 1.3).
pub(super) fn library_path(extensions: &[ExtensionMounts; 2]) -> Option<EnvChange> {
    let [app, runtime] = extensions.each_ref().map(|one| one.library_paths.iter());
    let own = PathBuf::from("/app/lib");
    let paths = app.map(|(_, path)| path).chain([&own]);
    let paths = paths.chain(runtime.map(|(_, path)| path));
    let joined = std::env::join_paths(paths).ok()?;
    Some(variables::set("LD_LIBRARY_PATH", joined))
}

pub(super) fn other_files(request: &FilesRequest) -> Result<Option<Files>, ComposeError> {
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

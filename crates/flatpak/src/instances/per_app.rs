//! What the instances of one application share.

use super::directory::Directory;
use super::{InstanceError, RuntimeDir};
use crate::refs::Id;
use aril_sandbox::sys;
use rustix::fs::{readlinkat, symlinkat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

pub(super) const REF: &str = ".ref";
const SHARED_MEMORY: &str = "/dev/shm";
/// The file that flatpak puts into such a directory, and looks for before it removes one.
const MARK: &str = ".flatpak-tmpdir";

/// `.flatpak/APPID` and `app/APPID`, held by a shared lock.
#[derive(Debug)]
pub struct PerApp {
    /// `.flatpak/APPID`; its `.ref` appears inside as `/run/flatpak/per-app-dirs-ref`.
    pub directory: Directory,
    /// `xdg-run` in it, which appears as `/run/user/UID`. The application writes there.
    pub xdg_run: Directory,
    /// `tmp` in it, which appears as `/tmp`. The application writes there.
    pub tmp: Directory,
    /// `app/APPID`, which appears as `/run/flatpak/app/APPID`. The application writes there.
    pub app: Directory,
    id: String,
}

impl PerApp {
    /// Opens the directories, and makes what is missing of them. The lock comes first: from then on
    /// nobody removes what is made.
    pub(super) fn open(
        runtime: &RuntimeDir,
        instances: &Directory,
        app: &Id,
    ) -> Result<(Self, File), InstanceError> {
        let name = OsStr::new(app.as_str());
        let path = instances.path().join(name);
        let failed = |action, path: &Path| InstanceError::on::<io::Error>(action, path);
        let directory = instances
            .make(name, 0o755)
            .map_err(failed("make a directory", &path))?;
        let lock = directory
            .make_file(OsStr::new(REF), 0o644)
            .map_err(failed("open a lock", &path.join(REF)))?;
        sys::file::wait_for_shared_lock((&lock).into())
            .map_err(InstanceError::on("take a lock", &path.join(REF)))?;
        let make = |name: &str| {
            let made = directory.make(OsStr::new(name), 0o700);
            made.map_err(failed("make a directory", &path.join(name)))
        };
        let apps = runtime.make("app")?;
        let opened = Self {
            xdg_run: make("xdg-run")?,
            tmp: make("tmp")?,
            app: apps
                .make(name, 0o700)
                .map_err(failed("make a directory", &apps.path().join(name)))?,
            directory,
            id: app.as_str().to_owned(),
        };
        Ok((opened, lock))
    }

    /// The directory under `/dev/shm` that the application's instances share, for the feature
    /// `per-app-dev-shm`. `dev-shm` is a symbolic link to it, believed only if it names a directory of
    /// the user's with the right prefix and mark.
    pub fn shared_memory(&self) -> Result<Directory, InstanceError> {
        let failed = InstanceError::on("share memory", Path::new(SHARED_MEMORY));
        if let Some(found) = shared_memory(&self.directory, &self.id) {
            return Ok(found);
        }
        self.make_shared_memory().map_err(failed)
    }

    fn make_shared_memory(&self) -> io::Result<Directory> {
        let link = OsStr::new("dev-shm");
        self.directory.forget(link)?;
        for _ in 0..64 {
            let path = Path::new(SHARED_MEMORY).join(format!(
                "{}{}",
                prefix(&self.id),
                super::instance::random_name(6)?
            ));
            match rustix::fs::mkdir(&path, rustix::fs::Mode::RWXU) {
                Err(rustix::io::Errno::EXIST) => continue,
                made => made?,
            }
            let made = Directory::open_shared(&path)?;
            made.make_file(OsStr::new(MARK), 0o600)?;
            match symlinkat(&path, &self.directory, link) {
                Ok(()) => return Ok(made),
                // Another instance was faster.
                Err(rustix::io::Errno::EXIST) => {
                    made.forget(OsStr::new(MARK))?;
                    rustix::fs::rmdir(&path)?;
                    if let Some(found) = shared_memory(&self.directory, &self.id) {
                        return Ok(found);
                    }
                    self.directory.forget(link)?;
                }
                Err(errno) => return Err(errno.into()),
            }
        }
        Err(io::Error::other("no name is free"))
    }
}

fn prefix(app: &str) -> String {
    format!("flatpak-{app}-")
}

/// Where `dev-shm` leads, if that can be believed.
fn shared_memory(directory: &Directory, app: &str) -> Option<Directory> {
    let target = readlinkat(directory, "dev-shm", Vec::new()).ok()?;
    let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
    let name = target.strip_prefix(SHARED_MEMORY).ok()?.as_os_str();
    let rest = name.as_bytes().strip_prefix(prefix(app).as_bytes())?;
    if rest.is_empty() || !rest.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let found = Directory::open_shared(&target).ok()?;
    found.has(OsStr::new(MARK)).then_some(found)
}

/// Removes what the application's instances shared while they lived. The caller holds the exclusive
/// lock on `.ref`; the directory itself, its lock and `xdg-run` stay.
pub(super) fn clear(directory: &Directory, app: &str) -> io::Result<()> {
    directory.remove_tree(OsStr::new("tmp"))?;
    if let Some(found) = shared_memory(directory, app)
        && let Some(name) = found.path().file_name()
    {
        let parent = rustix::fs::open(
            SHARED_MEMORY,
            rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )?;
        super::directory::remove_tree(&parent, name)?;
    }
    directory.forget(OsStr::new("dev-shm"))
}

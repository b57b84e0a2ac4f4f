//! Where the loader finds libraries: `/etc/ld.so.conf`, and a cache of what is there
//! (ld.so(8), ldconfig(8); contract, 1.7).
//!
//! The cache is made by the runtime's own ldconfig, in a sandbox with the same files, and kept under a
//! key that names every commit in it. The application can write where it is kept: it is opened
//! beneath that directory, no link is followed, and a name in it is a key or nothing
//! (GHSA-99wv-m8rp-g58x, CVE-2026-34079). What an application writes there only it reads.

use super::data::DataDirectory;
use super::entries::{bind_fd, file, from_origin};
use super::error::ComposeError;
use super::extension_mounts::ExtensionMounts;
use super::facts::Facts;
use super::filesystems::mount_point::{beneath, directories};
use super::{Part, filter};
use crate::permissions::Granted;
use aril_sandbox::spec::{Root, Stream};
use aril_sandbox::{Access, Entry, Host, Outcome, Plan, Spec};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, fstat, mkdirat, open, readlinkat, renameat, symlinkat,
    unlinkat,
};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

const KEEP: &str = "keep the cache of libraries";
/// A cache has some hundred bytes a library.
const LONGEST: u64 = 16 << 20;
const ORIGIN: &str = "the loader";
/// Where ldconfig writes.
const WORK: &str = "/run/ld-so-cache-dir";
/// What it writes, before it has its key as its name.
const MADE: &str = "made";
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);
/// The cache and a few names beside it.
const ROOT_SIZE: u64 = 16 << 20;

/// By what a cache is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commits<'a> {
    /// The application's commit, if there is an application.
    pub(crate) app: Option<&'a str>,
    /// The runtime's.
    pub(crate) runtime: &'a str,
    /// The extensions of both.
    pub(crate) extensions: &'a [ExtensionMounts; 2],
}

/// What a cache is made from.
#[derive(Debug)]
pub(crate) struct Libraries<'a> {
    /// `/usr`, `/app`, and extensions.
    pub(crate) tree: &'a [Entry],
    /// Their commits.
    pub(crate) commits: Commits<'a>,
    /// Whether the runtime leaves `/etc/ld.so.conf` to us: there is an empty one.
    pub(crate) own_conf: bool,
    /// The directory of the application, where the cache is kept.
    pub(crate) data: Option<&'a DataDirectory>,
}

impl Commits<'_> {
    /// The key: what flatpak has too, in the same place.
    fn key(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.app.unwrap_or_default());
        hash.update(self.runtime);
        for one in self.extensions {
            let commits = one.extensions.commits();
            let words = commits.iter().map(|(id, commit)| format!("{id}={commit}"));
            hash.update(words.collect::<Vec<_>>().join(";"));
        }
        let digest = hash.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Libraries<'_> {
    /// The files of `/etc` and the snippets that they include.
    ///
    /// `host` is there if a missing cache may be made; without one the caller has to name the
    /// libraries in a variable.
    pub(crate) fn part(
        &self,
        facts: &Facts,
        host: Option<&Host>,
    ) -> Result<Option<Part>, ComposeError> {
        let key = self.commits.key();
        let refuse = || ComposeError::on(KEEP, &self.place(facts));
        let Some(directory) = self.directory(facts, host.is_some()).map_err(refuse())? else {
            return Ok(None);
        };
        let mut cache = find(&directory, &key);
        if let (None, Some(host)) = (&cache, host) {
            cache = self.make(&directory, &key, host).map_err(refuse())?;
        }
        let Some(cache) = cache else {
            return Ok(None);
        };
        let mut part = Part {
            tree: self.conf(),
            ..Part::default()
        };
        // A copy: another start may put a new one in its place meanwhile.
        let mut bytes = Vec::new();
        let read = File::from(cache).take(LONGEST).read_to_end(&mut bytes);
        read.map_err(ComposeError::on(KEEP, &self.place(facts)))?;
        let entry = file("/etc/ld.so.cache", bytes);
        part.tree.push(entry.from_origin(ORIGIN));
        Ok(Some(part))
    }

    fn place(&self, facts: &Facts) -> std::path::PathBuf {
        match self.data {
            Some(data) => data.path.join(".ld.so"),
            None => facts.cache_home().join("aril/ld.so"),
        }
    }

    /// Where caches are kept; `None` if it is not there and nothing is made.
    fn directory(&self, facts: &Facts, made: bool) -> Result<Option<OwnedFd>, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let (start, below) = match self.data {
            Some(data) => (data.fd().try_clone_to_owned(), Path::new(".ld.so")),
            None => {
                let cache = open(facts.cache_home(), flags, Mode::empty());
                match cache {
                    Err(Errno::NOENT) => return Ok(None),
                    other => (Ok(other?), Path::new("aril/ld.so")),
                }
            }
        };
        let start = start.map_err(|_| Errno::MFILE)?;
        match made {
            true => directories(start.as_fd(), below).map(Some),
            false => Ok(beneath(&start, below, flags).ok()),
        }
    }

    /// `/etc/ld.so.conf`, and a snippet for each extension: the application's before its own
    /// libraries, the runtime's behind them.
    fn conf(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if self.own_conf {
            let text = "include /run/flatpak/ld.so.conf.d/app-*.conf\n\
                include /app/etc/ld.so.conf\n/app/lib\n\
                include /run/flatpak/ld.so.conf.d/runtime-*.conf\n";
            entries.push(file("/etc/ld.so.conf", text));
        }
        for (kind, one) in ["app", "runtime"].iter().zip(self.commits.extensions) {
            for (index, (id, path)) in one.library_paths.iter().enumerate() {
                let name = format!("{kind}-{:03}-{id}.conf", index + 1);
                let target = Path::new("/run/flatpak/ld.so.conf.d").join(name);
                let text = format!("{}\n", path.display());
                entries.push(file(target, text));
            }
        }
        from_origin(entries, ORIGIN)
    }

    /// Runs ldconfig; `None` when it fails.
    fn make(&self, directory: &OwnedFd, key: &str, host: &Host) -> Result<Option<OwnedFd>, Errno> {
        let work = format!("new-{}-{}", std::process::id(), &key[..8]);
        mkdirat(directory, work.as_str(), Mode::RWXU)?;
        let made = self.make_in(directory, (&work, key), host);
        let below = Path::new(&work).join(MADE);
        match unlinkat(directory, &below, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => unlinkat(directory, work.as_str(), AtFlags::REMOVEDIR)?,
            Err(errno) => return Err(errno),
        }
        made
    }

    fn make_in(
        &self,
        directory: &OwnedFd,
        (work, key): (&str, &str),
        host: &Host,
    ) -> Result<Option<OwnedFd>, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let place = beneath(directory, Path::new(work), flags)?;
        let ended = self.spec(&place).ok().and_then(|spec| {
            let plan = Plan::new(&spec, host).ok()?;
            plan.launch().ok()?.wait().ok()
        });
        if ended != Some(Outcome::Exited(0)) || regular(&place, MADE).is_none() {
            return Ok(None);
        }
        renameat(&place, MADE, directory, key)?;
        forget_others(directory, key)?;
        Ok(find(directory, key))
    }

    fn spec(&self, place: &OwnedFd) -> Result<Spec, ComposeError> {
        let mut spec = Spec::new("/usr/bin/ldconfig");
        let cache = Path::new(WORK).join(MADE);
        spec.program.args = ["-X".into(), "-C".into(), cache.into()].into();
        spec.program.streams = [Stream::Null, Stream::Null, Stream::Null];
        spec.root = Root {
            size: Some(ROOT_SIZE),
            access: Access::ReadOnly,
            ..Root::default()
        };
        spec.tree = self.tree.to_vec();
        spec.tree.push(Entry::proc("/proc"));
        spec.tree.push(Entry::dev("/dev"));
        spec.tree.extend(self.conf());
        let work = bind_fd(place.as_raw_fd(), WORK, Access::ReadWrite);
        spec.tree.push(work);
        spec.seccomp = vec![filter::program(&filter::words(
            &Granted::default(),
            false,
            0,
        ))?];
        spec.supervision.die_with_launcher = true;
        spec.supervision.kill_at_exit = true;
        Ok(spec)
    }
}

fn find(directory: &OwnedFd, key: &str) -> Option<OwnedFd> {
    regular(directory, key)
}

/// A regular file right in a directory, open.
fn regular(directory: &OwnedFd, name: &str) -> Option<OwnedFd> {
    let fd = beneath(directory, Path::new(name), READ).ok()?;
    let kind = FileType::from_raw_mode(fstat(&fd).ok()?.st_mode);
    (kind == FileType::RegularFile).then_some(fd)
}

/// Lets `active` name the new cache, and removes the one that it named: only if that is the name of a
/// cache.
fn forget_others(directory: &OwnedFd, key: &str) -> Result<(), Errno> {
    let named = readlinkat(directory, "active", Vec::new());
    let named = named.ok().and_then(|name| name.into_string().ok());
    let is_key = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Some(old) = named.filter(|name| is_key(name) && name != key) {
        ignore_missing(unlinkat(directory, old.as_str(), AtFlags::empty()))?;
    }
    let aside = format!("active-{}", std::process::id());
    ignore_missing(unlinkat(directory, aside.as_str(), AtFlags::empty()))?;
    symlinkat(key, directory, aside.as_str())?;
    renameat(directory, aside.as_str(), directory, "active")
}

fn ignore_missing(result: Result<(), Errno>) -> Result<(), Errno> {
    match result {
        Err(Errno::NOENT | Errno::ISDIR) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn opened(path: &Path) -> OwnedFd {
        open(path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap()
    }

    #[test]
    fn no_link_of_the_application_is_followed() {
        let place = tempfile::tempdir().unwrap();
        let victim = place.path().join("victim");
        fs::write(&victim, "v").unwrap();
        let own = place.path().join(".ld.so");
        fs::create_dir(&own).unwrap();
        let directory = opened(&own);
        symlink(&victim, own.join("key")).unwrap();
        assert!(find(&directory, "key").is_none());
        for target in ["../victim", victim.to_str().unwrap(), ".."] {
            symlink(target, own.join("active")).unwrap();
            forget_others(&directory, "key").unwrap();
            assert!(victim.exists(), "{target}");
            assert_eq!(fs::read_link(own.join("active")).unwrap(), Path::new("key"));
            fs::remove_file(own.join("active")).unwrap();
        }
        // The control: the name of a cache is believed.
        fs::write(own.join("0ld"), "o").unwrap();
        symlink("0ld", own.join("active")).unwrap();
        forget_others(&directory, "key").unwrap();
        assert!(!own.join("0ld").exists());
    }
}

//! The first process of a sandbox, pinned.

use super::EnterError;
use crate::plan::RootIdentity;
use aril_sys::namespace::{self, Kinds};
use aril_sys::process::{self, Poll};
use aril_sys::{Errno, Fd, cred, file};
use std::ffi::CString;
use std::os::fd::OwnedFd;

/// The kinds that are joined by the process, by their names in `/proc/PID/ns`. User namespaces are
/// joined one by one, and one of time needs a program of its own.
const KINDS: [(&str, Kinds); 6] = [
    ("mnt", Kinds::MOUNT),
    ("pid", Kinds::PID),
    ("net", Kinds::NETWORK),
    ("ipc", Kinds::IPC),
    ("uts", Kinds::UTS),
    ("cgroup", Kinds::CGROUP),
];

/// The first process of a running sandbox, and its namespaces.
#[derive(Debug)]
pub struct Inside {
    pid: i32,
    pub(super) pidfd: OwnedFd,
    proc: OwnedFd,
    /// The kinds in which it differs from the caller.
    pub(super) namespaces: Kinds,
    /// The user namespace that owns its mounts, and a second one below that in which it runs; each only
    /// if it is not the caller's.
    pub(super) owner: Option<OwnedFd>,
    pub(super) nested: Option<OwnedFd>,
    pub(super) root: RootIdentity,
    /// Whether its clocks are not the caller's.
    pub(super) own_clocks: bool,
}

impl Inside {
    /// Pins the process with this id, and finds its namespaces. The caller must be the user who runs
    /// the sandbox, or root.
    pub fn open(pid: i32) -> Result<Self, EnterError> {
        let look = |action| move |errno| EnterError::Look { action, pid, errno };
        let ended = |errno| match errno {
            Errno::ESRCH | Errno::ENOENT | Errno::EINVAL => EnterError::Ended { pid },
            errno => look("open the process")(errno),
        };
        let pidfd = process::open_pidfd(pid).map_err(ended)?.into_owned();
        let path = CString::new(format!("/proc/{pid}")).map_err(|_| EnterError::Ended { pid })?;
        let flags = file::O_RDONLY | file::O_DIRECTORY;
        let proc = file::open(Fd::CWD, &path, flags, 0)
            .map_err(ended)?
            .into_owned();
        // The directory belongs to the pidfd's process if that has lived until now.
        see_alive(&pidfd, pid)?;
        Self::look(pid, (&pidfd, &proc)).map_err(|error| {
            // What it had went with it.
            see_alive(&pidfd, pid).err().unwrap_or(error)
        })
    }

    fn look(pid: i32, (pidfd, proc): (&OwnedFd, &OwnedFd)) -> Result<Self, EnterError> {
        let failed = |action| move |errno| EnterError::Look { action, pid, errno };
        let found = Look { pid, proc };
        let user = found.user()?;
        let own = cred::user_ids().map_err(failed("read the own ids"))?;
        if user != own.effective {
            return Err(EnterError::OtherUser { pid, uid: user });
        }
        let (owner, nested) = found.user_namespaces()?;
        let namespaces = found.namespaces()?;
        if !namespaces.contains(Kinds::MOUNT) {
            return Err(EnterError::NotInside { pid });
        }
        let copy = |fd: &OwnedFd| {
            let copied = file::duplicate(Fd::from(fd), 3).map(Fd::into_owned);
            copied.map_err(failed("keep the process"))
        };
        Ok(Self {
            pid,
            namespaces,
            owner,
            nested,
            root: found.root()?,
            own_clocks: found.differs("time")?,
            pidfd: copy(pidfd)?,
            proc: copy(proc)?,
        })
    }

    /// Its process id in the caller's pid namespace.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// A descriptor for it.
    pub fn pidfd(&self) -> Fd {
        Fd::from(&self.pidfd)
    }

    /// See that it still lives: what was looked up by its process id before was about it, then.
    pub fn see_alive(&self) -> Result<(), EnterError> {
        see_alive(&self.pidfd, self.pid)
    }

    /// The inode number of one of its namespaces, by its name in `/proc/PID/ns`.
    pub fn namespace_id(&self, name: &str) -> Option<u64> {
        let path = CString::new(format!("ns/{name}")).ok()?;
        let status = file::status_at(Fd::from(&self.proc), &path).ok()?;
        Some(status.inode)
    }

    /// One of its namespaces, by its name in `/proc/PID/ns`.
    pub fn namespace(&self, name: &str) -> Result<OwnedFd, EnterError> {
        let (pid, proc) = (self.pid, &self.proc);
        Look { pid, proc }.namespace(name)
    }

    /// The user namespace that owns its mounts, and a second one below that in which it runs; each
    /// only if it is not the caller's.
    pub fn user_namespaces(&self) -> Result<(Option<OwnedFd>, Option<OwnedFd>), EnterError> {
        let (action, pid) = ("keep its user namespaces", self.pid);
        let copy = |fd: &OwnedFd| file::duplicate(Fd::from(fd), 3).map(Fd::into_owned);
        let copy = |fd: &Option<OwnedFd>| fd.as_ref().map(copy).transpose();
        let copied = copy(&self.owner).and_then(|owner| Ok((owner, copy(&self.nested)?)));
        copied.map_err(|errno| EnterError::Look { action, pid, errno })
    }

    /// A file of its directory under `/proc`, such as `cgroup`, of at most a mebibyte.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Errno> {
        let name = CString::new(name).map_err(|_| Errno::EINVAL)?;
        read_all(Fd::from(&self.proc), &name)
    }
}

fn see_alive(pidfd: &OwnedFd, pid: i32) -> Result<(), EnterError> {
    let mut polls = [Poll::readable(Some(Fd::from(pidfd)))];
    let action = "look at the process";
    process::poll(&mut polls, false).map_err(|errno| EnterError::Look { action, pid, errno })?;
    if polls[0].is_ready() {
        return Err(EnterError::Ended { pid });
    }
    Ok(())
}

fn read_all(base: Fd, name: &core::ffi::CStr) -> Result<Vec<u8>, Errno> {
    let file = file::open(base, name, file::O_RDONLY, 0)?.into_owned();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match file::read(Fd::from(&file), &mut buffer)? {
            0 => return Ok(bytes),
            length => bytes.extend(buffer.iter().take(length)),
        }
        if bytes.len() > 1 << 20 {
            return Err(Errno::EFBIG);
        }
    }
}

/// A process that is being looked at, by its directory under `/proc`.
struct Look<'a> {
    pid: i32,
    proc: &'a OwnedFd,
}

impl Look<'_> {
    fn failed(&self, action: &'static str) -> impl Fn(Errno) -> EnterError + use<> {
        let pid = self.pid;
        move |errno| EnterError::Look { action, pid, errno }
    }

    /// The effective user id, as the caller sees it. The owner of the directory would be root where
    /// the process is undumpable.
    fn user(&self) -> Result<u32, EnterError> {
        let action = "read whose it is";
        let bytes = read_all(Fd::from(self.proc), c"status").map_err(self.failed(action))?;
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().find_map(|line| line.strip_prefix("Uid:"));
        let uid = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        uid.ok_or_else(|| self.failed(action)(Errno::EINVAL))
    }

    fn namespace(&self, name: &str) -> Result<OwnedFd, EnterError> {
        let action = "open its namespaces";
        let failed = self.failed(action);
        let path = CString::new(format!("ns/{name}")).map_err(|_| failed(Errno::EINVAL))?;
        let opened = file::open(Fd::from(self.proc), &path, file::O_RDONLY, 0);
        Ok(opened.map_err(failed)?.into_owned())
    }

    /// Whether the process and the caller are in different namespaces of this kind.
    fn differs(&self, name: &str) -> Result<bool, EnterError> {
        let failed = self.failed("compare its namespaces");
        let theirs = CString::new(format!("ns/{name}")).map_err(|_| failed(Errno::EINVAL))?;
        let ours = CString::new(format!("/proc/self/ns/{name}"));
        let ours = ours.map_err(|_| failed(Errno::EINVAL))?;
        let theirs = match file::status_at(Fd::from(self.proc), &theirs) {
            // A kernel without that kind.
            Err(Errno::ENOENT) => return Ok(false),
            other => other.map_err(&failed)?,
        };
        let ours = file::status_at(Fd::CWD, &ours).map_err(&failed)?;
        Ok(!ours.is_same_file(&theirs))
    }

    fn namespaces(&self) -> Result<Kinds, EnterError> {
        let mut found = Kinds::default();
        for (name, kind) in KINDS {
            if self.differs(name)? {
                found = found.and(kind);
            }
        }
        Ok(found)
    }

    /// The owner of the mounts, and the process's own where that is another one.
    fn user_namespaces(&self) -> Result<(Option<OwnedFd>, Option<OwnedFd>), EnterError> {
        let failed = self.failed("find its user namespaces");
        if !self.differs("user")? {
            return Ok((None, None));
        }
        let status = |fd: &OwnedFd| file::status(Fd::from(fd)).map_err(&failed);
        let last = self.namespace("user")?;
        let owner = namespace::owner(Fd::from(&self.namespace("mnt")?)).map_err(&failed)?;
        let owner = owner.into_owned();
        let own = file::status_at(Fd::CWD, c"/proc/self/ns/user").map_err(&failed)?;
        if status(&owner)?.is_same_file(&own) {
            return Ok((None, Some(last)));
        }
        if status(&owner)?.is_same_file(&status(&last)?) {
            return Ok((Some(owner), None));
        }
        Ok((Some(owner), Some(last)))
    }

    fn root(&self) -> Result<RootIdentity, EnterError> {
        let failed = self.failed("look at its root");
        let proc = Fd::from(self.proc);
        let status = file::status_at(proc, c"root").map_err(&failed)?;
        Ok(RootIdentity {
            mount: file::mount_id(proc, c"root").map_err(&failed)?,
            device: status.device,
            inode: status.inode,
        })
    }
}

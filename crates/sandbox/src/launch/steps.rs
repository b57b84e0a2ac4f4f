//! One match: each step and its system calls.

use super::child::{Fault, State};
use super::record::Record;
use crate::Capabilities;
use crate::outcome::Part;
use crate::plan::{Filter, Maps, RootIdentity, Step};
use crate::spec::BrokenPipe;
use aril_sys::mount::{self, Attributes, Depth, Propagation};
use aril_sys::namespace::{self, Kinds};
use aril_sys::seccomp::Wait;
use aril_sys::{Errno, Fd, cred, exec, file, message, process, signal};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::Ordering::Relaxed;

type Done = Result<(), Fault>;

impl State<'_> {
    /// Does one step.
    pub(super) fn perform(&mut self, index: usize, step: &Step) -> Done {
        match step {
            Step::Clone { .. } | Step::EnterPid | Step::StartPayload => Err(Errno::EINVAL.into()),
            // The launcher has done it before this process began.
            Step::NewCgroup(_) => Ok(()),
            Step::JoinUser { fd } | Step::JoinLateUser { fd } => {
                Ok(namespace::join(Fd::new(*fd), Kinds::USER)?)
            }
            Step::JoinPid { fd } => Ok(namespace::join(Fd::new(*fd), Kinds::PID)?),
            Step::JoinProcess { fd, namespaces } => Ok(namespace::join(Fd::new(*fd), *namespaces)?),
            Step::VerifyRoot(expected) => verify_root(*expected),
            Step::Unshare { namespaces } => Ok(namespace::unshare(*namespaces)?),
            Step::TieToLauncher => self.tie_to_launcher(),
            Step::NoNewPrivs => Ok(cred::set_no_new_privs()?),
            Step::CallLauncher => self.call_launcher(),
            Step::AwaitLauncher => self.await_launcher(),
            Step::AwaitByte { fd, .. } => await_byte(Fd::new(*fd)),
            Step::WriteMaps(maps) => Ok(write_maps(Fd::CWD, c"/proc/self", maps)?),
            Step::SetIds { uid, gid } => set_ids(*uid, *gid),
            Step::SetGroups(groups) => Ok(cred::set_groups(groups)?),
            Step::NewTime { offsets } => {
                namespace::unshare(Kinds::TIME)?;
                Ok(file::write_file(
                    Fd::CWD,
                    c"/proc/self/timens_offsets",
                    offsets,
                )?)
            }
            Step::Loopback => Ok(aril_sys::ioctl::bring_up_loopback()?),
            Step::BeginNetwork => self.begin_network(),
            Step::JoinNetwork => self.join_network(),
            Step::AwaitLoopback => self.await_loopback(),
            Step::HostName(name) => Ok(namespace::set_host_name(name.as_bytes())?),
            Step::HoldPropagation => hold_propagation(),
            Step::KeepProc => {
                self.proc = Some(file::open(Fd::CWD, c"/proc", file::O_PATH, 0)?);
                Ok(())
            }
            Step::NewBase => self.new_base(),
            Step::NewRoot { size } => self.new_root(size.as_deref()),
            Step::Bind(bind) => self.bind(index, bind),
            Step::Tmpfs { target, size, mode } => self.tmpfs(target, size.as_deref(), mode),
            Step::Proc {
                target,
                fallback,
                cover,
            } => {
                if self.proc_on(target, *fallback, *cover)? {
                    self.tell(
                        Record::Fallback {
                            index: index as u32,
                        },
                        None,
                    );
                }
                Ok(())
            }
            Step::Devpts { target } => self.devpts(target),
            Step::Mqueue { target } => self.mqueue(target),
            Step::Overlay(overlay) => self.overlay(overlay),
            Step::Directory { target, mode } => self.directory(target, *mode),
            Step::File {
                target,
                mode,
                contents,
            } => self.file(target, *mode, contents),
            Step::Data {
                target,
                mode,
                contents,
                access,
            } => self.data(target, *mode, contents, *access),
            Step::Symlink { to, target } => self.symlink(to, target),
            Step::Mode { target, mode } => self.mode(target, *mode),
            Step::ReadOnly { target } => self.read_only(target),
            Step::Pin {
                target,
                access,
                followed,
            } => self.pin(target, *access, *followed),
            Step::SealRoot => self.seal_root(),
            Step::Pivot => self.pivot(),
            Step::LimitUserNs => Ok(file::write_file(
                self.proc()?,
                c"sys/user/max_user_namespaces",
                b"1",
            )?),
            Step::NestUser(maps) => self.nest_user(maps),
            Step::VerifyNoUserNs => verify_no_user_namespace(),
            Step::Lock { path } => self.lock(path),
            Step::LoadInit => {
                self.init = Some(aril_sys::init::load()?);
                Ok(())
            }
            Step::NewSession => Ok(process::new_session()?),
            Step::Streams(fds) => set_streams(*fds),
            Step::Close(fds) => close_all(fds),
            Step::KeepOnly(fds) => self.keep_only(fds),
            Step::Limit(limit) => Ok(cred::set_limit(cred::Limit {
                resource: limit.resource,
                soft: limit.soft,
                hard: limit.hard,
            })?),
            Step::SecureBits(bits) => Ok(cred::set_secure_bits(*bits)?),
            Step::Bounding { drop, .. } => Ok(drop_bounding(*drop)?),
            Step::Capabilities { keep, ambient } => set_capabilities(*keep, *ambient),
            Step::DieWithParent(true) => self.tie_to_launcher(),
            Step::HideMemory => Ok(cred::set_dumpable(0)?),
            Step::DieWithParent(false) => Ok(process::set_parent_death_signal(0)?),
            Step::Umask(mask) => {
                file::set_umask(mask.unwrap_or(self.umask));
                Ok(())
            }
            Step::WorkingDirectory { choices, required } => {
                self.enter_directory(choices, *required)
            }
            Step::ReadSeccomp { fd, slot } => self.read_seccomp(Fd::new(*fd), *slot),
            Step::Verify {
                keep,
                ambient,
                gone,
            } => verify(*keep, *ambient, *gone),
            Step::Landlock(ruleset) => self.restrict(ruleset),
            Step::Forgo { .. } => {
                self.tell(
                    Record::Fallback {
                        index: index as u32,
                    },
                    None,
                );
                Ok(())
            }
            Step::Ready { broken_pipe } => self.ready(*broken_pipe),
            Step::LoadRelay => self.load_relay(),
            Step::BecomeRelay => self.become_relay(),
            Step::Seccomp { program } => self.install(program),
            Step::SeccompReported { program, wait } => self.install_reported(program, *wait),
            Step::Execute => self.execute(),
        }
    }

    /// The launcher may have ended between the clone and this: then nobody holds the other end of
    /// the socket any more.
    fn tie_to_launcher(&self) -> Done {
        process::set_parent_death_signal(signal::SIGKILL as i32)?;
        self.see_launcher()
    }

    /// Closes every other descriptor now, so that none can be entered through `/proc/self/fd`.
    fn keep_only(&self, declared: &[i32]) -> Done {
        let own = self.own_descriptors();
        let mut next = 3;
        while let Some(kept) = least_from(next, declared.iter().chain(&own)) {
            if kept > next {
                file::close_range(next as u32, kept as u32 - 1, file::Range::Close)?;
            }
            next = kept + 1;
        }
        file::close_range(next as u32, u32::MAX, file::Range::Close)?;
        for &fd in declared {
            file::set_close_on_exec(Fd::new(fd), false)?;
        }
        Ok(())
    }

    fn see_launcher(&self) -> Done {
        let mut poll = [process::Poll::hang_up(self.task.socket)];
        process::poll(&mut poll, false)?;
        if poll[0].is_ready() {
            return Err(Errno::ESRCH.into());
        }
        Ok(())
    }

    fn await_launcher(&self) -> Done {
        let mut byte = [0; 1];
        match file::read(self.task.socket, &mut byte)? {
            0 => Err(Errno::ESRCH.into()),
            _ => Ok(()),
        }
    }

    /// `umount2(".")` takes what is stacked uppermost on the old root, which may be the hidden base
    /// and not the old root itself, so it is repeated until the kernel tells that the old root has no
    /// path any more.
    fn pivot(&mut self) -> Done {
        let old_root = file::open(Fd::CWD, c"/", file::O_PATH | file::O_DIRECTORY, 0)?;
        file::change_directory_to(self.root()?)?;
        mount::pivot_here()?;
        file::change_directory_to(old_root)?;
        for _ in 0..=self.stacked {
            if !is_reachable()? {
                break;
            }
            mount::detach_here()?;
        }
        if is_reachable()? {
            return Err(Part::Verify.fault()(Errno::EBUSY));
        }
        file::change_directory(c"/")?;
        file::close(old_root)?;
        verify_nothing_on_root()
    }

    fn seal_root(&self) -> Done {
        let root = self.root()?;
        mount::set_attributes(root, Depth::One, Attributes::READ_ONLY, None)?;
        super::read_back::verify_attributes(root, Attributes::READ_ONLY)
    }

    fn nest_user(&self, maps: &Maps) -> Done {
        namespace::unshare(Kinds::USER)?;
        Ok(write_maps(self.proc()?, c"self", maps)?)
    }

    fn lock(&mut self, path: &core::ffi::CStr) -> Done {
        // A pipe in a writable directory must not make us wait.
        let flags = file::O_RDONLY | file::O_NONBLOCK | file::O_NOCTTY;
        let fd = self
            .open_from_root(path, flags)
            .map_err(Part::Target.fault())?;
        file::lock_shared(fd)?;
        *self.locks.get_mut(self.lock_count).ok_or(Errno::E2BIG)? = fd;
        self.lock_count += 1;
        Ok(())
    }

    /// The path is resolved inside the root and by no magic link: `/proc/self/fd/N` may lead to a
    /// directory of the host's (CVE-2024-21626).
    fn enter_directory(&mut self, choices: &[std::ffi::CString], required: bool) -> Done {
        let root = open_root()?;
        let mut entered = Ok(());
        for (index, path) in choices.iter().enumerate() {
            self.directory = index;
            let flags = file::O_PATH | file::O_DIRECTORY;
            let opened = file::open_resolved(root, path, flags, super::target::INSIDE);
            entered = opened.map_err(Fault::from).and_then(enter);
            if entered.is_ok() || required {
                break;
            }
        }
        file::close(root)?;
        // The last choice is the root: the payload is there already, and it may be closed to it.
        if required { entered } else { Ok(()) }
    }

    /// Opens a path after the pivot. It begins at the root, wherever the working directory is: with
    /// `RESOLVE_IN_ROOT` the directory that a path is resolved from is the root of all symlinks too.
    pub(super) fn open_from_root(&self, path: &core::ffi::CStr, flags: u32) -> Result<Fd, Errno> {
        let root = open_root()?;
        let opened = file::open_resolved(root, path, flags, super::target::INSIDE);
        file::close(root)?;
        opened
    }

    fn read_seccomp(&self, fd: Fd, slot: usize) -> Done {
        let program = self.task.late.get(slot).ok_or(Errno::EINVAL)?;
        let mut buffer = [0; 4096];
        let mut length = 0;
        loop {
            let got = file::read(fd, &mut buffer).map_err(Part::Contents.fault())?;
            if got == 0 {
                break;
            }
            let room = program
                .bytes
                .get(length..length + got)
                .ok_or(Errno::E2BIG)?;
            for (slot, byte) in room.iter().zip(&buffer) {
                slot.store(*byte, Relaxed);
            }
            length += got;
        }
        if !length.is_multiple_of(aril_sys::seccomp::INSTRUCTION) {
            return Err(Part::Existing.fault()(Errno::EINVAL));
        }
        program.length.store(length, Relaxed);
        Ok(())
    }

    fn install(&self, program: &Filter) -> Done {
        self.with_program(program, aril_sys::seccomp::install)
    }

    /// Gives the bytes of a seccomp program to `use_bytes`.
    pub(super) fn with_program(
        &self,
        program: &Filter,
        use_bytes: impl FnOnce(&[u8]) -> Result<(), Errno>,
    ) -> Done {
        match program {
            Filter::Bytes(bytes) => Ok(use_bytes(bytes)?),
            Filter::Late(slot) => {
                let program = self.task.late.get(*slot).ok_or(Errno::EINVAL)?;
                let mut bytes = [0; aril_sys::seccomp::LONGEST * aril_sys::seccomp::INSTRUCTION];
                let length = program.length.load(Relaxed);
                for (byte, stored) in bytes.iter_mut().zip(&program.bytes[..length]) {
                    *byte = stored.load(Relaxed);
                }
                Ok(use_bytes(&bytes[..length])?)
            }
        }
    }

    /// From here on what the program refuses waits for the launcher, which must get the descriptor
    /// first.
    fn install_reported(&self, program: &[u8], wait: Wait) -> Done {
        let listener = aril_sys::seccomp::install_with_listener(program, wait)?;
        let record = Record::Listener.to_bytes();
        Ok(message::send(self.task.socket, &record, Some(listener))?)
    }

    /// The last moment before filters: signals as the launcher has them, and the record.
    fn ready(&self, broken_pipe: BrokenPipe) -> Done {
        self.pass_gate()?;
        if broken_pipe == BrokenPipe::Ends {
            signal::reset_to_default(signal::SIGPIPE as i32)?;
        }
        self.tell(Record::Ready, None);
        signal::set_mask(self.task.mask)?;
        Ok(())
    }

    /// Like `execvp(3)`: a candidate that is missing or forbidden is passed over, a file of unknown
    /// format is given to the shell, and a forbidden one is the error if none can be executed.
    fn execute(&self) -> Done {
        let program = &self.task.plan.exec;
        let environment = program
            .environments
            .get(self.directory)
            .ok_or(Errno::EINVAL)?;
        let mut forbidden = false;
        for (index, path) in program.candidates.iter().enumerate() {
            match exec::execute(path, &program.argv, environment) {
                Errno::ENOEXEC => {
                    let argv = program.shell_argv.get(index).ok_or(Errno::ENOEXEC)?;
                    return Err(exec::execute(c"/bin/sh", argv, environment).into());
                }
                Errno::EACCES => forbidden = true,
                Errno::ENOENT | Errno::ENOTDIR | Errno::ENODEV | Errno::ESTALE => {
                    if program.candidates.len() == 1 {
                        return Err(exec::execute(path, &program.argv, environment).into());
                    }
                }
                errno => return Err(errno.into()),
            }
        }
        Err(if forbidden {
            Errno::EACCES
        } else {
            Errno::ENOENT
        }
        .into())
    }
}

fn open_root() -> Result<Fd, Errno> {
    file::open(Fd::CWD, c"/", file::O_PATH | file::O_DIRECTORY, 0)
}

/// Whether the working directory has a path from the root: `getcwd(2)` tells it with a slash.
fn is_reachable() -> Result<bool, Errno> {
    Ok(file::working_directory(&mut [0; 4096])?.starts_with(b"/"))
}

/// A mount on the root directory itself would be entered by `/..`, though not by `/`.
fn verify_nothing_on_root() -> Done {
    let root = file::mount_id(Fd::CWD, c"/")?;
    let above = file::mount_id(Fd::CWD, c"/..")?;
    if root == above {
        Ok(())
    } else {
        Err(Part::Verify.fault()(Errno::EBUSY))
    }
}

/// The working directory is the same one: `setns(2)` sets both.
fn verify_root(expected: RootIdentity) -> Done {
    for path in [c"/", c"."] {
        let status = file::status_at(Fd::CWD, path)?;
        let found = RootIdentity {
            mount: file::mount_id(Fd::CWD, path)?,
            device: status.device,
            inode: status.inode,
        };
        if found != expected {
            return Err(Part::Verify.fault()(Errno::EXDEV));
        }
    }
    Ok(())
}

/// The least of these that is not below `from`.
fn least_from<'a>(from: i32, fds: impl Iterator<Item = &'a i32>) -> Option<i32> {
    fds.copied().filter(|&fd| fd >= from).min()
}

/// The path has been resolved inside, but a descriptor can be renamed away: look where we are.
fn enter(directory: Fd) -> Done {
    file::change_directory_to(directory)?;
    file::close(directory)?;
    match is_reachable()? {
        true => Ok(()),
        false => Err(Part::Verify.fault()(Errno::EXDEV)),
    }
}

fn await_byte(fd: Fd) -> Done {
    // The end of the file releases as well, whatever comes.
    file::read(fd, &mut [0; 1])?;
    Ok(())
}

/// `setgroups` first: an unprivileged writer of `gid_map` must have given up `setgroups(2)`.
fn write_maps(base: Fd, directory: &core::ffi::CStr, maps: &Maps) -> Result<(), Errno> {
    let own = file::open(base, directory, file::O_PATH | file::O_DIRECTORY, 0)?;
    file::write_file(own, c"uid_map", &maps.users_text)?;
    if maps.deny_setgroups {
        match file::write_file(own, c"setgroups", b"deny") {
            Ok(()) => (),
            // Before 3.19 there is no such file, and no need.
            Err(Errno::ENOENT) => (),
            Err(errno) => return Err(errno),
        }
    }
    file::write_file(own, c"gid_map", &maps.groups_text)?;
    file::close(own)
}

/// A change of all uids clears the effective set; what the set-up still needs is kept. The ids are
/// not compared with the present ones: one that is not mapped shows as 65534.
fn set_ids(uid: u32, gid: u32) -> Done {
    cred::set_group_id(gid)?;
    cred::keep_capabilities()?;
    cred::set_user_id(uid)?;
    let sets = cred::capabilities()?;
    cred::set_capabilities(cred::CapabilitySets {
        effective: sets.permitted,
        ..sets
    })?;
    // A change of credentials switches it off.
    Ok(process::set_parent_death_signal(signal::SIGKILL as i32)?)
}

fn hold_propagation() -> Done {
    let root = file::open(Fd::CWD, c"/", file::O_PATH, 0)?;
    mount::set_attributes(
        root,
        Depth::Recursive,
        Attributes::default(),
        Some(Propagation::Slave),
    )?;
    Ok(file::close(root)?)
}

/// Success of the call is the failure of the step: the caller is in yet another namespace then.
fn verify_no_user_namespace() -> Done {
    match namespace::unshare(Kinds::USER) {
        Ok(()) => Err(Part::Verify.fault()(Errno::EPERM)),
        // The limit, or a host that forbids them altogether.
        Err(Errno::ENOSPC | Errno::EUSERS | Errno::EPERM) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// All are copied out of the way first, since one may be another's source.
fn set_streams(fds: [Option<i32>; 3]) -> Done {
    let mut copies = [None; 3];
    for (copy, fd) in copies.iter_mut().zip(fds) {
        if let Some(fd) = fd {
            *copy = Some(file::duplicate(Fd::new(fd), 3)?);
        }
    }
    for (number, copy) in (0..).zip(copies) {
        if let Some(copy) = copy {
            file::duplicate_to(copy, number)?;
            file::close(copy)?;
        }
    }
    Ok(())
}

fn close_all(fds: &[i32]) -> Done {
    for &fd in fds {
        match file::close(Fd::new(fd)) {
            // The step that used it has closed it, or the spec names it twice.
            Ok(()) | Err(Errno::EBADF) => (),
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// Drops these capabilities from the bounding set.
pub(super) fn drop_bounding(drop: Capabilities) -> Result<(), Errno> {
    for number in drop.numbers() {
        match cred::drop_from_bounding_set(number) {
            Ok(()) => (),
            // Without CAP_SETPCAP nothing can be dropped; then it must be gone already.
            Err(Errno::EPERM) if cred::is_in_bounding_set(number) == Some(false) => (),
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Ambient capabilities survive the exec of a program without file capabilities by a user who is not
/// 0 (`capabilities(7)`); they must be inheritable too.
fn set_capabilities(keep: Capabilities, ambient: Capabilities) -> Done {
    cred::clear_ambient()?;
    cred::set_capabilities(cred::CapabilitySets {
        effective: keep.0,
        permitted: keep.0,
        inheritable: ambient.0,
    })?;
    for number in ambient.numbers() {
        cred::raise_ambient(number)?;
    }
    Ok(())
}

fn verify(keep: Capabilities, ambient: Capabilities, gone: Capabilities) -> Done {
    let refused = Err(Part::Verify.fault()(Errno::EPERM));
    let sets = cred::capabilities()?;
    if sets.permitted != keep.0 || sets.effective != keep.0 || sets.inheritable != ambient.0 {
        return refused;
    }
    if !cred::no_new_privs()? {
        return refused;
    }
    for number in gone.numbers() {
        if cred::is_in_bounding_set(number) != Some(false) {
            return refused;
        }
    }
    Ok(())
}

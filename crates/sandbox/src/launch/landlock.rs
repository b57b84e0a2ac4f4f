//! The step that gives up rights by Landlock.
//!
//! The rules of the module `child` hold.

use super::child::{Fault, State};
use crate::outcome::Part;
use crate::plan::{PathRule, Ruleset};
use aril_sys::landlock::{self, BIND_TCP, CONNECT_TCP, READ_DIR};
use aril_sys::{Errno, Fd, file, process, socket};

type Done = Result<(), Fault>;

impl State<'_> {
    /// Builds the ruleset and comes under it. The paths are opened here, after the pivot: a rule is
    /// about what is mounted there now.
    pub(super) fn restrict(&self, ruleset: &Ruleset) -> Done {
        let made = landlock::create_ruleset(ruleset.handled)?;
        let mut lists_root = ruleset.probe.lists_root;
        for rule in &ruleset.paths {
            let gives_root = self.give_path(made, rule)?;
            lists_root &= !gives_root;
        }
        for (access, ports) in [(BIND_TCP, &ruleset.bind), (CONNECT_TCP, &ruleset.connect)] {
            for &port in ports {
                landlock::add_port(made, u64::from(access), port)?;
            }
        }
        landlock::restrict_self(made)?;
        file::close(made)?;
        if lists_root {
            must_be_refused(list_root())?;
        }
        verify_sockets(ruleset)?;
        verify_signals(ruleset)
    }

    /// Adds the rule for one path; tells whether that lets the root be listed.
    fn give_path(&self, ruleset: Fd, rule: &PathRule) -> Result<bool, Fault> {
        let place = match self.open_from_root(&rule.path, file::O_PATH) {
            Err(Errno::ENOENT) if rule.optional => return Ok(false),
            other => other.map_err(Part::Target.fault())?,
        };
        let status = file::status(place)?;
        let access = if status.is_directory() {
            rule.access
        } else {
            rule.as_file
        };
        if !access.is_empty() {
            landlock::add_path(ruleset, access.0, place)?;
        }
        file::close(place)?;
        let lists = access.0 & u64::from(READ_DIR) != 0;
        Ok(lists && status.is_same_file(&file::status_at(Fd::CWD, c"/")?))
    }
}

/// The kernel has no call that reads a ruleset back, so that what must be refused is tried.
fn must_be_refused(tried: Result<(), Errno>) -> Done {
    match tried {
        Err(Errno::EACCES | Errno::EPERM) => Ok(()),
        Ok(()) => Err(Part::Verify.fault()(Errno::EPERM)),
        Err(errno) => Err(Part::Verify.fault()(errno)),
    }
}

fn list_root() -> Result<(), Errno> {
    let root = file::open(Fd::CWD, c"/", file::O_RDONLY | file::O_DIRECTORY, 0)?;
    file::close(root)
}

fn verify_sockets(ruleset: &Ruleset) -> Done {
    if !ruleset.probe.binds && ruleset.probe.connects.is_none() {
        return Ok(());
    }
    // A kernel that gives no such socket has no TCP that could be used.
    let Ok(tcp) = socket::tcp() else {
        return Ok(());
    };
    if ruleset.probe.binds {
        must_be_refused(socket::bind_to_loopback(tcp, 0))?;
    }
    if let Some(port) = ruleset.probe.connects {
        must_be_refused(socket::connect_to_loopback(tcp, port))?;
    }
    Ok(file::close(tcp)?)
}

/// Init, or the launcher, is not in the domain; a parent out of sight has no number.
fn verify_signals(ruleset: &Ruleset) -> Done {
    let parent = process::parent_id();
    if !ruleset.probe.signals || parent == 0 {
        return Ok(());
    }
    match process::may_signal(parent) {
        Err(Errno::ESRCH) => Ok(()),
        tried => must_be_refused(tried),
    }
}

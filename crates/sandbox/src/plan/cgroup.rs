//! From limits to a cgroup of the sandbox's own.

use super::strings::c_path;
use super::{Draft, PlanError, Step};
use crate::cgroup::Controller;
use crate::spec::CgroupPlace;
use crate::{Host, Stage};
use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::path::Path;

/// A cgroup that is made for the sandbox, frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cgroup {
    /// The directory of the cgroup in which it is made.
    pub parent: CString,
    /// What is written to the parent's `cgroup.subtree_control` first; empty if nothing.
    pub enable: Box<[u8]>,
    /// Its files and what is written to them.
    pub settings: Vec<Setting>,
}

/// One file of a cgroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The file's name.
    pub file: &'static CStr,
    /// What is written.
    pub value: Box<[u8]>,
    /// A kernel without that file needs no such setting.
    pub optional: bool,
}

impl Setting {
    fn new(file: &'static CStr, value: impl ToString) -> Self {
        Self {
            file,
            value: value.to_string().into_bytes().into(),
            optional: false,
        }
    }
}

/// The period in which processor time is shared out, in microseconds, the kernel's own default.
const PERIOD: u64 = 100_000;

impl Draft<'_> {
    /// Plans the cgroup, if there is to be one, as the very first step; tells what it controls.
    pub(crate) fn plan_cgroup(&mut self) -> Result<BTreeSet<Controller>, PlanError> {
        let limits = &self.spec.limits;
        let mut wanted = BTreeSet::new();
        wanted.extend(limits.memory.map(|_| Controller::Memory));
        wanted.extend(limits.processor_percent.map(|_| Controller::Processor));
        let needed = wanted.clone();
        wanted.extend(limits.processes.map(|_| Controller::Processes));
        if let CgroupPlace::In(parent) = &limits.cgroup {
            let enable = words(&wanted);
            self.push_cgroup(parent, enable, &wanted)?;
            return Ok(wanted);
        }
        if let Some(parent) = nearest(self.host, &wanted) {
            self.push_cgroup(parent, String::new(), &wanted)?;
            return Ok(wanted);
        }
        // Processes can be counted in another way.
        if let Some(parent) = nearest(self.host, &needed) {
            self.push_cgroup(parent, String::new(), &needed)?;
            return Ok(needed);
        }
        Ok(BTreeSet::new())
    }

    fn push_cgroup(
        &mut self,
        parent: &Path,
        enable: String,
        controlled: &BTreeSet<Controller>,
    ) -> Result<(), PlanError> {
        let settings = controlled.iter().flat_map(|one| self.settings(*one));
        let cgroup = Cgroup {
            parent: c_path(parent, "the directory of a cgroup")?,
            enable: enable.into_bytes().into(),
            settings: settings.collect(),
        };
        let reason = "limits that all processes share";
        self.push(Stage::Launch, Step::NewCgroup(cgroup), reason);
        Ok(())
    }

    fn settings(&self, controller: Controller) -> Vec<Setting> {
        let limits = &self.spec.limits;
        let settings = match controller {
            Controller::Memory => limits.memory.map(|bytes| {
                let swap = Setting {
                    // Only a kernel that does not account swap has no such file.
                    optional: !self.host.swap,
                    ..Setting::new(c"memory.swap.max", 0)
                };
                // Half a sandbox is no use: all of it is killed (Linux 4.19).
                let group = Setting::new(c"memory.oom.group", 1);
                vec![Setting::new(c"memory.max", bytes), swap, group]
            }),
            Controller::Processes => limits.processes.map(|most| {
                // Init, or else the process that makes the network, counts as well.
                vec![Setting::new(c"pids.max", most.saturating_add(1))]
            }),
            Controller::Processor => limits.processor_percent.map(|percent| {
                let quota = u64::from(percent) * PERIOD / 100;
                vec![Setting::new(c"cpu.max", format!("{quota} {PERIOD}"))]
            }),
        };
        settings.unwrap_or_default()
    }
}

/// The nearest cgroup that controls all of these; none if nothing is to be controlled.
fn nearest<'a>(host: &'a Host, wanted: &BTreeSet<Controller>) -> Option<&'a Path> {
    let mut places = host.cgroups.iter();
    let found = places.find(|place| place.controllers.is_superset(wanted));
    found
        .filter(|_| !wanted.is_empty())
        .map(|place| place.directory.as_path())
}

fn words(controllers: &BTreeSet<Controller>) -> String {
    let words = controllers.iter().map(|one| format!("+{one}"));
    words.collect::<Vec<_>>().join(" ")
}

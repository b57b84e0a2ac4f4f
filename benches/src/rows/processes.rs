//! Processes as `/proc` shows them: whose children they are, and what memory they hold.

use crate::error::{Error, failed};
use std::collections::{HashMap, HashSet};
use std::fs;

/// A process at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) parent: i32,
    pub(super) name: String,
    /// Whether it only waits for its parent to notice that it has ended.
    pub(super) has_ended: bool,
}

impl Process {
    /// Reads a line of `/proc/PID/stat`. The name may itself have spaces and brackets.
    fn parse(line: &str) -> Option<Self> {
        let (pid, rest) = line.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let state = fields.next()?;
        Some(Self {
            pid: pid.parse().ok()?,
            parent: fields.next()?.parse().ok()?,
            name: name.to_owned(),
            has_ended: matches!(state, "Z" | "X"),
        })
    }

    /// Whether this is the other one at another moment.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.pid, &self.name) == (other.pid, &other.name)
    }
}

/// Every process that is there. One that ends meanwhile is left out.
pub(super) fn all() -> Result<Vec<Process>, Error> {
    let entries = fs::read_dir("/proc").map_err(failed("list /proc"))?;
    let names = entries.flatten().map(|entry| entry.path());
    let lines = names.filter_map(|path| fs::read_to_string(path.join("stat")).ok());
    Ok(lines.filter_map(|line| Process::parse(&line)).collect())
}

/// A process and all below it.
pub(super) fn family<'a>(head: i32, all: &'a [Process]) -> Vec<&'a Process> {
    let mut children: HashMap<i32, Vec<&'a Process>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(process);
    }
    let mut family: Vec<_> = all.iter().filter(|process| process.pid == head).collect();
    let mut known = HashSet::from([head]);
    let mut next = 0;
    while let Some(process) = family.get(next) {
        let below = children.get(&process.pid).into_iter().flatten();
        family.extend(below.filter(|child| known.insert(child.pid)));
        next += 1;
    }
    family
}

/// The proportional set size of a process, in bytes: what it shares with others is divided.
pub(super) fn proportional_size(pid: i32) -> Result<f64, Error> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&path).map_err(failed(format!("read {path}")))?;
    let kibibytes = parse_size(&text);
    let kibibytes = kibibytes.ok_or_else(|| Error::new(format!("read {path}"), "no Pss in it"))?;
    Ok(kibibytes * 1024.0)
}

fn parse_size(rollup: &str) -> Option<f64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> Process {
        Process {
            pid,
            parent,
            name: "x".into(),
            has_ended: false,
        }
    }

    #[test]
    fn a_name_may_have_anything_in_it() {
        let found = Process::parse("42 (a) b (c)) S 7 42 42 0 -1").expect("a process");
        assert_eq!(
            (found.pid, found.parent, found.name.as_str()),
            (42, 7, "a) b (c)")
        );
        assert!(!found.has_ended);
        assert!(Process::parse("42 (a) Z 7 42").is_some_and(|found| found.has_ended));
        assert_eq!(Process::parse("nonsense"), None);
    }

    #[test]
    fn a_family_is_everything_below() {
        let all = [
            process(4, 3),
            process(1, 0),
            process(3, 2),
            process(2, 1),
            process(9, 1),
        ];
        let pids: Vec<_> = family(2, &all).iter().map(|process| process.pid).collect();
        assert_eq!(pids, [2, 3, 4]);
        assert!(family(77, &all).is_empty());
    }

    #[test]
    fn the_size_is_found() {
        let rollup = "00400000-7fff Rollup\nRss:   900 kB\nPss:      374 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(parse_size(rollup), Some(374.0));
        assert_eq!(parse_size("Rss: 1 kB\n"), None);
    }

    #[test]
    fn this_process_is_there() {
        let own = i32::try_from(std::process::id()).expect("an id");
        assert!(
            all()
                .expect("processes")
                .iter()
                .any(|process| process.pid == own)
        );
        assert!(proportional_size(own).expect("a size") > 0.0);
    }
}

//! Which named sandboxes run.

use super::registration::{FACTS, REF};
use super::{Facts, LogReader, Name};
use crate::error::RunError;
use aril_flatpak::instances::{Directory, RuntimeDir};
use aril_sandbox::sys;
use std::ffi::OsStr;
use std::io;

/// Longer than the facts of any sandbox.
const LONGEST: u64 = 4 << 20;

/// A sandbox that runs, or one that is being started.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub name: Name,
    /// What it told; nothing before it is announced.
    pub facts: Option<Facts>,
    /// Its directory.
    pub directory: Directory,
}

impl Named {
    /// Its log, if it keeps one.
    pub fn log(self) -> io::Result<Option<LogReader>> {
        LogReader::open(self.directory)
    }
}

/// The sandboxes that run, in the order of their names.
pub fn named(runtime: &RuntimeDir) -> Result<Vec<Named>, RunError> {
    let path = runtime.root().path().join("aril");
    let failed = |error: io::Error| RunError::on("list sandboxes", &path, error);
    let own = match runtime.root().open(OsStr::new("aril")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(failed)?,
    };
    let mut names = own.names().map_err(failed)?;
    names.sort();
    let names = names.iter().filter_map(|name| name.to_str()?.parse().ok());
    Ok(names.filter_map(|name| look(&own, name)).collect())
}

/// The one of that name, if it runs.
pub fn find(runtime: &RuntimeDir, wanted: &str) -> Result<Option<Named>, RunError> {
    let found = named(runtime)?.into_iter();
    Ok(found
        .into_iter()
        .find(|found| found.name.as_str() == wanted))
}

fn look(own: &Directory, name: Name) -> Option<Named> {
    let directory = own.open(OsStr::new(name.as_str())).ok()?;
    let lock = directory.open_file(OsStr::new(REF)).ok()?;
    if !sys::file::is_locked((&lock).into()).unwrap_or(true) {
        return None;
    }
    let facts = directory.read(OsStr::new(FACTS), LONGEST).ok();
    Some(Named {
        name,
        facts: facts.and_then(|text| serde_json::from_slice(&text).ok()),
        directory,
    })
}

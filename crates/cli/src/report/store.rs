//! The report of the last run, kept for `aril why`: `aril/.report` in the user's runtime directory.
//!
//! The launcher writes it when the payload has ended. What is inside never sees the directory: where a
//! grant would show it, it is covered.

use super::Report;
use crate::error::RunError;
use aril_flatpak::instances::{Directory, RuntimeDir};
use aril_profile::{Facts, PathRule, Reach, Sourced, Stance};
use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

/// No sandbox has such a name: those begin with a letter or a digit.
const NAME: &str = ".report";
/// Longer than a report that is kept.
const LONGEST: usize = 1 << 20;

/// The directory that reports are kept in, made if it is missing. Where the user has no runtime directory
/// it is below `~/.cache`, and then made only for who asked for a report.
pub(super) fn make_place(is_asked: bool) -> Result<Option<Directory>, RunError> {
    let has_own = std::env::var_os("XDG_RUNTIME_DIR").is_some();
    if !has_own && !is_asked {
        return Ok(None);
    }
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    if runtime.reason().is_some() && !is_asked {
        return Ok(None);
    }
    runtime.own().map(Some).map_err(RunError::new)
}

/// Rules that keep everything inside from that directory, wherever it is.
pub fn covered(facts: &Facts) -> impl Iterator<Item = Sourced<PathRule>> {
    let variable = |name| facts.variable(name).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").unwrap_or_else(|| facts.home.join(".cache"));
    let places = [variable("XDG_RUNTIME_DIR"), Some(cache)];
    let places = places.into_iter().flatten();
    places.filter(|place| place.is_absolute()).map(|place| {
        let rule = PathRule {
            path: aril_profile::normal(&place.join("aril")),
            reach: Reach::Hidden,
            stance: Stance::Optional,
        };
        Sourced::new(rule, "aril: what runs and what was denied is the host's")
    })
}

/// Keeps a report instead of the one before.
pub(super) fn keep(place: &Directory, mut report: Report) -> Result<(), RunError> {
    let path = place.path().join(NAME);
    let failed = |error: io::Error| RunError::on("keep the report", &path, error);
    loop {
        let text = serde_json::to_vec(&report).map_err(|error| failed(error.into()))?;
        if text.len() <= LONGEST {
            return match place.write(OsStr::new(NAME), &text, 0o600) {
                // Another run ends at the same time, and its report is as good as the last.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
                    ) =>
                {
                    Ok(())
                }
                other => other.map_err(failed),
            };
        }
        let half = report.denials.len() / 2;
        let left_out: u64 = report.denials.drain(half..).map(|one| one.count).sum();
        report.beyond = report.beyond.saturating_add(left_out);
        if half == 0 {
            // What takes so much room is the command.
            report.command.clear();
        }
    }
}

/// The report of the last run, if one is kept.
pub fn find() -> Result<Option<Report>, RunError> {
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    let path = runtime.root().path().join("aril").join(NAME);
    let failed = |error: io::Error| RunError::on("read the report", &path, error);
    let read = runtime
        .root()
        .open(OsStr::new("aril"))
        .and_then(|own| own.read(OsStr::new(NAME), LONGEST as u64));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| failed(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Denied, Kind};

    #[test]
    fn a_report_is_kept_within_bounds() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open_root(place.path()).unwrap();
        let denied = Denied {
            kind: Kind::Hidden,
            subject: "x".repeat(8000),
            reason: "it is hidden".into(),
            count: 2,
            by: "x".into(),
            allow: None,
            warning: None,
        };
        let report = Report {
            command: vec!["c".into()],
            ended: 0,
            observed: true,
            denials: vec![denied; 512],
            beyond: 1,
        };
        keep(&directory, report).unwrap();
        let text = std::fs::read(place.path().join(NAME)).unwrap();
        assert!(text.len() <= LONGEST);
        let kept: Report = serde_json::from_slice(&text).unwrap();
        assert_eq!(kept.denials.len() as u64 * 2 + kept.beyond, 1025);
        // A link in its place is replaced and not followed.
        let target = place.path().join("target");
        std::fs::remove_file(place.path().join(NAME)).unwrap();
        std::os::unix::fs::symlink(&target, place.path().join(NAME)).unwrap();
        keep(&directory, kept.clone()).unwrap();
        assert!(!target.exists());
    }
}

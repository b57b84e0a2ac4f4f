//! A user on a host without files.

use aril_profile::{Facts, Files, Kind, Surroundings};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

struct Nothing;

impl Files for Nothing {
    fn kind(&self, _: &Path) -> Option<Kind> {
        None
    }

    fn kind_itself(&self, _: &Path) -> Option<Kind> {
        None
    }

    fn names(&self, _: &Path) -> Vec<OsString> {
        Vec::new()
    }

    fn real_path(&self, _: &Path) -> Option<PathBuf> {
        None
    }

    fn text(&self, _: &Path) -> Option<Vec<u8>> {
        None
    }
}

pub(crate) fn facts() -> Facts {
    Facts {
        uid: 1000,
        gid: 1000,
        user: "user".into(),
        group: "user".into(),
        home: "/home/user".into(),
        cwd: Some("/home/user/project".into()),
        environment: vec![("LANG".into(), "C.UTF-8".into())],
        has_terminal: false,
        keeps_signals: true,
    }
}

pub(crate) fn surroundings(facts: &Facts) -> Surroundings<'_> {
    Surroundings {
        facts,
        files: &Nothing,
        name: None,
    }
}

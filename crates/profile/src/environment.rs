//! The variables that the command begins with.

use crate::facts::Facts;
use crate::settings::{Settings, Variable};
use crate::system::runtime_directory;
use aril_sandbox::spec::EnvChange;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What passes: how text is shown and read, and who and where one is. Nothing here is a secret or leads
/// to something that is not visible.
const PASSING: [&str; 22] = [
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "DEBIAN_FRONTEND",
    "EDITOR",
    "FORCE_COLOR",
    "LANG",
    "LANGUAGE",
    "LESS",
    "LINES",
    "LOGNAME",
    "LS_COLORS",
    "NO_COLOR",
    "PAGER",
    "SOURCE_DATE_EPOCH",
    "TERM",
    "TERM_PROGRAM",
    "TZ",
    "USER",
    "VISUAL",
];

/// Used where none of the host's directories of programs is visible.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// The changes to an empty environment. `visible` tells of a directory whether it is seen inside.
pub(crate) fn changes(
    facts: &Facts,
    settings: &Settings,
    visible: impl Fn(&Path) -> bool,
) -> Vec<EnvChange> {
    let mut changes = Vec::new();
    for (name, value) in &facts.environment {
        if passes(name) {
            changes.push(EnvChange::Set(name.clone(), value.clone()));
        }
    }
    changes.push(set("PATH", path(facts, visible)));
    changes.push(set("HOME", &facts.home));
    changes.push(set("SHELL", "/bin/sh"));
    changes.push(set("XDG_RUNTIME_DIR", runtime_directory(facts.uid)));
    changes.push(set("container", "aril"));
    changes.extend(settings.environment.iter().filter_map(|asked| {
        let Variable { name, value } = &asked.value;
        let of_host = || {
            let mut known = facts.environment.iter();
            known
                .find(|(known, _)| known == name)
                .map(|(_, value)| value)
        };
        let value = value.as_ref().or_else(of_host)?;
        Some(set(name, value))
    }));
    changes
}

fn set(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> EnvChange {
    EnvChange::Set(name.as_ref().to_owned(), value.as_ref().to_owned())
}

fn passes(name: &OsStr) -> bool {
    PASSING.iter().any(|known| OsStr::new(known) == name) || name.as_bytes().starts_with(b"LC_")
}

/// The host's directories of programs that are visible, in the host's order.
fn path(facts: &Facts, visible: impl Fn(&Path) -> bool) -> OsString {
    let of_host = facts.variable("PATH").unwrap_or(OsStr::new(""));
    let directories = of_host.as_bytes().split(|&byte| byte == b':');
    let directories = directories.map(|bytes| PathBuf::from(OsString::from_vec(bytes.to_vec())));
    let kept: Vec<PathBuf> = directories
        .filter(|directory| directory.is_absolute() && visible(directory))
        .collect();
    if kept.is_empty() {
        return PATH.into();
    }
    let parts: Vec<&OsStr> = kept.iter().map(|part| part.as_os_str()).collect();
    parts.join(OsStr::new(":"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Sourced;

    fn facts(environment: &[(&str, &str)]) -> Facts {
        let environment = environment.iter();
        Facts {
            environment: environment
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            has_terminal: true,
            ..Facts::of_u()
        }
    }

    #[test]
    fn only_what_is_listed_or_asked_for_passes() {
        let facts = facts(&[
            ("LANG", "C"),
            ("LC_TIME", "de"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("SSH_AUTH_SOCK", "/s"),
            ("LD_PRELOAD", "/x"),
            ("CC", "clang"),
            ("PATH", "/home/u/bin:relative::/usr/bin"),
        ]);
        let asked = |name: &str, value: Option<&str>| {
            let (name, value) = (name.into(), value.map(Into::into));
            Sourced::new(Variable { name, value }, "test")
        };
        let settings = Settings {
            environment: vec![
                asked("CC", None),
                asked("A", Some("1")),
                asked("NONE", None),
            ],
            ..Settings::default()
        };
        let made = changes(&facts, &settings, |path| path.starts_with("/usr"));
        for expected in [
            set("LANG", "C"),
            set("LC_TIME", "de"),
            set("PATH", "/usr/bin"),
            set("HOME", "/home/u"),
            set("CC", "clang"),
            set("A", "1"),
        ] {
            assert!(made.contains(&expected), "{expected:?}");
        }
        let words = format!("{made:?}");
        for absent in ["AWS", "SSH_AUTH_SOCK", "LD_PRELOAD", "NONE"] {
            assert!(!words.contains(absent), "{absent}");
        }
    }
}

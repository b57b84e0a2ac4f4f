//! What the profile of a project can do: take away.
//!
//! A project's files come from others, so that what they ask for counts only where it is less than what
//! the user allows. A key that would give something is an error rather than ignored: whoever wrote it
//! shall know.

use crate::amount::Resource;
use crate::error::ProfileError;
use crate::setting::{Home, Net, Reach, Sourced, Stance};
use crate::settings::Settings;
use aril_seccomp::groups;

/// The user's settings, narrowed by those of a project.
pub(crate) fn narrowed(user: Settings, project: Settings) -> Result<Settings, ProfileError> {
    refuse_gifts(&project)?;
    let mut narrower = Settings::default();
    for mut asked in project.paths {
        let rule = &mut asked.value;
        let mut of_user = user.paths.iter().map(|known| &known.value);
        match of_user.find(|known| known.path == rule.path) {
            // The user speaks of the very path: the stricter of both holds.
            Some(known) if known.reach <= rule.reach => continue,
            Some(_) => rule.stance = Stance::Optional,
            None => rule.stance = Stance::Narrowing,
        }
        narrower.paths.push(asked);
    }
    narrower.net = project.net.filter(|net| net.value == Net::None);
    narrower.home = project.home.filter(|home| home.value == Home::None);
    narrower.new_session = project.new_session.filter(|session| session.value);
    narrower.allow_host_executed = project.allow_host_executed;
    narrower.report = project.report;
    narrower.seccomp = project.seccomp;
    let cwd_before = user.cwd.as_ref().map_or(Reach::ReadWrite, |cwd| cwd.value);
    narrower.cwd = project.cwd.filter(|cwd| cwd.value < cwd_before);
    let time_before = user.timeout.as_ref().map(|time| time.value);
    let is_shorter = |time: &Sourced<_>| time_before.is_none_or(|before| time.value < before);
    narrower.timeout = project.timeout.filter(is_shorter);
    for limit in project.limits {
        let mut before = user.limits.iter();
        let before = before.find(|before| before.value.resource == limit.value.resource);
        // Core dumps are the one thing that there is none of where nothing is said.
        let at_most = match before {
            Some(before) => before.value.most,
            None if limit.value.resource == Resource::CoreSize => 0,
            None => u64::MAX,
        };
        if limit.value.most < at_most {
            narrower.limits.push(limit);
        }
    }
    Ok(user.overlaid(narrower))
}

/// Whether the words only add groups that refuse more.
fn refuses_more(words: &str) -> bool {
    words.split(',').all(|word| {
        let group = word.strip_prefix('+');
        group.is_some_and(|name| {
            groups()
                .iter()
                .any(|group| group.name == name && group.in_default)
        })
    })
}

fn refuse_gifts(project: &Settings) -> Result<(), ProfileError> {
    let origin = |list: Option<&str>, key| list.map(|origin| (origin.to_owned(), key));
    let writable = project
        .paths
        .iter()
        .find(|path| path.value.reach == Reach::ReadWrite);
    let lifted = project.allow_host_executed.as_ref().filter(|it| it.value);
    let net = project.net.as_ref().filter(|net| net.value != Net::None);
    let home = project
        .home
        .as_ref()
        .filter(|home| home.value != Home::None);
    let laxer = project
        .seccomp
        .iter()
        .find(|words| !refuses_more(&words.value));
    let found = [
        origin(writable.map(|it| it.origin.as_str()), "rw"),
        origin(lifted.map(|it| it.origin.as_str()), "allow-host-executed"),
        origin(net.map(|it| it.origin.as_str()), "net"),
        origin(home.map(|it| it.origin.as_str()), "home"),
        origin(laxer.map(|it| it.origin.as_str()), "seccomp"),
        origin(
            project.environment.first().map(|it| it.origin.as_str()),
            "env",
        ),
        origin(
            project.screens.first().map(|it| it.origin.as_str()),
            "display",
        ),
        origin(
            project.bus_names.first().map(|it| it.origin.as_str()),
            "dbus-talk",
        ),
        origin(
            project.devices.first().map(|it| it.origin.as_str()),
            "device",
        ),
        origin(project.user.as_ref().map(|it| it.origin.as_str()), "user"),
        origin(
            project.workdir.as_ref().map(|it| it.origin.as_str()),
            "workdir",
        ),
    ];
    match found.into_iter().flatten().next() {
        Some((origin, key)) => Err(gives(&origin, key)),
        None => Ok(()),
    }
}

fn gives(origin: &str, key: &str) -> ProfileError {
    let why = format!("`{key}` would give something, and a project's profile can only take away");
    ProfileError::on("read the profile", origin, why)
        .with_hint("name the file by --profile to use it as your own")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Limit;
    use crate::setting::PathRule;

    fn path(path: &str, reach: Reach) -> Sourced<PathRule> {
        let (path, stance) = (path.into(), Stance::Optional);
        Sourced::new(
            PathRule {
                path,
                reach,
                stance,
            },
            "aril.toml:1",
        )
    }

    #[test]
    fn a_project_takes_away() {
        let user = Settings {
            net: Some(Sourced::new(Net::Host, "user")),
            limits: vec![Sourced::new(Limit::parse("pids=9").unwrap(), "user")],
            paths: vec![path("/a", Reach::ReadWrite), path("/b", Reach::ReadOnly)],
            ..Settings::default()
        };
        let project = Settings {
            net: Some(Sourced::new(Net::None, "p")),
            cwd: Some(Sourced::new(Reach::ReadOnly, "p")),
            limits: vec![Sourced::new(Limit::parse("pids=99").unwrap(), "p")],
            paths: vec![path("/a", Reach::ReadOnly), path("/c", Reach::Hidden)],
            ..Settings::default()
        };
        let both = narrowed(user.clone(), project).unwrap();
        assert_eq!(both.net.unwrap().value, Net::None);
        assert_eq!(both.cwd.unwrap().value, Reach::ReadOnly);
        assert_eq!(both.limits[0].value.most, 9);
        let reach = |wanted: &str| {
            let mut paths = both.paths.iter().map(|path| &path.value);
            paths
                .find(|path| path.path.to_str() == Some(wanted))
                .map(|path| (path.reach, path.stance))
        };
        assert_eq!(reach("/a"), Some((Reach::ReadOnly, Stance::Optional)));
        assert_eq!(reach("/b"), Some((Reach::ReadOnly, Stance::Optional)));
        assert_eq!(reach("/c"), Some((Reach::Hidden, Stance::Narrowing)));
        // What the user hides stays hidden.
        let project = Settings {
            paths: vec![path("/d", Reach::ReadOnly)],
            ..Settings::default()
        };
        let user = Settings {
            paths: vec![path("/d", Reach::Hidden)],
            ..Settings::default()
        };
        assert_eq!(narrowed(user.clone(), project).unwrap().paths, user.paths);
    }

    #[test]
    fn a_project_gives_nothing() {
        let gifts = [
            Settings {
                net: Some(Sourced::new(Net::Host, "p")),
                ..Settings::default()
            },
            Settings {
                paths: vec![path("/x", Reach::ReadWrite)],
                ..Settings::default()
            },
            Settings {
                home: Some(Sourced::new(Home::Directory("/h".into()), "p")),
                ..Settings::default()
            },
            Settings {
                allow_host_executed: Some(Sourced::new(true, "p")),
                ..Settings::default()
            },
            Settings {
                seccomp: vec![Sourced::new("-ptrace".into(), "p")],
                ..Settings::default()
            },
            Settings {
                seccomp: vec![Sourced::new("+bluetooth".into(), "p")],
                ..Settings::default()
            },
        ];
        for gift in gifts {
            let words = format!("{gift:?}");
            assert!(narrowed(Settings::default(), gift).is_err(), "{words}");
        }
    }
}

//! What was asked for: by a profile, or by options, or by all of them together.

use crate::amount::Limit;
use crate::setting::{Device, Home, Net, PathRule, Reach, Screen, Sourced, User};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be asked for. What is `None` or empty was not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What can be done with the directory that the command is started in.
    pub cwd: Option<Sourced<Reach>>,
    /// Paths. Of several that hold for a file the nearest wins.
    pub paths: Vec<Sourced<PathRule>>,
    /// Variables: a value, or the host's.
    pub environment: Vec<Sourced<Variable>>,
    /// The network.
    pub net: Option<Sourced<Net>>,
    /// The home directory.
    pub home: Option<Sourced<Home>>,
    /// Ways to show windows.
    pub screens: Vec<Sourced<Screen>>,
    /// Names on the session bus that can be talked to.
    pub bus_names: Vec<Sourced<String>>,
    /// Devices.
    pub devices: Vec<Sourced<Device>>,
    /// Limits.
    pub limits: Vec<Sourced<Limit>>,
    /// How long it may run.
    pub timeout: Option<Sourced<Duration>>,
    /// Where the command starts.
    pub workdir: Option<Sourced<PathBuf>>,
    /// Who it is inside.
    pub user: Option<Sourced<User>>,
    /// Whether it has a session of its own, without a controlling terminal.
    pub new_session: Option<Sourced<bool>>,
    /// The words of a rule set: a base and changes, or changes alone.
    pub seccomp: Vec<Sourced<String>>,
    /// Whether files that the host runs later can be written.
    pub allow_host_executed: Option<Sourced<bool>>,
    /// Whether denials are told at the end.
    pub report: Option<Sourced<bool>>,
    /// The files that this was read from: they cannot be written from inside.
    pub files: Vec<PathBuf>,
}

/// A variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: OsString,
    /// Its value; `None` is the host's.
    pub value: Option<OsString>,
}

impl Settings {
    /// Whether denials are told at the end.
    pub fn is_reported(&self) -> bool {
        self.report.as_ref().is_some_and(|asked| asked.value)
    }

    /// Whether windows are shown by X11.
    pub fn shows_x11(&self) -> bool {
        let mut screens = self.screens.iter();
        screens.any(|asked| asked.value == Screen::X11)
    }

    /// These settings, and over them what a later layer asks for: of single values the later wins, of
    /// paths and limits too where they are about the same; lists grow.
    pub fn overlaid(mut self, later: Self) -> Self {
        self.cwd = later.cwd.or(self.cwd);
        self.net = later.net.or(self.net);
        self.home = later.home.or(self.home);
        self.timeout = later.timeout.or(self.timeout);
        self.workdir = later.workdir.or(self.workdir);
        self.user = later.user.or(self.user);
        self.new_session = later.new_session.or(self.new_session);
        self.allow_host_executed = later.allow_host_executed.or(self.allow_host_executed);
        self.report = later.report.or(self.report);
        overlay(&mut self.paths, later.paths, |a, b| a.path == b.path);
        overlay(&mut self.environment, later.environment, |a, b| {
            a.name == b.name
        });
        overlay(&mut self.limits, later.limits, |a, b| {
            a.resource == b.resource
        });
        overlay(&mut self.screens, later.screens, PartialEq::eq);
        overlay(&mut self.bus_names, later.bus_names, PartialEq::eq);
        overlay(&mut self.devices, later.devices, PartialEq::eq);
        if later.seccomp.iter().any(|words| !is_change(&words.value)) {
            self.seccomp.clear();
        }
        self.seccomp.extend(later.seccomp);
        self.files.extend(later.files);
        self
    }
}

/// Whether the words of a rule set only change the one that was asked for before.
pub(crate) fn is_change(words: &str) -> bool {
    words.starts_with(['+', '-'])
}

/// The later ones replace earlier ones that are about the same thing.
fn overlay<T>(
    earlier: &mut Vec<Sourced<T>>,
    later: Vec<Sourced<T>>,
    is_same: impl Fn(&T, &T) -> bool,
) {
    earlier.retain(|old| !later.iter().any(|new| is_same(&old.value, &new.value)));
    earlier.extend(later);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Stance;

    fn path(path: &str, reach: Reach) -> Sourced<PathRule> {
        let (path, stance) = (path.into(), Stance::Required);
        Sourced::new(
            PathRule {
                path,
                reach,
                stance,
            },
            "test",
        )
    }

    #[test]
    fn the_later_wins() {
        let earlier = Settings {
            net: Some(Sourced::new(Net::Host, "a")),
            paths: vec![path("/a", Reach::ReadOnly), path("/b", Reach::ReadOnly)],
            seccomp: vec![Sourced::new("default".into(), "a")],
            ..Settings::default()
        };
        let later = Settings {
            net: Some(Sourced::new(Net::None, "b")),
            paths: vec![path("/a", Reach::ReadWrite)],
            seccomp: vec![Sourced::new("-ptrace".into(), "b")],
            ..Settings::default()
        };
        let both = earlier.clone().overlaid(later);
        assert_eq!(both.net, Some(Sourced::new(Net::None, "b")));
        let expected = [path("/b", Reach::ReadOnly), path("/a", Reach::ReadWrite)];
        assert_eq!(both.paths, expected);
        assert_eq!(both.seccomp.len(), 2);
        assert_eq!(earlier.clone().overlaid(Settings::default()), earlier);
        let base = Settings {
            seccomp: vec![Sourced::new("flatpak".into(), "c")],
            ..Settings::default()
        };
        assert_eq!(both.overlaid(base.clone()).seccomp, base.seccomp);
    }
}

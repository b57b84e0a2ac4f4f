//! Settings as rows: the key, the value in the words of a profile, and who asked for it.

use crate::amount::{Limit, Resource};
use crate::setting::{Home, Net, Screen, Sourced};
use crate::settings::Settings;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// One thing that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key of a profile.
    pub key: &'static str,
    /// The value in words; fit for a terminal.
    pub value: String,
    /// Who asked for it.
    pub origin: String,
}

impl Settings {
    /// Everything that was asked for, by key.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Rows(Vec::new());
        rows.each("cwd", &self.cwd, |reach| reach.word().to_owned());
        for path in &self.paths {
            let value = shown(path.value.path.as_os_str());
            rows.push(path.value.reach.word(), value, &path.origin);
        }
        rows.each("home", &self.home, |home| match home {
            Home::None => "none".to_owned(),
            Home::Private(name) => format!("private={name}"),
            Home::Directory(path) => shown(path.as_os_str()),
        });
        rows.each(
            "allow-host-executed",
            &self.allow_host_executed,
            bool::to_string,
        );
        rows.each("env", &self.environment, |variable| match &variable.value {
            Some(value) => format!("{}={}", shown(&variable.name), shown(value)),
            None => shown(&variable.name),
        });
        rows.each("workdir", &self.workdir, |path| shown(path.as_os_str()));
        rows.each("user", &self.user, |user| {
            format!("{}:{}", user.uid, user.gid)
        });
        rows.each("new-session", &self.new_session, bool::to_string);
        rows.each("net", &self.net, |net| match net {
            Net::None => "none".to_owned(),
            Net::Host => "host".to_owned(),
        });
        rows.each("display", &self.screens, |screen| match screen {
            Screen::Wayland => "wayland".to_owned(),
            Screen::X11 => "x11".to_owned(),
        });
        rows.each("dbus-talk", &self.bus_names, String::clone);
        rows.each("device", &self.devices, |device| device.word().to_owned());
        rows.each("seccomp", &self.seccomp, |words| shown(OsStr::new(words)));
        rows.each("limit", &self.limits, limit);
        rows.each("timeout", &self.timeout, duration);
        rows.each("report", &self.report, bool::to_string);
        rows.0
    }
}

struct Rows(Vec<Row>);

impl Rows {
    fn push(&mut self, key: &'static str, value: String, origin: &str) {
        let origin = origin.to_owned();
        self.0.push(Row { key, value, origin });
    }

    /// For a list, or for what is there at most once.
    fn each<'a, T: 'a>(
        &mut self,
        key: &'static str,
        asked: impl IntoIterator<Item = &'a Sourced<T>>,
        words: impl Fn(&T) -> String,
    ) {
        for asked in asked {
            self.push(key, words(&asked.value), &asked.origin);
        }
    }
}

fn shown(text: &OsStr) -> String {
    aril_sandbox::Escaped(text.as_bytes()).to_string()
}

fn limit(limit: &Limit) -> String {
    let unit = if limit.resource == Resource::Cpu {
        "%"
    } else {
        ""
    };
    format!("{}={}{unit}", limit.resource.word(), limit.most)
}

fn duration(time: &Duration) -> String {
    format!("{}ms", time.as_millis())
}

//! A profile becomes a unit's drop-in.

use super::draft::{Remark, Translation, Verdict};
use super::system_calls::refused_by;
use super::values::size_word;
use super::words::quoted;
use crate::amount::{Limit, Resource};
use crate::setting::{Device, Home, Net, PathRule, Reach, Sourced};
use crate::settings::Settings;
use aril_sandbox::Escaped;
use aril_seccomp::RuleSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What every sandbox has, in the keys of a unit.
const ALWAYS: &str = "\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=tmpfs
PrivateTmp=yes
PrivateUsers=yes
PrivateIPC=yes
PrivateMounts=yes
ProtectProc=invisible
ProtectHostname=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
RestrictSUIDSGID=yes
KeyringMode=private
SystemCallErrorNumber=EPERM
";

/// The 32-bit ABI beside the native one.
const COMPANION: &str = match cfg!(target_arch = "aarch64") {
    true => " arm",
    false => " x86",
};

/// Translates what a profile asks for to the text of a drop-in, `[Service]` with its keys. `home` is the
/// user's home directory, and `kept_homes` the directory of those that have a name.
pub fn to_unit(settings: &Settings, home: &Path, kept_homes: &Path) -> Translation {
    let mut unit = DropIn::default();
    unit.text += "[Service]\n";
    unit.text += ALWAYS;
    unit.system_calls(settings);
    unit.network(settings);
    unit.devices(settings);
    unit.home(settings, home, kept_homes);
    for rule in &settings.paths {
        unit.path(rule);
    }
    for asked in &settings.environment {
        let name = &asked.value.name;
        let set = |value: &OsStr| [name.as_bytes(), b"=", value.as_bytes()].concat();
        match &asked.value.value {
            Some(value) => unit.word("Environment", OsStr::from_bytes(&set(value)), asked),
            None => unit.word("PassEnvironment", name, asked),
        }
    }
    unit.amounts(settings);
    unit.rest(settings);
    unit.into_translation()
}

/// The drop-in in the making.
#[derive(Default)]
struct DropIn {
    text: String,
    remarks: Vec<Remark>,
}

impl DropIn {
    fn line(&mut self, key: &str, value: &str) {
        self.text += &format!("{key}={value}\n");
    }

    /// A value that is bytes on this side and text on the other.
    fn word<T>(&mut self, key: &str, value: &OsStr, asked: &Sourced<T>) {
        match value.to_str() {
            Some(text) => self.line(key, &quoted(text)),
            None => self.without(
                &format!("{key}={}", shown(value)),
                &asked.origin,
                "it is no text",
            ),
        }
    }

    fn without(&mut self, line: &str, origin: &str, reason: &str) {
        self.remarks.push(Remark {
            origin: origin.to_owned(),
            line: line.to_owned(),
            verdict: Verdict::NoEquivalent,
            reason: reason.to_owned(),
        });
    }

    fn system_calls(&mut self, settings: &Settings) {
        let words = crate::compose::seccomp_words(settings);
        let companion = if words.split(',').any(|word| word == "multiarch") {
            COMPANION
        } else {
            ""
        };
        self.line("SystemCallArchitectures", &format!("native{companion}"));
        match words.parse::<RuleSet>() {
            Ok(rules) => match refused_by(&rules).as_slice() {
                [] => (),
                refused => self.line("SystemCallFilter", &format!("~{}", refused.join(" "))),
            },
            Err(error) => self.without("seccomp", "the profile", &error.to_string()),
        }
        for asked in &settings.seccomp {
            let line = format!("seccomp = {}", shown(OsStr::new(&asked.value)));
            let why = "of the rules only those that are a group of systemd's are carried over";
            self.without(&line, &asked.origin, why);
        }
    }

    fn network(&mut self, settings: &Settings) {
        let net = settings.net.as_ref().map_or(Net::None, |net| net.value);
        let own = if net == Net::None { "yes" } else { "no" };
        self.line("PrivateNetwork", own);
    }

    /// `PrivateDevices` would hide the devices that were asked for.
    fn devices(&mut self, settings: &Settings) {
        if settings.devices.is_empty() {
            return self.line("PrivateDevices", "yes");
        }
        self.line("DevicePolicy", "closed");
        for asked in &settings.devices {
            let name = match asked.value {
                Device::Dri => "char-drm",
                Device::Kvm | Device::Fuse => asked.value.path(),
            };
            self.line("DeviceAllow", &format!("{name} rw"));
        }
    }

    fn home(&mut self, settings: &Settings, home: &Path, kept_homes: &Path) {
        let Some(asked) = &settings.home else { return };
        let source = match &asked.value {
            Home::None => return,
            Home::Private(name) => kept_homes.join(name),
            Home::Directory(path) => path.clone(),
        };
        match (source.to_str(), home.to_str()) {
            (Some(source), Some(home)) => {
                let colons = |path: &str| path.replace(':', "\\:");
                self.line(
                    "BindPaths",
                    &quoted(&format!("{}:{}", colons(source), colons(home))),
                );
            }
            _ => self.without("home", &asked.origin, "it is no text"),
        }
    }

    /// Binds show a path also where the home directories are hidden, and `-` passes over what is not there.
    fn path(&mut self, asked: &Sourced<PathRule>) {
        let PathRule { path, reach, .. } = &asked.value;
        let (key, prefix) = match reach {
            Reach::Hidden => ("InaccessiblePaths", "-"),
            Reach::Temporary => ("TemporaryFileSystem", ""),
            Reach::ReadOnly => ("BindReadOnlyPaths", "-"),
            Reach::ReadWrite => ("BindPaths", "-"),
        };
        match path.to_str() {
            Some(text) if !text.contains(':') => {
                self.line(key, &quoted(&format!("{prefix}{text}")))
            }
            _ => self.without(
                &format!("{} {}", reach.word(), shown(path.as_os_str())),
                &asked.origin,
                "a path that is no text, or has a colon",
            ),
        }
    }

    fn amounts(&mut self, settings: &Settings) {
        let mut limits = settings.limits.iter();
        if !limits.any(|limit| limit.value.resource == Resource::CoreSize) {
            self.line("LimitCORE", "0");
        }
        for asked in &settings.limits {
            let Limit { resource, most } = asked.value;
            let (key, value) = match resource {
                Resource::Memory => ("MemoryMax", size_word(most)),
                Resource::Pids => ("TasksMax", most.to_string()),
                Resource::Cpu => ("CPUQuota", format!("{most}%")),
                Resource::Files => ("LimitNOFILE", most.to_string()),
                Resource::FileSize => ("LimitFSIZE", size_word(most)),
                Resource::CoreSize => ("LimitCORE", size_word(most)),
            };
            self.line(key, &value);
        }
        if let Some(time) = &settings.timeout {
            self.line("RuntimeMaxSec", &format!("{}ms", time.value.as_millis()));
        }
        if let Some(path) = &settings.workdir {
            self.word("WorkingDirectory", path.value.as_os_str(), path);
        }
    }

    /// What a unit cannot say.
    fn rest(&mut self, settings: &Settings) {
        let guard = "files that the host runs later, as .git/hooks, are protected by no key";
        let kept = settings.rows().into_iter().filter_map(|row| {
            let why = match row.key {
                "cwd" => "a service has no current directory: name one by BindPaths",
                "user" => "a unit changes who the program is outside: User",
                "display" | "dbus-talk" => "sockets are given by BindPaths, without a filter",
                "report" => "systemd does not count what was refused",
                "allow-host-executed" if row.value == "false" => guard,
                _ => return None,
            };
            Some((format!("{} = {}", row.key, row.value), row.origin, why))
        });
        for (line, origin, why) in kept {
            self.without(&line, &origin, why);
        }
        let lifted = settings
            .allow_host_executed
            .as_ref()
            .is_some_and(|it| it.value);
        let writes = settings
            .paths
            .iter()
            .any(|rule| rule.value.reach == Reach::ReadWrite);
        if writes && !lifted && settings.allow_host_executed.is_none() {
            self.without(
                "allow-host-executed = false",
                "built-in profile default",
                guard,
            );
        }
    }

    fn into_translation(self) -> Translation {
        let Self { mut text, remarks } = self;
        if !remarks.is_empty() {
            text += "\n# Without an equivalent:\n";
        }
        for remark in &remarks {
            text += &format!("#   {remark}\n");
        }
        Translation { text, remarks }
    }
}

fn shown(text: &OsStr) -> String {
    Escaped(text.as_bytes()).to_string()
}

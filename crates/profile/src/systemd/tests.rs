//! Units as distributions write them, translated there and back.

use super::*;
use crate::document::{self, Document, Surroundings, Text};
use crate::facts::Facts;
use crate::files::HostFiles;
use crate::settings::Settings;
use std::path::Path;

/// In the shape of a web server's unit, with a drop-in.
const WEB: &str = r"
[Unit]
Description=A web server
[Service]
Type=forking
PIDFile=/run/web.pid
ExecStartPre=/usr/sbin/web -t -q
ExecStart=/usr/sbin/web -g 'daemon on;'
User=www-data
StateDirectory=web web/cache
LogsDirectory=web
RuntimeDirectory=%p
ReadWritePaths=-/srv/upload \
  /srv/share
ReadOnlyPaths=/etc/web
InaccessiblePaths=/srv/upload/private
BindReadOnlyPaths=/srv/www
BindPaths=/srv/data:/data
TemporaryFileSystem=/var/lib/web/tmp:ro,size=10M
PrivateTmp=true
ProtectSystem=full
ProtectHome=yes
NoNewPrivileges=no
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallFilter=@system-service
SystemCallFilter=~@mount @resources
MemoryMax=512M
TasksMax=64
CPUQuota=150%
LimitNOFILE=1024:4096
LimitFSIZE=infinity
RuntimeMaxSec=1h 30min
UMask=0027
WorkingDirectory=-/srv/www
Environment=A=1 'B=two words' C=%n
PassEnvironment=LANG
FooBar=1
[Install]
WantedBy=multi-user.target
";

const DROP_IN: &str = "[Service]\nReadWritePaths=\nReadWritePaths=/srv/other\nMemoryMax=1G\n";

fn unit(name: &str, texts: &[(&str, &str)]) -> Translation {
    let texts = texts.iter();
    let texts: Vec<UnitText<'_>> = texts.map(|&(name, text)| UnitText { name, text }).collect();
    let scope = Scope::System;
    let texts = &texts;
    from_unit(&Unit { name, scope, texts }).unwrap()
}

/// The profile is accepted, and this is what it says.
fn profile(text: &str) -> Settings {
    let facts = Facts {
        cwd: Some("/work".into()),
        ..Facts::of_u()
    };
    let surroundings = Surroundings {
        facts: &facts,
        files: &HostFiles,
        name: None,
    };
    let name = "translated";
    let parsed = document::parse(Text { name, text }, surroundings);
    let Document { settings, .. } = parsed.unwrap_or_else(|error| panic!("{error}\n{text}"));
    settings
}

/// Keys and values, without origins.
fn rows(settings: &Settings) -> Vec<(&'static str, String)> {
    let rows = settings.rows().into_iter();
    let mut rows: Vec<_> = rows.map(|row| (row.key, row.value)).collect();
    rows.sort();
    rows
}

#[test]
fn a_unit_with_a_drop_in() {
    let made = unit("web.service", &[("web.service", WEB), ("10.conf", DROP_IN)]);
    let expected = [
        ("cwd", "hide"),
        ("env", "A=1"),
        ("env", "B=two words"),
        ("env", "C=web.service"),
        ("env", "LANG"),
        ("hide", "/srv/upload/private"),
        ("home", "none"),
        ("limit", "cpu=150%"),
        ("limit", "files=4096"),
        ("limit", "memory=1073741824"),
        ("limit", "pids=64"),
        ("net", "host"),
        ("ro", "/etc/web"),
        ("ro", "/srv/www"),
        ("rw", "/run/web"),
        ("rw", "/srv/other"),
        ("rw", "/var/lib/web"),
        ("rw", "/var/lib/web/cache"),
        ("rw", "/var/log/web"),
        ("timeout", "5400000ms"),
        ("tmp", "/var/lib/web/tmp"),
        ("workdir", "/srv/www"),
    ];
    let expected = expected.map(|(key, value)| (key, value.to_owned()));
    assert_eq!(rows(&profile(&made.text)), expected);
    assert!(
        made.text
            .contains("\"/srv/other\", # 10.conf:3 ReadWritePaths")
    );
    assert!(
        made.text
            .contains("# It is for: /usr/sbin/web -g 'daemon on;'")
    );
}

#[test]
fn what_has_no_equivalent_is_named_and_what_is_so_anyway_too() {
    let made = unit("web.service", &[("web.service", WEB)]);
    let without: Vec<String> = made.without_equivalent().map(ToString::to_string).collect();
    for key in [
        "User=www-data",
        "BindPaths=/srv/data:/data",
        "TemporaryFileSystem=/var/lib/web/tmp:ro,size=10M",
        "NoNewPrivileges=no",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@mount @resources",
        "UMask=0027",
        "FooBar=1",
    ] {
        let named = without.iter().filter(|line| line.contains(key)).count();
        assert_eq!(named, 1, "{key}: {without:#?}");
        assert!(made.text.contains(key), "{key}");
    }
    assert_eq!(without.len(), 10, "{without:#?}");
    let resources = without.iter().find(|line| line.contains("~@mount"));
    assert!(resources.unwrap().ends_with("none refuses @resources"));
    let always = made
        .remarks
        .iter()
        .filter(|one| one.verdict == Verdict::Always);
    let always: Vec<&str> = always.map(|one| one.line.as_str()).collect();
    let expected = [
        "PrivateTmp=true",
        "ProtectSystem=full",
        "ProtectHome=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    ];
    assert_eq!(always, expected);
}

#[test]
fn one_amount_from_two_keys_and_a_base_before_its_changes() {
    let text = "[Service]\nMemoryMax=1G\nMemoryLimit=2G\nRestrictAddressFamilies=AF_CAN\n\
        SystemCallArchitectures=native x86\n";
    let settings = profile(&unit("a.service", &[("a.service", text)]).text);
    assert_eq!(settings.limits.len(), 1);
    let words: Vec<&str> = settings
        .seccomp
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    assert_eq!(words, ["default,multiarch", "+canbus"]);
}

#[test]
fn a_limit_of_nothing_is_one() {
    let text =
        "[Service]\nLimitDATA=0\nMemorySwapMax=0\nMemoryDenyWriteExecute=no\nLimitAS=infinity\n";
    let made = unit("a.service", &[("a.service", text)]);
    let lines: Vec<&str> = made.remarks.iter().map(|one| one.line.as_str()).collect();
    assert_eq!(lines, ["LimitDATA=0", "MemorySwapMax=0"]);
}

/// Each key of the table with a few values: the result is a profile, and a key that asks for something is
/// never lost in silence.
#[test]
fn no_key_is_lost() {
    let values = [
        "yes",
        "no",
        "/a -/b",
        "/a:/b",
        "x",
        "a=b",
        "10",
        "10%",
        "~@mount",
        "AF_UNIX",
        "\"",
        "%h/x",
        "%b",
        "{x}",
        "",
        "1h",
        "infinity",
        "native",
        "\u{1b}[31m",
        "a\rb",
        "~\u{1b} @mount",
        "\"/a\\x1b b\"",
        "\u{85}é",
    ];
    for key in UNIT_KEYS {
        for value in values {
            let text = format!("[Service]\n{}={value}\n", key.name);
            let made = unit("a.service", &[("a.service", &text)]);
            profile(&made.text);
            assert!(!made.text.contains(['\u{1b}', '\r']), "{text:?}");
            let says = made.text.contains(&format!("# a.service:2 {}", key.name));
            let changes_nothing =
                value.is_empty() || value == "infinity" || super::values::is_off(value);
            let is_unrelated = matches!(key.fate, super::table::Fate::Unrelated);
            let is_told = !made.remarks.is_empty() || says || changes_nothing;
            assert!(
                is_told || is_unrelated || key.name == "PrivateNetwork",
                "{text}{}",
                made.text
            );
        }
    }
}

#[test]
fn a_template_and_its_instance() {
    let text = "[Service]\nUser=postgres\nRuntimeDirectory=postgresql\n\
        ReadWritePaths=/var/lib/postgresql/%I /etc/%p/%i\nOOMScoreAdjust=-900\n\
        ProtectSystem=full\nWorkingDirectory=~\nPrivateNetwork=yes\n";
    let texts = &[("postgresql@.service", text)];
    let settings = profile(&unit("postgresql@15-main.service", texts).text);
    let rows = rows(&settings);
    for expected in [
        ("rw", "/var/lib/postgresql/15/main"),
        ("rw", "/etc/postgresql/15-main"),
        ("rw", "/run/postgresql"),
        ("workdir", "/root"),
        ("net", "none"),
    ] {
        let expected = (expected.0, expected.1.to_owned());
        assert!(rows.contains(&expected), "{expected:?} {rows:?}");
    }
    let template = unit("postgresql@.service", texts);
    let mut without = template.without_equivalent();
    assert!(without.any(|one| one.reason.contains("`%I`")));
}

#[test]
fn a_service_that_is_locked_up_already() {
    let text = "[Service]\n!\n";
    let texts = &[UnitText { name: "a", text }];
    let scope = Scope::System;
    assert!(
        from_unit(&Unit {
            name: "a",
            scope,
            texts
        })
        .is_err()
    );
    let text = "[Service]\nAmbientCapabilities=\nCapabilityBoundingSet=\nLockPersonality=yes\n\
        MemoryDenyWriteExecute=no\nNoNewPrivileges=yes\nPrivateDevices=yes\nPrivateTmp=disconnected\n\
        ProtectClock=yes\nProtectControlGroups=strict\nProtectHome=yes\nProtectKernelLogs=yes\n\
        ProtectKernelModules=yes\nProtectKernelTunables=yes\nProtectProc=invisible\n\
        ProtectSystem=strict\nRestrictNamespaces=yes\nRestrictAddressFamilies=AF_UNIX\n\
        RuntimeDirectoryPreserve=yes\nSystemCallArchitectures=native\nPrivateIPC=yes\n\
        SystemCallFilter=~@clock @debug @module @mount @raw-io @reboot @swap bpf\n\
        Type=notify\nRestart=always\n";
    let made = unit("a.service", &[("a.service", text)]);
    let without: Vec<&Remark> = made.without_equivalent().collect();
    assert!(without.is_empty(), "{without:#?}");
    assert!(made.text.contains("net = \"none\""));
}

#[test]
fn a_profile_there_and_back() {
    let text = "net = \"none\"\nhome = \"none\"\nro = [\"/etc/ssl/x y\", \"/data\"]\nrw = [\"/srv/100%\"]\n\
        hide = \"/srv/100%/key\"\ntmp = \"/opt/x\"\nworkdir = \"/srv\"\ntimeout = \"90s\"\n\
        env = [\"A=b c\\\"d\\\\\", \"LANG\"]\ndevice = [\"dri\", \"kvm\"]\n\
        limit = { memory = \"1G\", pids = 9, cpu = \"50%\", files = 7, file-size = \"3M\", core-size = \"1M\" }\n";
    let first = profile(text);
    let unit_text = to_unit(&first, Path::new("/home/u"), Path::new("/kept")).text;
    let back = unit("a.service", &[("a.service", &unit_text)]);
    let mut expected = rows(&first);
    expected.push(("cwd", "hide".to_owned()));
    expected.sort();
    assert_eq!(rows(&profile(&back.text)), expected, "{unit_text}");
    // All that the drop-in has on top is what every sandbox has.
    let without: Vec<&Remark> = back.without_equivalent().collect();
    let keys: Vec<&str> = without.iter().map(|one| one.line.as_str()).collect();
    assert_eq!(keys, ["SystemCallErrorNumber=EPERM"]);
}

#[test]
fn what_of_a_profile_no_unit_can_say() {
    let text = "cwd = \"rw\"\nuser = \"root\"\ndisplay = \"x11\"\ndbus-talk = \"a.b\"\nreport = true\n\
        rw = \"/srv\"\nseccomp = \"-ptrace\"\nhome = \"private=a\"\n";
    let made = to_unit(&profile(text), Path::new("/home/u"), Path::new("/kept"));
    let lines: Vec<&str> = made.remarks.iter().map(|one| one.line.as_str()).collect();
    let expected = [
        "seccomp = -ptrace",
        "cwd = rw",
        "user = 0:0",
        "display = x11",
        "dbus-talk = a.b",
        "report = true",
        "allow-host-executed = false",
    ];
    assert_eq!(lines, expected);
    assert!(made.text.contains("BindPaths=/kept/a:/home/u\n"));
    assert!(!made.text.contains("@debug"), "ptrace is allowed");
}

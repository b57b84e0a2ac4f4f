//! Installed applications: `aril run` beside `flatpak run`, and beside the bare sandbox.

use super::{About, Found};
use crate::application::{Application, ID};
use crate::calls::Rates;
use crate::error::{Error, failed};
use crate::job::Job;
use crate::report::{Bound, Finding};
use crate::run::{Given, Rounds, Turn, Words, take_turns, time};
use crate::unit::Unit;
use std::path::Path;

const ALONE: &str = "`aril run` of an installed application whose command is `true`, without a bus, against `flatpak run`";
const WITH_BUS: &str = "the same with a session bus and its proxy, against `flatpak run`";
const BARE: &str = "`aril run` of it, against our bare `bwrap` with the same tree";
const RATES: [(&str, &str, f64); 3] = [
    (
        "getppid",
        "getppid per second in an application, against none",
        0.97,
    ),
    (
        "openat",
        "openat and close per second in an application, against none",
        0.95,
    ),
    (
        "ioctl",
        "ioctl per second in an application, against none",
        0.90,
    ),
];

/// The same against the least that any filter costs: a program of one instruction, which allows all.
const LEAST_RATES: [(&str, &str, f64); 3] = [
    (
        "getppid-least",
        "getppid per second in an application, against a filter that allows every call",
        0.97,
    ),
    (
        "openat-least",
        "openat and close per second in an application, against a filter that allows every call",
        0.95,
    ),
    (
        "ioctl-least",
        "ioctl per second in an application, against a filter that allows every call",
        0.90,
    ),
];
/// `BPF_RET | BPF_K` with `SECCOMP_RET_ALLOW`.
const ALLOW: [u8; 8] = [0x06, 0, 0, 0, 0, 0, 0xff, 0x7f];

/// What a bare sandbox has of an application's tree, beside its directories.
const BARE_TREE: &str = "--unshare-all --symlink usr/bin /bin --symlink usr/sbin /sbin \
    --symlink usr/lib /lib --symlink usr/lib64 /lib64 --proc /proc --dev /dev \
    --ro-bind /sys/block /sys/block --ro-bind /sys/bus /sys/bus --ro-bind /sys/class /sys/class \
    --ro-bind /sys/dev /sys/dev --ro-bind /sys/devices /sys/devices \
    --ro-bind /etc/passwd /etc/passwd --ro-bind /etc/group /etc/group \
    --ro-bind /etc/machine-id /etc/machine-id --ro-bind /etc/resolv.conf /etc/resolv.conf \
    --ro-bind /etc/hosts /etc/hosts --ro-bind /etc/ld.so.cache /etc/ld.so.cache \
    --ro-bind /usr/share/fonts /run/host/fonts --ro-bind /usr/share/icons /run/host/share/icons \
    --ro-bind /etc/os-release /run/host/os-release --ro-bind /etc/hostname /.flatpak-info";

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    if let Some(why) = missing(job) {
        found.add("applications", ALONE, Finding::Skipped { why });
        return Ok(());
    }
    let application = Application::install()?;
    let rounds = Rounds {
        warm_up: 5,
        counted: job.runs,
    };
    against_flatpak(job, &application, about("run", ALONE, 0.20), found)?;
    let ours = application.words(&["run", ID]);
    let bare = bare(&application);
    let mut turns = [turn(&job.aril, &ours), turn(&job.ours, &bare)];
    let series = take_turns("run-bare", rounds, &mut turns)?;
    found.compare(about("run-bare", BARE, 1.5), [&series[0], &series[1]])?;
    rates(job, &application, found)?;
    let application = application.with_buses()?;
    against_flatpak(job, &application, about("run-bus", WITH_BUS, 0.35), found)
}

fn about(name: &'static str, work: &'static str, most: f64) -> About<'static> {
    About {
        name,
        work,
        unit: Unit::Seconds,
        required: Bound::AtMost(most),
    }
}

/// A program without which this cannot be measured.
fn missing(job: &Job) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<_> = std::env::split_paths(&path).collect();
    let is_missing = |name: &&str| !places.iter().any(|place| place.join(name).exists());
    let needed = [
        "flatpak",
        "dbus-run-session",
        "dbus-daemon",
        "xdg-dbus-proxy",
    ];
    let absent = needed.into_iter().find(is_missing);
    let absent = absent.or((!job.aril.exists()).then_some("aril"));
    absent.map(|name| format!("{name} is not there"))
}

fn turn<'a>(program: &'a Path, words: &'a Words) -> Turn<'a> {
    Box::new(move || time(program, words))
}

fn against_flatpak(
    job: &Job,
    application: &Application,
    about: About<'_>,
    found: &mut Found,
) -> Result<(), Error> {
    let words = application.words(&["run", ID]);
    let rounds = Rounds {
        warm_up: 5,
        counted: job.runs,
    };
    let mut turns = [turn(&job.aril, &words), turn(Path::new("flatpak"), &words)];
    let series = take_turns(about.name, rounds, &mut turns)?;
    found.compare(about, [&series[0], &series[1]])
}

/// The same tree by words of `bwrap`.
fn bare(application: &Application) -> Words {
    let mut words = Words::new(BARE_TREE);
    let data = application.at("home/.var/app").join(ID);
    let runtime = application.at("runtime/files");
    let app = application.at("app/files");
    for (option, source, target) in [
        ("--ro-bind", runtime.as_os_str(), "/usr".as_ref()),
        ("--ro-bind", app.as_os_str(), "/app".as_ref()),
        ("--bind", data.as_os_str(), data.as_os_str()),
    ] {
        words
            .direct
            .extend([option.as_ref(), source, target].map(Into::into));
    }
    words
}

/// Calls per second, in turns inside and outside.
fn rates(job: &Job, application: &Application, found: &mut Found) -> Result<(), Error> {
    let inside = application.words(&["run", "--command=measure", ID, "calls"]);
    let outside = application.words(&["calls"]);
    let own = application.at("app/files/bin/measure");
    let filtered = filtered(application, &own)?;
    let mut series: [[Vec<f64>; 3]; 3] = Default::default();
    for _ in 0..job.fewer_runs(10) {
        let turns = [
            (0, &job.aril, &inside),
            (1, &own, &outside),
            (2, &job.ours, &filtered),
        ];
        for (side, program, words) in turns {
            let rates = counted(program, words)?;
            let each = [rates.getppid, rates.openat, rates.ioctl];
            for (kind, rate) in series.iter_mut().zip(each) {
                kind[side].push(rate);
            }
        }
    }
    for (rows, other) in [(RATES, 1), (LEAST_RATES, 2)] {
        for ((name, work, least), kind) in rows.into_iter().zip(&series) {
            let about = About {
                name,
                work,
                unit: Unit::PerSecond,
                required: Bound::AtLeast(least),
            };
            found.compare(about, [&kind[0], &kind[other]])?;
        }
    }
    Ok(())
}

/// The counting program on the host's own tree, with the filter that allows all.
fn filtered(application: &Application, own: &Path) -> Result<Words, Error> {
    let filter = application.at("filter");
    std::fs::write(&filter, ALLOW).map_err(failed("write a filter"))?;
    Ok(Words {
        direct: ["--dev-bind", "/", "/"].map(Into::into).into(),
        files: vec![Given::new("--seccomp", filter)],
        payload: vec![own.into(), "calls".into()],
        ..Words::default()
    })
}

fn counted(program: &Path, words: &Words) -> Result<Rates, Error> {
    let action = || format!("count system calls with {}", program.display());
    let (mut command, _files) = words.command(program)?;
    command.stdout(std::process::Stdio::piped());
    let output = command.output().map_err(failed(action()))?;
    serde_json::from_slice(&output.stdout).map_err(failed(action()))
}

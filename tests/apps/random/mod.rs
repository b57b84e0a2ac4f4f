//! Applications with metadata, overrides, options and sessions as chance has them, run by both.
//!
//! `ARIL_SEED` says with which of them to begin (1), `ARIL_CASES` how many there are (60).

mod draw;
mod home;
mod sample;

use crate::case::{Case, Runner};
use crate::compare::{self, Observation};
use crate::fixture::SMALL;
use sample::Sample;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

/// How many applications are run at one time.
const THREADS: usize = 4;

/// Looks at these, in the order of the arguments.
const REACH: &str = include_str!("reach.sh");

/// Below the user's directories.
const OWN: &[&str] = &[
    "home",
    "home/shared",
    "home/shared/deep",
    "home/shared/deep/er",
    "home/readonly",
    "home/Documents",
    "home/Documents/sub",
    "home/Pictures",
    "home/.config",
    "home/.config/other",
    "home/.config/kept",
    "home/with space",
    "home/back\\slash",
    "home/co:lon",
    "home/.local/share",
    "home/.local/share/x",
    "home/.local/share/flatpak",
    "home/.cache",
    "home/.cache/y",
    "home/.var/app",
    "home/.var/app/org.other.App",
    "home/.var/app/org.aril.test.Small",
    "home/.var/app/org.aril.test.Small/config/other",
    "home/.var/app/org.aril.test.Small/data/x",
    "home/.var/app/org.aril.test.Small/cache/y",
    "home/made",
    "home/made/more",
    "home/absent",
    "home/a-file",
    "home/link",
    "home/link/er",
    "home/link-out",
    "home/link-out/in",
    "home/dangling",
    "home/link-up",
    "home/deep",
    "home/deep/er",
    "home/.old",
    "home/new",
    "elsewhere",
    "elsewhere/in",
    "way",
    "way/in",
    "run",
    "run/thing",
    "run/file",
    "run/absent",
    "state",
];

/// Of the host.
const HOST: &[&str] = &[
    "/opt",
    "/srv",
    "/media",
    "/mnt",
    "/home",
    "/root",
    "/tmp",
    "/var/tmp",
    "/var/lib",
    "/var/cache",
    "/var/config",
    "/var/data",
    "/run/media",
    "/usr/share",
    "/run/host",
    "/run/host/usr",
    "/run/host/etc",
    "/nowhere",
    "/boot",
    "/run/flatpak/ssh-auth",
    "/run/flatpak/pulse/native",
    "/run/flatpak/pulse/config",
    "/run/pcscd/pcscd.comm",
    "/var/run/cups/cups.sock",
    "/run/cups/cups.sock",
    "/run/flatpak/Xauthority",
    "/run/flatpak/wayland-0",
    "/tmp/.X11-unix",
    "/dev/shm",
    "/dev/kvm",
    "/dev/dri",
    "/dev/snd",
    "/dev/fuse",
];

#[test]
fn chance_finds_no_difference() {
    aril_tests::skip::report("chance_finds_no_difference", || {
        // Made before the threads ask for it.
        crate::fixture::workshop();
        let first = number("ARIL_SEED", 1);
        let seeds = Mutex::new(first..first + number("ARIL_CASES", 60));
        let found: Mutex<BTreeMap<String, BTreeSet<u64>>> = Mutex::default();
        let next = || seeds.lock().expect("a lock").next();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    while let Some(seed) = next() {
                        for words in differences(seed) {
                            let mut found = found.lock().expect("a lock");
                            found.entry(words).or_default().insert(seed);
                        }
                    }
                });
            }
        });
        let found = found.into_inner().expect("a lock");
        assert!(
            found.is_empty(),
            "differences, and by which seeds: {found:#?}"
        );
    });
}

/// What differs where the application is this one.
fn differences(seed: u64) -> Vec<String> {
    let sample = Sample::draw(seed);
    let [theirs, ours] = [Runner::Flatpak, Runner::Aril].map(|it| observe(it, &sample));
    let parted = ours["status"] != theirs["status"];
    let mut words = compare::unlisted(&ours, &theirs);
    // Of what one of them has refused there is nothing else to tell.
    words.retain(|words| !parted || words.starts_with("status"));
    words
}

fn number(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Runs it for a user who has it just so.
fn observe(runner: Runner, sample: &Sample) -> Observation {
    let case = Case::new();
    home::furnish(&case, sample);
    let place = case.place().to_str().expect("text");
    let own = OWN.iter().map(|name| format!("{place}/{name}"));
    let user = rustix::process::getuid().as_raw();
    let inside = ["thing", "file", "wayland-0"].map(|name| format!("/run/user/{user}/{name}"));
    let paths = own
        .chain(inside)
        .chain(HOST.iter().map(|path| (*path).to_owned()));
    let script = format!(
        "{{ {}\n}}\n{{ {REACH}\n}}\necho FACTS\n/app/bin/probe\nexit {}\n",
        compare::LOOK,
        sample.status
    );
    let mut words: Vec<String> = sample
        .options
        .iter()
        .map(|option| case.here(option))
        .collect();
    if runner == Runner::Aril {
        words.insert(0, "--env-from-host".to_owned());
        words.retain(|word| word != "--clear-env");
    }
    words.extend([SMALL.to_owned(), "-c".to_owned(), script, "sh".to_owned()]);
    words.extend(paths);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let environment = sample.environment.iter();
    let run = environment.fold(case.run(runner, &words), |run, (name, value)| {
        run.env(name, &case.here(value))
    });
    let done = run.finish();
    let mut found = compare::of_all(&case, &done.stdout);
    let status = match found.is_empty() {
        true => format!("refused{}", words_of(&case, &done.stderr)),
        false => format!("{:?}", done.status),
    };
    if std::env::var_os("ARIL_TELL").is_some() {
        eprintln!("{runner:?} {sample:#?} {:?}: {}", done.status, done.stderr);
    }
    found.insert("status".to_owned(), status);
    // How many processes there were before says nothing.
    found.remove("process id");
    // Of what is not kept flatpak makes the directories too.
    if !sample.options.iter().any(|option| option == "--sandbox") {
        on_host(case.place(), case.place(), &mut found);
    }
    found
}

/// Why one is refused is said in words of our own: they are told where the other is not.
fn words_of(case: &Case, stderr: &str) -> String {
    match std::env::var_os("ARIL_WHY") {
        Some(_) => stderr.replace(case.place().to_str().expect("text"), "CASE"),
        None => String::new(),
    }
}

/// Where each of the two keeps what is its own.
const OWN_AFFAIRS: &[&str] = &[
    "etc",
    "home/.cache",
    "installation/.changed",
    "installation/app",
    "installation/repo",
    "installation/runtime",
    "run/.dbus-proxy",
    "run/.flatpak",
    "run/app",
    "run/aril",
    "run/dconf",
    "system",
];

/// What there is afterwards in the user's directories.
fn on_host(directory: &Path, place: &Path, found: &mut Observation) {
    for entry in fs::read_dir(directory).expect("list a directory") {
        let entry = entry.expect("an entry");
        let path = entry.path();
        let name = path
            .strip_prefix(place)
            .expect("below it")
            .to_str()
            .expect("text")
            .to_owned();
        if OWN_AFFAIRS.contains(&name.as_str()) || name.contains("/.ld.so/") {
            continue;
        }
        let kind = entry.file_type().expect("a kind");
        let kind = match (kind.is_dir(), kind.is_symlink()) {
            (true, _) => "directory",
            (_, true) => "link",
            _ => "no directory",
        };
        found.insert(format!("afterwards {name}"), kind.to_owned());
        if kind == "directory" {
            on_host(&path, place, found);
        }
    }
}

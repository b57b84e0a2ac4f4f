//! `aril exec`, beside the bare sandbox with the same tree.

use super::{About, Found};
use crate::error::{Error, failed};
use crate::job::Job;
use crate::report::{Bound, Finding};
use crate::run::{Given, Rounds, Turn, Words, take_turns, time};
use crate::scratch::Scratch;
use crate::unit::Unit;
use aril_seccomp::{Arch, RuleSet, compile};
use serde::Deserialize;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const WORK: &str = "`aril exec` of `true`, against our bare `bwrap` with the same tree, namespaces \
    and rules for system calls";

/// What `aril exec` has beside its tree, in words of `bwrap`.
const BARE: &str = "--unshare-all --unshare-user --disable-userns --hostname aril --die-with-parent \
    --clearenv --setenv PATH /usr/bin:/bin";

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    if !job.aril.exists() {
        let why = format!("{} is not there", job.aril.display());
        found.add("exec", WORK, Finding::Skipped { why });
        return Ok(());
    }
    let scratch = Scratch::new()?;
    let directory = scratch.path().join("project");
    fs::create_dir(&directory).map_err(failed("make a directory"))?;
    let runtime = Scratch::of_session(scratch.path())?;
    let ours = Words {
        environment: vec![("XDG_RUNTIME_DIR", runtime.path().into())],
        direct: ["exec", "true"].map(OsString::from).into(),
        directory: Some(directory),
        ..Words::default()
    };
    let bare = bare(&job.aril, &ours, scratch.path())?;
    let turn = |program, words| -> Turn<'_> { Box::new(move || time(program, words)) };
    let mut turns = [turn(&job.aril, &ours), turn(&job.ours, &bare)];
    let rounds = Rounds {
        warm_up: 5,
        counted: job.runs,
    };
    let series = take_turns("exec", rounds, &mut turns)?;
    let about = About {
        name: "exec",
        work: WORK,
        unit: Unit::Seconds,
        required: Bound::AtMost(1.3),
    };
    found.compare(about, [&series[0], &series[1]])
}

/// What `aril explain --json` tells of a sandbox, as far as it is wanted here.
#[derive(Deserialize)]
struct Explained {
    mounts: Mount,
}

#[derive(Deserialize)]
struct Mount {
    path: String,
    kind: String,
    access: Option<String>,
    source: Option<String>,
    children: Vec<Mount>,
}

/// The same sandbox by words of `bwrap`.
fn bare(aril: &Path, exec: &Words, place: &Path) -> Result<Words, Error> {
    let mut words = Words {
        directory: exec.directory.clone(),
        ..Words::new(BARE)
    };
    add(&explained(aril, exec)?.mounts, &mut words, place)?;
    words.files.push(Given {
        // Behind everything that is made in the root.
        behind: ["--remount-ro", "/"].map(OsString::from).into(),
        ..Given::new("--seccomp", filter(place.join("filter"))?)
    });
    words.payload = vec!["true".into()];
    Ok(words)
}

fn explained(aril: &Path, exec: &Words) -> Result<Explained, Error> {
    let mut explain = exec.clone();
    explain.direct = ["explain", "--json", "exec", "true"]
        .map(OsString::from)
        .into();
    let (mut command, _files) = explain.command(aril)?;
    let output = command.stdout(Stdio::piped()).output();
    let output = output.map_err(failed("run aril explain"))?;
    serde_json::from_slice(&output.stdout).map_err(failed("read what aril explains"))
}

fn add(mount: &Mount, words: &mut Words, place: &Path) -> Result<(), Error> {
    let (path, source) = (mount.path.as_str(), mount.source.as_deref().unwrap_or(""));
    let of_tree: &[&str] = match (mount.kind.as_str(), mount.access.as_deref()) {
        _ if path == "/" => &[],
        ("symlink", _) => &["--symlink", source, path],
        ("proc", _) => &["--proc", path],
        ("dev", _) => &["--dev", path],
        ("tmpfs", _) => &["--size", "4294967296", "--tmpfs", path],
        ("bind", Some("read-write")) => &["--bind", source, path],
        ("bind", _) => &["--ro-bind-try", source, path],
        ("file", _) => {
            // In a filesystem of the kernel's own nothing is made: it is covered.
            let option = if path.starts_with("/proc/") {
                "--ro-bind-data"
            } else {
                "--file"
            };
            let written = place.join(format!("file-{}", words.files.len()));
            fs::write(&written, [b'x'; 80]).map_err(failed("write a file"))?;
            let behind = vec![path.into()];
            words.files.push(Given {
                behind,
                ..Given::new(option, written)
            });
            &[]
        }
        _ => &[],
    };
    words.direct.extend(of_tree.iter().map(OsString::from));
    for child in &mount.children {
        add(child, words, place)?;
    }
    if mount.kind == "dev" {
        let sealed = ["--remount-ro", path].map(OsString::from);
        words.direct.extend(sealed);
    }
    Ok(())
}

/// Writes the default filter to a file.
fn filter(path: PathBuf) -> Result<PathBuf, Error> {
    let action = "make the filter";
    let native = Arch::native().ok_or_else(|| Error::new(action, "no rules for this machine"))?;
    let rules: RuleSet = "default".parse().map_err(failed(action))?;
    let program = compile(&rules.policy(native)).map_err(failed(action))?;
    fs::write(&path, program.to_bytes()).map_err(failed(action))?;
    Ok(path)
}

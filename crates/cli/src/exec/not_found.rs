//! A command that is there outside and not inside: people keep programs in their home directories.

use aril_profile::{Facts, Settings};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The longest first line of a script that the kernel reads (`BINPRM_BUF_SIZE`, Linux 5.1).
const LONGEST: u64 = 256;

/// What would help, if it is known.
pub fn hint(command: &OsStr, settings: &Settings, facts: &Facts) -> Option<String> {
    let program = outside(command, settings, facts)?;
    let is_shown = facts
        .cwd
        .as_ref()
        .is_some_and(|cwd| program.starts_with(cwd));
    // A script is not found either where what runs it is not.
    let program = match is_shown {
        true => interpreter(&program)?,
        false => program,
    };
    let directory = program.parent()?;
    let (program, directory) = (aril_flatpak::shown_path(&program), directory.to_str()?);
    let directory = crate::report::quoted(directory);
    Some(format!("{program} is hidden: --ro {directory} shows it"))
}

/// Where the host finds it. A `PATH` that was given for the sandbox is not the host's.
fn outside(command: &OsStr, settings: &Settings, facts: &Facts) -> Option<PathBuf> {
    if command.as_bytes().contains(&b'/') {
        let path = facts.cwd.as_deref().unwrap_or(Path::new("/")).join(command);
        return is_program(&path).then_some(path);
    }
    let mut variables = settings.environment.iter();
    if variables.any(|variable| variable.value.name == "PATH") {
        return None;
    }
    let mut directories = std::env::split_paths(facts.variable("PATH")?);
    directories.find_map(|directory| {
        let path = directory.join(command);
        (directory.is_absolute() && is_program(&path)).then_some(path)
    })
}

fn is_program(path: &Path) -> bool {
    let found = path.metadata();
    found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// The program after `#!`, if it is there.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut head = Vec::new();
    File::open(script)
        .ok()?
        .take(LONGEST)
        .read_to_end(&mut head)
        .ok()?;
    let line = head
        .strip_prefix(b"#!")?
        .split(|&byte| byte == b'\n')
        .next()?;
    let word = line
        .trim_ascii()
        .split(|byte| b" \t".contains(byte))
        .next()?;
    let path = PathBuf::from(OsStr::from_bytes(word));
    (path.is_absolute() && is_program(&path)).then_some(path)
}

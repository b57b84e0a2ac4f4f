//! Running the real flatpak, and comparing what it writes.

use aril_flatpak::keyfile::KeyFile;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// Runs flatpak with a home of its own; `None` where it is not installed.
pub(crate) fn flatpak(home: &Path, args: &[&str]) -> Option<Output> {
    output(home, Command::new("flatpak").args(args))
}

/// The same with a system bus of its own, without which an ordinary user cannot install:
/// flatpak asks there for parental controls.
#[allow(dead_code, reason = "not every test installs")]
pub(crate) fn flatpak_with_bus(home: &Path, args: &[&str]) -> Option<Output> {
    let script = "DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec flatpak \"$@\"";
    let mut command = Command::new("dbus-run-session");
    output(
        home,
        command.args(["--", "sh", "-c", script, "sh"]).args(args),
    )
}

fn output(home: &Path, command: &mut Command) -> Option<Output> {
    command
        .env("HOME", home)
        .env("FLATPAK_USER_DIR", home.join("flatpak"));
    command
        .env("XDG_DATA_HOME", home.join("data"))
        .env("LC_ALL", "C");
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            let program = Path::new(command.get_program());
            eprintln!("skipped: {} cannot be run: {error}", program.display());
            None
        }
    }
}

/// Key files as sets: flatpak writes its lists in the order of a hash table.
pub(crate) fn as_sets(file: &KeyFile) -> BTreeMap<(String, String), Vec<String>> {
    let mut sets = BTreeMap::new();
    for group in file.groups() {
        for key in group.keys() {
            let listed = group.name() == "Context" || group.name().starts_with("Policy ");
            let mut items = match listed {
                true => group.list(key).unwrap().unwrap(),
                false => vec![group.string(key).unwrap().unwrap()],
            };
            items.sort();
            sets.insert((group.name().to_owned(), key.to_owned()), items);
        }
    }
    sets
}

//! The options that change permissions, for every command that has them: flatpak's own words.
//!
//! They are kept in the order of the command line, since a later one overrides an earlier one.

use crate::error::RunError;
use aril_flatpak::permissions::{Change, Context, Origin, options};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// A block of variables is a page or two; what is larger is a mistake.
const LONGEST: u64 = 4 << 20;

/// What the options of one command line say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionOptions {
    /// Name without dashes, and value.
    words: Vec<(&'static str, String)>,
}

/// Name, name of the value, and help.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("share", "SHARE", "Share with the host: network, ipc"),
    ("unshare", "SHARE", "Do not share"),
    ("share-if", "SHARE:CONDITION", "Share under a condition, such as has-wayland or !has-wayland"),
    ("socket", "SOCKET", "Give a socket: x11, wayland, fallback-x11, pulseaudio, session-bus, system-bus, ssh-auth, pcsc, cups, gpg-agent"),
    ("nosocket", "SOCKET", "Do not give a socket"),
    ("socket-if", "SOCKET:CONDITION", "Give a socket under a condition"),
    ("device", "DEVICE", "Give devices: dri, input, usb, kvm, shm, all"),
    ("nodevice", "DEVICE", "Do not give devices"),
    ("device-if", "DEVICE:CONDITION", "Give devices under a condition"),
    ("allow", "FEATURE", "Allow a feature: devel, multiarch, bluetooth, canbus, per-app-dev-shm"),
    ("disallow", "FEATURE", "Do not allow a feature"),
    ("allow-if", "FEATURE:CONDITION", "Allow a feature under a condition"),
    ("filesystem", "PLACE[:ro|:rw|:create]", "Give a place: host, host-os, host-etc, home, xdg-*[/PATH], ~/PATH, /PATH"),
    ("nofilesystem", "PLACE", "Do not give a place; host:reset takes all of them"),
    ("persist", "PATH", "Keep a path of the home directory in the application's own directory"),
    ("env", "NAME=VALUE", "Set a variable"),
    ("env-fd", "FD", "Set the variables read from a descriptor, as `env -0` writes them"),
    ("unset-env", "NAME", "Remove a variable"),
    ("own-name", "NAME", "Let it own a name on the session bus"),
    ("talk-name", "NAME", "Let it talk to a name on the session bus"),
    ("no-talk-name", "NAME", "Do not let it talk to a name on the session bus"),
    ("system-own-name", "NAME", "Let it own a name on the system bus"),
    ("system-talk-name", "NAME", "Let it talk to a name on the system bus"),
    ("system-no-talk-name", "NAME", "Do not let it talk to a name on the system bus"),
    ("a11y-own-name", "NAME", "Let it own a name on the accessibility bus"),
    ("add-policy", "SUBSYSTEM.KEY=VALUE", "Add to a policy that a service of the host reads"),
    ("remove-policy", "SUBSYSTEM.KEY=VALUE", "Take from such a policy"),
    ("usb", "QUERY", "Let the portal list USB devices: all, cls:CC:SS, vnd:VVVV[+dev:PPPP]"),
    ("nousb", "QUERY", "Hide USB devices from the portal's list"),
    ("usb-list", "LIST", "Several queries, separated by `;`, a `!` before those to hide"),
    ("usb-list-file", "FILE", "The same from a file"),
];

impl PermissionOptions {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The changes, in the order of the command line. Reads what `--env-fd` and `--usb-list-file`
    /// name.
    pub fn changes(&self) -> Result<Vec<Change>, RunError> {
        let mut changes = Vec::new();
        for (name, value) in &self.words {
            let parsed = match *name {
                "env-fd" => options::env_block(&read_descriptor(value)?),
                "usb-list-file" => options::usb_list(&read_list(Path::new(value))?),
                name => options::parse(name, value),
            };
            changes.extend(parsed.map_err(RunError::new)?);
        }
        Ok(changes)
    }

    /// The changes as the layer of the command line.
    pub fn context(&self) -> Result<Context, RunError> {
        let mut context = Context::default();
        for change in self.changes()? {
            context.apply(change, &Origin::COMMAND_LINE);
        }
        Ok(context)
    }
}

/// The descriptor stays open: it is the caller's.
fn read_descriptor(text: &str) -> Result<Vec<u8>, RunError> {
    let refuse = |why: String| RunError::new(format_args!("read variables, on --env-fd: {why}"));
    let number = text.parse::<u32>();
    let number = number.map_err(|_| refuse("not the number of a descriptor".to_owned()))?;
    if number < 3 {
        return Err(refuse("a standard stream".to_owned()));
    }
    let path = format!("/proc/self/fd/{number}");
    let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refuse(error.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(refuse("more than four megabytes".to_owned()));
    }
    Ok(bytes)
}

fn read_list(path: &Path) -> Result<String, RunError> {
    fs::read_to_string(path).map_err(|error| RunError::on("read usb queries", path, error))
}

impl Args for PermissionOptions {
    fn augment_args(command: Command) -> Command {
        ROWS.iter().fold(command, |command, &(name, value, help)| {
            let arg = Arg::new(name).long(name).value_name(value).help(help);
            let arg = arg.help_heading("Permissions").allow_hyphen_values(true);
            command.arg(arg.action(ArgAction::Append))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for PermissionOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found = Vec::new();
        for &(name, ..) in ROWS {
            let places = matches.indices_of(name).into_iter().flatten();
            let values = matches.get_many::<String>(name).into_iter().flatten();
            found.extend(
                places
                    .zip(values)
                    .map(|(place, value)| (place, name, value)),
            );
        }
        found.sort_by_key(|(place, ..)| *place);
        let words = found.into_iter();
        Ok(Self {
            words: words
                .map(|(_, name, value)| (name, value.clone()))
                .collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn parse(words: &[&str]) -> PermissionOptions {
        let command = PermissionOptions::augment_args(Command::new("x").no_binary_name(true));
        PermissionOptions::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap()
    }

    #[test]
    fn the_order_of_the_line_stays() {
        let options = parse(&[
            "--share=network",
            "--env",
            "A=1",
            "--unshare=network",
            "--env=A=2",
        ]);
        let names: Vec<_> = options.words.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["share", "env", "unshare", "env"]);
        let context = options.context().unwrap();
        assert_eq!(context.environment["A"].value.as_deref(), Some("2"));
        assert!(context.granted(&Default::default()).shares.is_empty());
    }

    #[test]
    fn every_option_is_known_here() {
        let here: BTreeSet<_> = ROWS.iter().map(|row| row.0).collect();
        let there: BTreeSet<_> = options::names().collect();
        let read_here: Vec<_> = here.symmetric_difference(&there).copied().collect();
        assert_eq!(read_here, ["env-fd", "usb-list-file"]);
    }

    #[test]
    fn a_wrong_value_is_named() {
        let error = parse(&["--share=foo"]).changes().unwrap_err().to_string();
        assert_eq!(error, "read share, on foo: not one of network, ipc");
        assert!(parse(&["--env-fd=x"]).changes().is_err());
        assert!(parse(&["--usb-list-file=/no/such"]).changes().is_err());
    }
}

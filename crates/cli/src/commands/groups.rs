//! The help of `aril` itself: the commands by what they are for.

use super::Words;
use clap::CommandFactory;
use std::fmt::Write;

/// A heading with its commands.
type Group = (&'static str, &'static [&'static str]);

const GROUPS: &[Group] = &[
    ("Start something", &["run", "exec", "shell"]),
    ("What is running", &["ps", "enter", "kill", "stats", "logs"]),
    (
        "What is installed",
        &["list", "info", "permissions", "override"],
    ),
    (
        "Look before and after",
        &["explain", "why", "seccomp", "profile", "doctor"],
    ),
];

const EXAMPLE: &str = "\
Example:
  aril run examples/hello            an application in a folder
  aril explain run examples/hello    what it would see and reach
`aril help COMMAND` has more examples.";

/// The command line of `aril`, from which parser, help, man pages and completions come.
pub fn command() -> clap::Command {
    let command = Words::command();
    let mut template = String::from("{about}\n\n{usage-heading} {usage}\n");
    for (heading, names) in GROUPS {
        let found = names.iter().filter_map(|name| {
            let about = command.find_subcommand(name)?.get_about()?;
            Some(format!("  {name:<12} {about}\n"))
        });
        let found: String = found.collect();
        if !found.is_empty() {
            // Writing to a string does not fail.
            write!(template, "\n{heading}:\n{found}").ok();
        }
    }
    template += "\nOptions:\n{options}{after-help}\n";
    command.help_template(template).after_help(EXAMPLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_group_and_an_example() {
        let mut command = command();
        let help = command.render_help().to_string();
        let visible = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        for sub in visible.filter(|sub| sub.get_name() != "help") {
            let name = sub.get_name();
            assert!(help.contains(&format!("\n  {name:<12} ")), "{name}: {help}");
            let after = sub.get_after_help().map(ToString::to_string);
            let example = format!("aril {name}");
            assert!(after.unwrap_or_default().contains(&example), "{name}");
        }
    }
}

//! `aril generate`: man pages and completions, from the same words as the parser.

use super::command;
use crate::error::RunError;
use crate::output;
use clap::{Args, ValueEnum};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use std::fs;
use std::path::{Path, PathBuf};

/// Completes the IDs of installed applications, which no list made beforehand can have.
const BASH_IDS: &str = include_str!("generate/ids.bash");
const FISH_IDS: &str = include_str!("generate/ids.fish");

/// The words of `aril generate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  aril generate man /usr/local/share/man/man1")]
pub struct Words {
    /// What is written.
    #[arg(value_enum, value_name = "WHAT")]
    pub what: What,
    /// Where the files are made, under their usual names; without it the first one is printed.
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// A man page for aril, and one for each command.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
}

/// A file that is written: its name, and what is in it.
type Page = (String, Vec<u8>);

/// Writes them; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let pages = match words.what {
        What::Man => man_pages()?,
        What::Bash => vec![("aril".to_owned(), completions(Shell::Bash))],
        What::Zsh => vec![("_aril".to_owned(), completions(Shell::Zsh))],
        What::Fish => vec![("aril.fish".to_owned(), completions(Shell::Fish))],
    };
    match &words.directory {
        None => output::print(pages.first().map_or(&[][..], |page| &page.1))?,
        Some(directory) => pages.iter().try_for_each(|page| write(directory, page))?,
    }
    Ok(0)
}

fn write(directory: &Path, (name, bytes): &Page) -> Result<(), RunError> {
    let path = directory.join(name);
    fs::write(&path, bytes).map_err(|error| RunError::on("write", &path, error))
}

/// The one of `aril` first.
fn man_pages() -> Result<Vec<Page>, RunError> {
    let mut root = command();
    root.build();
    let mut pages = vec![man_page(&root, "aril")?];
    let visible = root.get_subcommands().filter(|sub| !sub.is_hide_set());
    for sub in visible.filter(|sub| sub.get_name() != "help") {
        pages.push(man_page(sub, &format!("aril-{}", sub.get_name()))?);
        let below = sub.get_subcommands().filter(|sub| sub.get_name() != "help");
        for below in below {
            let name = format!("aril-{}-{}", sub.get_name(), below.get_name());
            pages.push(man_page(below, &name)?);
        }
    }
    Ok(pages)
}

fn man_page(command: &clap::Command, name: &str) -> Result<Page, RunError> {
    let mut bytes = Vec::new();
    let man = Man::new(command.clone().name(name.to_owned())).section("1");
    let rendered = man.render(&mut bytes);
    rendered.map_err(|error| RunError::new(format_args!("write man page, on {name}: {error}")))?;
    Ok((format!("{name}.1"), bytes))
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut bytes = Vec::new();
    generate(shell, &mut command(), "aril", &mut bytes);
    let ids = match shell {
        Shell::Bash => BASH_IDS,
        Shell::Fish => FISH_IDS,
        _ => "",
    };
    bytes.extend(ids.bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command with its options, as `--help` shows them.
    fn visible() -> Vec<(String, Vec<String>)> {
        fn collect(command: &clap::Command, path: &str, into: &mut Vec<(String, Vec<String>)>) {
            let arguments = command.get_arguments().filter(|arg| !arg.is_hide_set());
            let options = arguments.filter_map(|arg| arg.get_long());
            into.push((path.to_owned(), options.map(str::to_owned).collect()));
            for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
                collect(sub, &format!("{path}-{}", sub.get_name()), into);
            }
        }
        let mut all = Vec::new();
        collect(&command(), "aril", &mut all);
        all
    }

    fn page<'a>(pages: &'a [Page], name: &str) -> &'a str {
        let found = pages.iter().find(|page| page.0 == format!("{name}.1"));
        std::str::from_utf8(&found.unwrap_or_else(|| panic!("no page {name}")).1).unwrap()
    }

    /// The command of a page's name; names of commands have hyphens too.
    fn found<'a>(command: &'a mut clap::Command, rest: &str) -> &'a mut clap::Command {
        let Some(rest) = rest.strip_prefix('-') else {
            return command;
        };
        let begins = |name: &str| {
            let rest = rest.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let mut below = command.get_subcommands_mut();
        let next = below.find(|one| begins(one.get_name())).unwrap();
        let rest = rest.strip_prefix(next.get_name()).unwrap().to_owned();
        found(next, &rest)
    }

    #[test]
    fn every_option_is_in_help_man_page_and_completions() {
        let pages = man_pages().unwrap();
        let shells = [Shell::Bash, Shell::Zsh, Shell::Fish].map(completions);
        let shells = shells.map(|bytes| String::from_utf8(bytes).unwrap());
        for (name, options) in visible() {
            let mut command = command();
            let help = found(&mut command, name.trim_start_matches("aril"));
            let help = help.render_long_help().to_string();
            let man = page(&pages, &name);
            for option in options {
                assert!(
                    help.contains(&format!("--{option}")),
                    "{name} --{option}: help"
                );
                let escaped = format!("\\-\\-{}", option.replace('-', "\\-"));
                assert!(man.contains(&escaped), "{name} --{option}: man page");
                for shell in &shells {
                    let said = shell.contains(&format!("--{option}"))
                        || shell.contains(&format!("-l {option}"));
                    assert!(said, "{name} --{option}: completions");
                }
            }
            let last = name.rsplit('-').next().unwrap();
            assert!(shells.iter().all(|shell| shell.contains(last)), "{name}");
        }
    }
}

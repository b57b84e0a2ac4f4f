//! `aril seccomp`: the rules for system calls, each with its reason.

use crate::error::RunError;
use crate::output;
use crate::style::Style;
use crate::table::Table;
use aril_seccomp::{Arch, Rule, RuleSet, groups};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::io::{IsTerminal, stdout};

/// The words of `aril seccomp`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
A rule set is a list of words: a base (default, flatpak, none), then devel, multiarch, bluetooth, canbus,\n\
and +GROUP or -GROUP for the rules of one group.\n\n\
Example:\n  aril seccomp show default,devel,-io_uring")]
pub struct Words {
    /// What is shown.
    #[command(subcommand)]
    pub what: What,
}

/// What can be shown.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// List the groups of rules, and which sets have them.
    List(List),
    /// Show the rules of a set.
    Show(Show),
}

/// The words of `aril seccomp list`.
#[derive(Clone, Debug, Args)]
pub struct List {
    /// Print JSON.
    #[arg(long, short)]
    pub json: bool,
}

/// The words of `aril seccomp show`.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// For this ABI instead of this machine's: x86_64, i386, x32, aarch64, arm.
    #[arg(long, value_name = "ABI", value_parser = parse_arch)]
    pub arch: Option<Arch>,
    /// Print JSON.
    #[arg(long, short)]
    pub json: bool,
    /// The rule set.
    #[arg(value_name = "RULESET", default_value = "default")]
    pub rule_set: RuleSet,
}

fn parse_arch(text: &str) -> Result<Arch, String> {
    let found = Arch::ALL.into_iter().find(|arch| arch.to_string() == text);
    found.ok_or_else(|| "not one of x86_64, i386, x32, aarch64, arm".to_owned())
}

#[derive(Serialize)]
struct GroupRow {
    group: &'static str,
    about: &'static str,
    in_default: bool,
    in_flatpak: bool,
}

#[derive(Serialize)]
struct RuleRow {
    abi: String,
    syscall: String,
    when: Vec<String>,
    action: String,
    reason: String,
}

/// Shows rules; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    match &words.what {
        What::List(words) => list(words)?,
        What::Show(words) => show(words)?,
    }
    Ok(0)
}

fn list(words: &List) -> Result<(), RunError> {
    let rows = groups().iter().map(|group| GroupRow {
        group: group.name,
        about: group.about,
        in_default: group.in_default,
        in_flatpak: group.in_flatpak,
    });
    let rows: Vec<GroupRow> = rows.collect();
    if words.json {
        return output::print_json(&rows);
    }
    let mut table = Table::new(["GROUP", "DEFAULT", "FLATPAK", "ABOUT"]);
    let mark = |set: bool| if set { "yes" } else { "-" };
    for row in &rows {
        table.push([
            row.group,
            mark(row.in_default),
            mark(row.in_flatpak),
            row.about,
        ]);
    }
    print(&table)
}

fn show(words: &Show) -> Result<(), RunError> {
    let native = words.arch.or_else(Arch::native);
    let native = native.ok_or_else(|| {
        RunError::new("show rules, on this machine: there are none for its architecture")
    })?;
    let policy = words.rule_set.policy(native);
    let rows: Vec<RuleRow> = policy
        .arches
        .iter()
        .flat_map(|listed| listed.rules.iter().map(|rule| row(listed.arch, rule)))
        .collect();
    if words.json {
        return output::print_json(&rows);
    }
    let mut table = Table::new(["ABI", "SYSTEM CALL", "WHEN", "ACTION", "REASON"]);
    for row in &rows {
        let when = row.when.join(" and ");
        table.push([&row.abi, &row.syscall, &when, &row.action, &row.reason]);
    }
    print(&table)?;
    let [default, other] = [policy.default, policy.mismatched_arch];
    match stdout().is_terminal() {
        true => output::print(format!(
            "every other call: {default}; another ABI: {other}\n"
        )),
        false => Ok(()),
    }
}

fn row(abi: Arch, rule: &Rule) -> RuleRow {
    RuleRow {
        abi: abi.to_string(),
        syscall: rule.syscall.to_string(),
        when: rule.conditions.iter().map(ToString::to_string).collect(),
        action: rule.action.to_string(),
        reason: rule.reason.to_string(),
    }
}

fn print(table: &Table) -> Result<(), RunError> {
    match stdout().is_terminal() {
        true => output::print(table.for_people(Style::of_stdout())),
        false => output::print(table.for_scripts()),
    }
}

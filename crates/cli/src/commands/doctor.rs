//! `aril doctor`: the words, and how findings are shown.

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::{gather, judge::judge};
use crate::error::RunError;
use crate::output;
use crate::style::{Ink, Style};
use aril_sandbox::Host;
use clap::Args;
use serde::Serialize;

/// The words of `aril doctor`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
It starts sandboxes that do nothing, and reads; it changes nothing.\n\
Exit status: 0 when sandboxes start and are whole, 1 when a protection or something of the desktop is\n\
missing, 2 when sandboxes do not start.\n\n\
Example: aril doctor --json | jq '.findings[] | select(.severity != \"ok\")'")]
pub struct Words {
    /// Print JSON: `{\"version\", \"status\", \"findings\": [{\"check\", \"severity\", \"found\", \"means\", \"remedy\"}]}`.
    #[arg(long)]
    pub json: bool,
    /// Leave out what is as it should be.
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    status: Severity,
    findings: &'a [Finding],
}

/// Looks, and tells; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let host = Host::gather()
        .map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let mut findings = judge(&gather(&host));
    let worst = findings.iter().map(|finding| finding.severity).max();
    let worst = worst.unwrap_or(Severity::Ok);
    if words.quiet {
        findings.retain(|finding| finding.severity != Severity::Ok);
    }
    if words.json {
        output::print_json(&Report {
            version: 1,
            status: worst,
            findings: &findings,
        })?;
    } else {
        output::print(text(Style::of_stdout(), worst, &findings))?;
    }
    Ok(worst.status())
}

fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Ok => Ink::Good,
        Severity::Note => Ink::Note,
        Severity::Warning => Ink::Open,
        Severity::Problem => Ink::Problem,
    }
}

fn text(style: Style, worst: Severity, findings: &[Finding]) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        let severity = style.paint(
            ink(finding.severity),
            format_args!("{:<8}", finding.severity),
        );
        lines.push(format!(
            "{severity} {:<18} {}",
            finding.check, finding.found
        ));
        if !finding.means.is_empty() {
            lines.push(format!("{:27} {}", "", finding.means));
        }
        lines.extend(
            finding
                .remedy
                .iter()
                .map(|line| format!("{:29} {line}", "")),
        );
    }
    let end = match worst {
        Severity::Ok | Severity::Note => "Sandboxes start, and every protection is there.",
        Severity::Warning => "Sandboxes start; see the warnings.",
        Severity::Problem => "Sandboxes do not start, or not all: see the problems.",
    };
    lines.join("\n") + "\n\n" + end + "\n"
}

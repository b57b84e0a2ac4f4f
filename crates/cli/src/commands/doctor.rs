//! `aril doctor`: the words, and how findings are shown.

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::{gather, judge::judge};
use crate::error::RunError;
use aril_sandbox::Host;
use clap::Args;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

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
    let mut out = io::stdout().lock();
    let shown = if words.json {
        json(&mut out, worst, &findings)
    } else {
        text(&mut out, worst, &findings)
    };
    shown.map_err(|error| {
        RunError::new(format_args!(
            "write the findings, on standard output: {error}"
        ))
    })?;
    Ok(worst.status())
}

fn json(out: &mut impl Write, status: Severity, findings: &[Finding]) -> io::Result<()> {
    let report = Report {
        version: 1,
        status,
        findings,
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn text(out: &mut impl Write, worst: Severity, findings: &[Finding]) -> io::Result<()> {
    let colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for finding in findings {
        let (on, off) = match (colours, finding.severity) {
            (false, _) => ("", ""),
            (true, Severity::Ok) => ("\x1b[32m", "\x1b[0m"),
            (true, Severity::Note) => ("\x1b[36m", "\x1b[0m"),
            (true, Severity::Warning) => ("\x1b[33m", "\x1b[0m"),
            (true, Severity::Problem) => ("\x1b[1;31m", "\x1b[0m"),
        };
        let Finding {
            check,
            severity,
            found,
            means,
            remedy,
        } = finding;
        writeln!(out, "{on}{severity:<8}{off} {check:<18} {found}")?;
        if !means.is_empty() {
            writeln!(out, "{:27} {means}", "")?;
        }
        for line in remedy {
            writeln!(out, "{:29} {line}", "")?;
        }
    }
    let end = match worst {
        Severity::Ok | Severity::Note => "Sandboxes start, and every protection is there.",
        Severity::Warning => "Sandboxes start; see the warnings.",
        Severity::Problem => "Sandboxes do not start, or not all: see the problems.",
    };
    writeln!(out, "\n{end}")
}

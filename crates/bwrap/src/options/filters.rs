//! Seccomp programs and SELinux labels.

use super::{Taken, option};
use crate::draft::Draft;
use crate::error::ParseError;
use crate::numbers;
use crate::table::{FD, Kind, Row, value};
use aril_sandbox::spec::SeccompProgram;
use std::ffi::OsString;

pub(crate) const ROWS: &[Row] = &[
    option(
        "--seccomp",
        &[FD],
        "Install the seccomp program that FD gives",
        take_seccomp,
    )
    .more(
        "The program is an array of struct sock_filter. It is read late, after --block-fd has been \
         released. It excludes --add-seccomp-fd.",
    )
    .last_wins(),
    option(
        "--add-seccomp-fd",
        &[FD],
        "Install the seccomp program that FD gives, besides others",
        take_another,
    )
    .more("Programs are installed in order; the kernel asks the last one first."),
    option(
        "--exec-label",
        &[value("LABEL", Kind::Word)],
        "Run COMMAND with this SELinux label; not supported",
        refuse_label,
    )
    .last_wins(),
    option(
        "--file-label",
        &[value("LABEL", Kind::Word)],
        "Label files that are made with this SELinux label; not supported",
        refuse_label,
    )
    .last_wins(),
];

fn take_seccomp(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let programs = &mut draft.spec.seccomp;
    if programs
        .iter()
        .any(|program| matches!(program, SeccompProgram::Fd(_)))
    {
        let text = "--seccomp cannot be combined with --add-seccomp-fd";
        return Err(ParseError::Rule(text));
    }
    *programs = vec![SeccompProgram::LateFd(numbers::fd(&values[0])?)];
    Ok(())
}

fn take_another(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let programs = &mut draft.spec.seccomp;
    if programs
        .iter()
        .any(|program| matches!(program, SeccompProgram::LateFd(_)))
    {
        let text = "--add-seccomp-fd cannot be combined with --seccomp";
        return Err(ParseError::Rule(text));
    }
    programs.push(SeccompProgram::Fd(numbers::fd(&values[0])?));
    Ok(())
}

/// A label that was asked for and is not given would be a hole, so the start fails.
fn refuse_label(_: &mut Draft, _: &Row, _: &[OsString]) -> Taken {
    Err(ParseError::Rule("labeling not supported on this system"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refused, spec};
    use super::*;

    #[test]
    fn one_late_or_several_early() {
        let late = spec("--seccomp 8 --seccomp 9 true");
        assert_eq!(late.seccomp, [SeccompProgram::LateFd(9)]);
        let early = spec("--add-seccomp-fd 8 --add-seccomp-fd 9 true");
        assert_eq!(
            early.seccomp,
            [SeccompProgram::Fd(8), SeccompProgram::Fd(9)]
        );
        refused(
            "--add-seccomp-fd 8 --seccomp 9 true",
            "--seccomp cannot be combined with --add-seccomp-fd",
        );
        refused(
            "--seccomp 8 --add-seccomp-fd 9 true",
            "--add-seccomp-fd cannot be combined with --seccomp",
        );
        refused("--seccomp x true", "Invalid fd: x");
        refused("--add-seccomp-fd x true", "Invalid fd: x");
    }

    #[test]
    fn labels_are_refused() {
        for option in ["--exec-label", "--file-label"] {
            let text = format!("{option} l true");
            refused(&text, "labeling not supported on this system");
        }
    }
}

//! Environment variables and the working directory. These act while they are parsed, in order.

use super::{Taken, option, two};
use crate::draft::Draft;
use crate::error::ParseError;
use crate::table::{Kind, Row, Value, value};
use aril_sandbox::spec::{EnvChange, WorkingDirectory};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

const VARIABLE: Value = value("VAR", Kind::Variable);

pub(crate) const ROWS: &[Row] = &[
    option(
        "--chdir",
        &[value("DIR", Kind::Target)],
        "Start in this directory",
        take_chdir,
    )
    .more(
        "Without it COMMAND starts in the caller's directory if that exists inside, else in $HOME, \
         else in /. PWD is set to what was used.",
    )
    .last_wins(),
    option(
        "--setenv",
        &[VARIABLE, value("VALUE", Kind::Word)],
        "Set an environment variable",
        take_set,
    ),
    option(
        "--unsetenv",
        &[VARIABLE],
        "Remove an environment variable",
        take_unset,
    ),
    option(
        "--clearenv",
        &[],
        "Remove every environment variable but PWD",
        |draft, _, _| change(draft, EnvChange::Clear),
    )
    .more("What is set later stays."),
];

fn change(draft: &mut Draft, change: EnvChange) -> Taken {
    draft.spec.program.environment.push(change);
    Ok(())
}

fn is_name(name: &OsStr) -> bool {
    !name.is_empty() && !name.as_bytes().contains(&b'=')
}

fn take_chdir(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    draft.spec.program.working_directory = WorkingDirectory::Path(values[0].clone().into());
    Ok(())
}

fn take_set(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let (name, value) = two(values);
    if !is_name(name) {
        return Err(ParseError::Rule("setenv failed"));
    }
    change(draft, EnvChange::Set(name.clone(), value.clone()))
}

fn take_unset(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    if !is_name(&values[0]) {
        return Err(ParseError::Rule("unsetenv failed"));
    }
    change(draft, EnvChange::Unset(values[0].clone()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{base, refused, refused_words, spec, spec_of};
    use super::*;

    #[test]
    fn changes_stay_in_order() {
        let mut expected = base();
        expected.program.environment = vec![
            EnvChange::Set("A".into(), "b=c".into()),
            EnvChange::Clear,
            EnvChange::Unset("D".into()),
        ];
        assert_eq!(
            spec("--setenv A b=c --clearenv --unsetenv D true"),
            expected
        );
    }

    #[test]
    fn values_may_be_empty_and_names_may_not() {
        let made = spec_of(&["--setenv", "A", "", "true"]);
        assert_eq!(
            made.program.environment,
            [EnvChange::Set("A".into(), "".into())]
        );
        refused("--setenv A=B c true", "setenv failed");
        refused_words(&["--setenv", "", "c", "true"], "setenv failed");
        refused("--unsetenv A=B true", "unsetenv failed");
        refused_words(&["--unsetenv", "", "true"], "unsetenv failed");
    }

    #[test]
    fn the_last_directory_counts() {
        let made = spec("--chdir /a --chdir b true");
        assert_eq!(
            made.program.working_directory,
            WorkingDirectory::Path("b".into())
        );
        refused_words(&["--chdir", "", "true"], "--chdir: DIR is empty");
    }
}

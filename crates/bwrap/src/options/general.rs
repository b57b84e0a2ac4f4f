//! `--help`, `--version`, `--args` and the way messages look.

use super::{Taken, flag, option};
use crate::draft::Draft;
use crate::error::ParseError;
use crate::parse::{Answer, Artifact};
use crate::table::{Action, FD, Kind, Row, value};
use std::ffi::{OsStr, OsString};

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "--help",
        &[],
        "Print this text and exit",
        Action::Answer(Answer::Help),
    ),
    Row::new(
        "--version",
        &[],
        "Print the version of bubblewrap that this command stands in for, and exit",
        Action::Answer(Answer::Version),
    )
    .more("Programs compare this number before they use an option."),
    Row::new(
        "--aril-version",
        &[],
        "Print the version of Aril and exit",
        Action::Answer(Answer::OwnVersion),
    )
    .since("Aril"),
    Row::new(
        "--args",
        &[FD],
        "Take further options from FD, each word ended by a NUL byte",
        Action::ReadWords,
    )
    .more(
        "They act where the option stands. A word in FD that is no option ends FD's part, and what \
         follows it is ignored. FD is read to its end and closed; --args in it is an error. All \
         words together, those of the command included, may be 9000.",
    ),
    option(
        "--argv0",
        &[value("VALUE", Kind::Word)],
        "Run COMMAND with this as argv[0]",
        take_argv0,
    )
    .more("COMMAND itself is still what is looked for.")
    .since("0.9.0")
    .once(),
    option(
        "--level-prefix",
        &[],
        "Begin each message with its level, such as <3> for errors",
        |draft, _, _| flag(&mut draft.notes.level_prefix),
    )
    .more("It acts on what follows it. systemd-cat and the journal read such prefixes.")
    .since("0.11.0"),
];

/// Options for those who package the program.
pub(crate) const HIDDEN: &[Row] = &[Row::new(
    "--aril-generate",
    &[value("WHAT", Kind::Word)],
    "Print the manual page or completions",
    Action::Generate,
)];

fn take_argv0(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    draft.spec.program.argv0 = Some(values[0].clone());
    Ok(())
}

/// The artifact of this name.
pub(crate) fn artifact(name: &OsStr) -> Result<Answer, ParseError> {
    let artifact = match name.to_str() {
        Some("man") => Artifact::Man,
        Some("bash") => Artifact::Bash,
        Some("zsh") => Artifact::Zsh,
        Some("fish") => Artifact::Fish,
        _ => {
            return Err(ParseError::Rule(
                "--aril-generate takes man, bash, zsh or fish",
            ));
        }
    };
    Ok(Answer::Generate(artifact))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{USER, parse_text, refused, spec, words};
    use super::*;
    use crate::Request;

    fn answer(text: &str) -> Answer {
        match parse_text(text).request {
            Ok(Request::Answer(answer)) => answer,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn questions_are_answered_when_they_are_reached() {
        assert_eq!(answer("--help"), Answer::Help);
        assert_eq!(answer("--version --bogus"), Answer::Version);
        assert_eq!(answer("--unshare-all --aril-version"), Answer::OwnVersion);
        assert_eq!(
            answer("--aril-generate man"),
            Answer::Generate(Artifact::Man)
        );
        refused("--bogus --version", "Unknown option --bogus");
        refused(
            "--aril-generate x",
            "--aril-generate takes man, bash, zsh or fish",
        );
    }

    #[test]
    fn argv0_is_given_once() {
        let made = spec("--argv0 name true");
        assert_eq!(made.program.argv0, Some("name".into()));
        assert_eq!(made.program.path, "true");
        refused("--argv0 a --argv0 b true", "--argv0 used multiple times");
    }

    #[test]
    fn the_level_acts_from_where_it_stands() {
        let parsed = parse_text("--chdir / --chdir / --level-prefix --chdir / true");
        let levels: Vec<bool> = parsed
            .notes
            .warnings
            .iter()
            .map(|warning| warning.level_prefix)
            .collect();
        assert_eq!(levels, [false, true]);
        assert!(parsed.notes.level_prefix);
    }

    fn with_file(text: &str, data: &[u8]) -> crate::Parsed {
        crate::parse(&words(text), USER, &mut |fd| {
            assert_eq!(fd, 9);
            Ok(data.to_vec())
        })
    }

    #[test]
    fn words_of_a_file_act_where_it_stands() {
        for data in [
            &b"--setenv\0A\0b"[..],
            b"--setenv\0A\0b\0",
            b"--setenv\0A\0b\0--\0--bogus\0",
        ] {
            let parsed = with_file("--unshare-ipc --args 9 --chdir / true", data);
            let expected = parse_text("--unshare-ipc --setenv A b --chdir / true");
            assert_eq!(parsed, expected);
        }
        for data in [&b""[..], b"\0", b"true\0--bogus\0"] {
            assert_eq!(with_file("--args 9 true", data), parse_text("true"));
        }
    }

    #[test]
    fn files_do_not_nest_and_have_whole_options() {
        for (data, text) in [
            (&b"--args\0"[..], "--args not supported in arguments file"),
            (b"--setenv\0A\0", "--setenv takes two arguments"),
            (b"--bogus\0", "Unknown option --bogus"),
            (
                b"--perms\x00700\0",
                "--perms must be followed by an option that creates a file",
            ),
        ] {
            let error = with_file("--args 9 true", data).request.expect_err(text);
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn an_error_in_reading_is_told() {
        let parsed = crate::parse(&words("--args 9 true"), USER, &mut |_| {
            Err(aril_sandbox::sys::Errno::EBADF)
        });
        let error = parsed.request.expect_err("no file");
        assert_eq!(
            error.to_string(),
            "Can't read --args data: Bad file descriptor"
        );
    }
}

//! Nothing that a user, a file or a payload has chosen steers the terminal that it is shown on: neither
//! escapes, of seven bits or of eight, nor characters that turn or hide text.

mod support;

use std::fs;
use std::process::{Command, Stdio};
use support::program;
use support::project::Project as Case;

/// CSI by its two forms, an override of the direction and an isolate, and a space of no width.
const EVIL: &str = "x\u{1b}[31m\u{9b}5m\u{202e}y\u{2066}\u{200b}";
const CHARACTERS: [char; 5] = ['\u{1b}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}'];

impl Case {
    fn new() -> Self {
        let case = Self::with(&["home/.config/aril/profiles"]);
        fs::create_dir(case.path(&format!("home/project/{EVIL}"))).unwrap();
        fs::write(case.path(&format!("home/{EVIL}")), "hidden").unwrap();
        let evil = EVIL
            .replace('\u{1b}', "\\u001B")
            .replace('\u{9b}', "\\u009B");
        let text =
            format!("description = \"{evil}\"\nro = [\"{{cwd}}/{evil}\"]\nenv = [\"A={evil}\"]\n");
        fs::write(case.path("home/.config/aril/profiles/evil.toml"), text).unwrap();
        let bad = format!("ro = 1\n\"{evil}\" = 1\n");
        fs::write(case.path("home/.config/aril/profiles/bad.toml"), bad).unwrap();
        let unit = format!(
            "[Service]\nExecStart=/x\nReadOnlyPaths=/{EVIL}\n{EVIL}=1\nProtectHome={EVIL}\n"
        );
        fs::write(case.path(&format!("home/project/{EVIL}.service")), unit).unwrap();
        case
    }
}

fn steers(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.chars().any(|c| CHARACTERS.contains(&c))
}

/// Each `*` among the words stands for what is evil. The command that is run prints nothing of it itself.
const WORDS: &[&str] = &[
    "*",
    "exec --* true",
    "exec --ro * true",
    "exec --ro /nowhere/* true",
    "exec --tmp ./* true",
    "exec --net * true",
    "exec --home * true",
    "exec --home private=* true",
    "exec --home ./* true",
    "exec --name * true",
    "exec --profile * true",
    "exec --profile ./* true",
    "exec --profile evil true",
    "exec --profile bad true",
    "exec --user * true",
    "exec --device * true",
    "exec --display * true",
    "exec --dbus-talk * true",
    "exec --limit * true",
    "exec --limit *=1 true",
    "exec --limit memory=* true",
    "exec --timeout * true",
    "exec --seccomp * true",
    "exec --seccomp +* true",
    "exec --env *=* true",
    "exec --workdir /* true",
    "exec --cwd * true",
    "exec --status-fd * true",
    "exec --hide ./* --ro ./* true",
    "exec --rw .. -- *",
    "exec -- /*",
    "exec -- ./*",
    "exec --report -- test -e ../*",
    "why",
    "why --json",
    "exec --report --json -- test -e ../*",
    "explain exec --ro ./* --env A=* -- *",
    "explain --json exec --ro ./* --env A=* -- *",
    "explain --html exec --ro ./* --env A=* -- *",
    "explain --steps exec --hide ./* --env A=* -- *",
    "profile list",
    "profile list --json",
    "profile show *",
    "profile check bad",
    "profile check evil",
    "profile check *",
    "profile explain evil",
    "profile from-systemd ./*",
    "enter *",
    "kill *",
    "logs *",
    "stats *",
    "seccomp show *",
    "run *",
    "run ./*",
    "info *",
    "permissions *",
    "override *",
];

#[test]
fn what_is_printed_steers_no_terminal() {
    let case = Case::new();
    for words in WORDS {
        let words: Vec<String> = words
            .split(' ')
            .map(|word| word.replace('*', EVIL))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = case.aril(&words);
        let said = [&output.stdout[..], &output.stderr].concat();
        assert!(
            !steers(&said),
            "{words:?}: {:?}",
            String::from_utf8_lossy(&said)
        );
    }
    // The control: a command's own words are its own.
    assert!(steers(&case.aril(&["exec", "echo", EVIL]).stdout));
}

#[test]
fn a_file_is_printed_as_it_is_but_on_a_terminal() {
    let case = Case::new();
    for words in ["profile show evil", "profile to-systemd evil"] {
        let plain = case.aril(&words.split(' ').collect::<Vec<_>>());
        assert!(steers(&plain.stdout), "the control: {words}");
        let mut script = Command::new("script");
        let line = format!("\"$ARIL\" {words}");
        script
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::null());
        script.env("ARIL", program()).env("HOME", case.path("home"));
        script.env_remove("XDG_CONFIG_HOME");
        match script.current_dir(case.path("home/project")).output() {
            Ok(output) => {
                assert!(output.stdout.len() > 20, "{output:?}");
                assert!(!steers(&output.stdout), "{words}: {output:?}");
            }
            Err(why) => return eprintln!("skipped: script cannot be run: {why}"),
        }
    }
}

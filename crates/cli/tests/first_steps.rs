//! `docs/first-steps.md`, run as it stands there.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use support::{program, text};

const PAGE: &str = include_str!("../../../docs/first-steps.md");

/// Where the page says that the home directory is.
const HOME: &str = "/home/you";

/// A command and the lines that the page says it prints.
struct Step {
    command: &'static str,
    lines: Vec<&'static str>,
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in PAGE.lines() {
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => inside = line == "```console",
            Some(command) if inside => steps.push(Step {
                command,
                lines: Vec::new(),
            }),
            None if inside => steps.last_mut().expect("a command").lines.push(line),
            _ => {}
        }
    }
    steps
}

/// Whether a line is as the page has it, where `…` is any text.
fn fits(line: &str, expected: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or("")) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        match rest.find(part) {
            _ if last && rest.ends_with(part) => return true,
            Some(at) if !last => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty()
}

/// Whether all lines are as the page has them, where a line `…` is any number of lines.
fn all_fit(lines: &[&str], expected: &[&str]) -> bool {
    match (lines, expected) {
        (_, ["…"]) | ([], []) => true,
        (lines, ["…", expected @ ..]) => {
            (0..=lines.len()).any(|skipped| all_fit(&lines[skipped..], expected))
        }
        ([line, lines @ ..], [wanted, expected @ ..]) => {
            fits(line, wanted) && all_fit(lines, expected)
        }
        _ => false,
    }
}

/// Runs a command as a person would, and returns all it printed with the directory it ended in.
fn run(command: &str, (home, directory): (&Path, &Path)) -> (String, String) {
    let bin = home.join(".bin");
    let script = format!("{{ {command}\n}} 2>&1; pwd >&3");
    let output = Command::new("sh")
        .args(["-c", &format!("exec 3>\"$HOME/.where\"; {script}")])
        .current_dir(directory)
        .env_clear()
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join(".run"))
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .output()
        .expect("a shell");
    let place = fs::read_to_string(home.join(".where")).expect("its directory");
    (text(&output.stdout), place.trim_end().to_owned())
}

#[test]
fn each_block_prints_what_the_page_says() {
    // Not below /tmp, which a sandbox has an own one of: the page's home is in nobody's way.
    let place = tempfile::tempdir_in("/var/tmp").expect("a directory");
    let home = place.path();
    fs::create_dir(home.join(".bin")).expect("a directory");
    std::os::unix::fs::symlink(program(), home.join(".bin/aril")).expect("a link");
    fs::create_dir(home.join(".run")).expect("a directory");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(home.join(".run"), private).expect("a mode");
    let mut directory = home.to_owned();
    let steps = steps();
    assert!(steps.len() > 10, "the page has steps");
    for Step { command, lines } in steps {
        let (said, now) = run(command, (home, &directory));
        directory = now.into();
        let said = said.replace(home.to_str().expect("text"), HOME);
        let printed: Vec<&str> = said.lines().collect();
        assert!(
            all_fit(&printed, &lines),
            "$ {command}\n{said}\n--- the page says:\n{}",
            lines.join("\n")
        );
    }
}

#[test]
fn an_ellipsis_stands_for_what_differs() {
    assert!(fits("denied once: x allows it", "denied …allows it"));
    assert!(fits("a", "a") && fits("a b", "a …") && !fits("a b", "a"));
    assert!(!fits("denied", "denied …") && !fits("xa", "a"));
    assert!(all_fit(&["a", "b", "c"], &["a", "…", "c"]));
    assert!(!all_fit(&["a", "b"], &["a", "…", "c"]) && !all_fit(&["a"], &[]));
}

//! `aril run ID` on an installation made by hand: what flatpak writes, and nothing of flatpak.

#[path = "support/installation.rs"]
mod installation;
#[path = "support/mod.rs"]
mod support;

use installation::{COMMIT, application};
use std::fs;
use std::path::Path;
use support::{Case, text};

fn inside(case: &Case, words: &[&str], script: &str) -> String {
    let options = ["run", "--runtime=host", "--command=sh"];
    let all = [&options[..], words, &["org.x.Y", "-c", script]].concat();
    let output = case.aril(&all);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout)
}

#[test]
fn it_is_found_by_name() {
    let case = Case::new();
    application(&case, "");
    for name in ["org.x.Y", "org.x.Y//1", "org.x.Y/x86_64/1", "app/org.x.Y"] {
        let output = case.aril(&["run", "--runtime=host", name, "a b", "--help"]);
        assert_eq!(text(&output.stdout), "y a b --help\n", "{name}: {output:?}");
    }
    for (words, why) in [
        (
            &["run", "org.x.Y"][..],
            "runtime/org.x.P/x86_64/1: not installed",
        ),
        (&["run", "--runtime=host", "org.x.Y//2"], "not installed"),
        (
            &["run", "--runtime=host", "--commit=ff", "org.x.Y"],
            "not installed",
        ),
        (
            &["run", "--runtime=host", "--system", "org.x.Y"],
            "not installed",
        ),
        (&["run", "org.x.Z"], "not installed"),
    ] {
        let output = case.aril(words);
        assert_eq!(output.status.code(), Some(125), "{words:?}");
        assert!(text(&output.stderr).contains(why), "{words:?}: {output:?}");
    }
}

#[test]
fn its_identity_names_the_commit() {
    let case = Case::new();
    application(&case, "");
    let said = inside(
        &case,
        &[],
        "cat /.flatpak-info; ls /app/bin; (: >/app/new) 2>&- || echo no",
    );
    for line in [
        &format!("app-commit={COMMIT}"),
        "branch=1",
        "arch=x86_64",
        "y",
        "no",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}");
    }
}

#[test]
fn layers_of_permissions_add_up() {
    let case = Case::new();
    application(&case, "[Environment]\nA=app\nB=app\nC=app\n");
    let overrides = case.home().join(".local/share/flatpak/overrides");
    fs::create_dir_all(&overrides).unwrap();
    fs::write(overrides.join("global"), "[Environment]\nB=all\nC=all\n").unwrap();
    fs::write(overrides.join("org.x.Y"), "[Environment]\nC=own\n").unwrap();
    assert_eq!(inside(&case, &[], "echo $A $B $C"), "app all own\n");
    assert_eq!(
        inside(&case, &["--env=C=line"], "echo $A $B $C"),
        "app all line\n"
    );
}

#[test]
fn a_dropped_sandbox_keeps_nothing() {
    let case = Case::new();
    application(&case, "[Context]\nfilesystems=home;\n");
    fs::write(case.home().join("secret"), "s").unwrap();
    let look = "cat $HOME/secret 2>&-; echo; echo $XDG_DATA_HOME";
    assert!(!inside(&case, &["--sandbox"], look).contains('s'));
    // The control: without the option the permission counts, and there is a directory.
    assert!(inside(&case, &[], look).starts_with("s\n"));
    assert!(Path::new(&case.home().join(".var/app/org.x.Y/data")).is_dir());
}

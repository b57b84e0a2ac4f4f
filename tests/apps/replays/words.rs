//! Words that become options or variables of somebody else's (CVE-2024-32462, CVE-2021-21261), and
//! permissions that do not go away (CVE-2022-21682).

use super::{SECRET, prize, replay};
use crate::case::{Case, Runner};
use crate::fixture::SMALL;
use aril_tests::{Bwrap, under_test};

replay!(a_command_is_never_an_option, {
    for command in ["--tmpfs", "--bind", "--args"] {
        let case = Case::new();
        let option = format!("--command={command}");
        let done = case
            .run(Runner::Aril, &[&option, SMALL, "/blah", "true"])
            .finish();
        assert_eq!(done.code(), 127, "{done:?}");
        assert!(done.stderr.contains(command), "{done:?}");
    }
    // The control: to the program below it would have been an option.
    let bwrap = Bwrap::of(under_test::path()).args(["--ro-bind", "/", "/"]);
    bwrap.args(["--tmpfs", "/tmp", "true"]).finish().success();
});

replay!(variables_reach_the_application_alone, {
    // A dynamic program that the launcher starts would say that it cannot load this; the
    // application's own command is a static one.
    let library = "/no/such/library.so";
    let variable = format!("--env=LD_PRELOAD={library}");
    for options in [&[][..], &["--filesystem=home"], &["--talk-name=org.x.Y"]] {
        let case = Case::new();
        let words = [
            options,
            &[&variable, "--command=ldconfig", SMALL, "--version"],
        ]
        .concat();
        let done = case.run(Runner::Aril, &words).finish().success();
        assert!(!done.stderr.contains(library), "{done:?}");
    }
    let inside = Case::new();
    let words = [&variable, "--command=sh", SMALL, "-c", "echo $LD_PRELOAD"];
    let done = inside.run(Runner::Aril, &words).finish().success();
    assert_eq!(done.stdout, format!("{library}\n"));
    // The control: a dynamic program says so.
    let done = Bwrap::of("/bin/true").env("LD_PRELOAD", library).finish();
    assert!(done.stderr.contains(library), "{done:?}");
});

replay!(a_reset_takes_every_directory_away, {
    let case = Case::new();
    prize(&case);
    let script = "cat ~/prize/secret";
    let run = |options: &[&str]| {
        let words = [options, &["--command=sh", SMALL, "-c", script]].concat();
        case.run(Runner::Aril, &words).finish().stdout
    };
    case.command(Runner::Flatpak)
        .args(["override", "--user", "--filesystem=~/prize", SMALL])
        .finish()
        .success();
    assert_eq!(run(&[]), SECRET, "the control");
    assert_eq!(
        run(&["--nofilesystem=host"]),
        SECRET,
        "it takes away that token alone"
    );
    assert_eq!(run(&["--nofilesystem=host:reset"]), "");
});

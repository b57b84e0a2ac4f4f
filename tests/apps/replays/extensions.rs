//! An application's metadata and extensions that point elsewhere (GHSA-w69g-9x8j-7p8f).

use super::{inside, prize, repaired, replay};
use crate::case::{Case, Runner};
use crate::fixture::EXTENDED;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Replaces a file of a deployment, which is a hard link of others'.
fn replace(path: &Path, text: &str) {
    fs::remove_file(path).expect("remove a file");
    fs::write(path, text).expect("write a file");
}

fn list(case: &Case, runner: Runner, place: &str) -> String {
    inside(case, runner, EXTENDED, &format!("ls -A {place}"))
}

fn with_directory(runner: Runner, directory: &str, place: &str) -> String {
    let case = Case::new();
    let metadata = case.deployment(&format!("app/{EXTENDED}")).join("metadata");
    let text = fs::read_to_string(&metadata).expect("metadata");
    let changed = text.replace("directory=plug\n", &format!("directory={directory}\n"));
    assert_ne!(text, changed);
    replace(&metadata, &changed);
    list(&case, runner, place)
}

replay!(a_directory_that_leads_out, {
    for (directory, place) in [("../../reached", "/reached"), ("../reached", "/reached")] {
        let ours = with_directory(Runner::Aril, directory, place);
        assert_eq!(ours, "", "{directory}");
        let theirs = with_directory(Runner::Flatpak, directory, place);
        if !theirs.contains("One") {
            repaired("GHSA-w69g-9x8j-7p8f");
        }
    }
    // The control: where it belongs, it is seen.
    assert_eq!(
        with_directory(Runner::Aril, "share/things", "/app/share/things"),
        "One\nTwo\nshare\n"
    );
});

/// A merged directory of an extension is a link to a directory of the host's.
fn with_link(runner: Runner) -> String {
    let case = Case::new();
    let prize = prize(&case);
    let files = case
        .deployment(&format!("runtime/{EXTENDED}.Plug.One"))
        .join("files");
    fs::remove_dir_all(files.join("share/things")).expect("remove a directory");
    symlink(&prize, files.join("share/things")).expect("make a link");
    list(&case, runner, "/app/plug/share/things")
}

replay!(a_merged_directory_as_a_link, {
    let ours = with_link(Runner::Aril);
    assert!(!ours.contains("secret"), "{ours}");
    if !with_link(Runner::Flatpak).contains("secret") {
        repaired("GHSA-w69g-9x8j-7p8f");
    }
    // The control: without the link both extensions' things are there.
    let names = list(&Case::new(), Runner::Aril, "/app/plug/share/things");
    assert_eq!(names, "One\nTwo\nboth\n");
});

//! `default`: what every command gets.

use crate::place::{KEY, Place, read};

#[test]
fn a_command_changes_its_directory_and_nothing_else() {
    let place = Place::new();
    Place::write(&place.project("input"), "3\n1\n2\n");
    place
        .inside(&[], &["sort", "-o", "sorted", "input"])
        .succeeded();
    assert_eq!(read(&place.project("sorted")), "1\n2\n3\n");

    let steal =
        "cat \"$HOME/.ssh/id_ed25519\" || true; echo left > \"$HOME/left\"; ls -A \"$HOME\"";
    let words = ["sh", "-c", steal];
    let seen = place.inside(&["--profile", "default"], &words).succeeded();
    assert_eq!(seen, "left\n", "the home directory is an empty one");
    assert!(!std::path::Path::new(&place.home("left")).exists());
    let outside = place.outside(&words).succeeded();
    assert!(outside.contains(KEY) && outside.contains(".ssh"), "control");
}

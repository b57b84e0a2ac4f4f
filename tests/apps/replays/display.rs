//! Control characters in what is shown (CVE-2023-28101).

use super::replay;
use crate::case::{Case, Runner};
use crate::fixture::SMALL;
use std::fs;

/// What a hostile application's metadata adds.
const EVIL: [&str; 2] = [
    "\n[Environment]\nX=\u{1b}[1Ahidden\u{9b}8m\n[Context]\nfilesystems=~/\u{1b}[8mx;\n",
    "\n[Session Bus Policy]\norg.a.B\u{1b}[2K=talk\n",
];

replay!(permissions_are_shown_as_text, {
    for evil in EVIL {
        shows_as_text(evil);
    }
});

fn shows_as_text(evil: &str) {
    let case = Case::new();
    let metadata = case.deployment(&format!("app/{SMALL}")).join("metadata");
    let text = fs::read_to_string(&metadata).expect("metadata");
    fs::remove_file(&metadata).expect("remove a file");
    fs::write(&metadata, format!("{text}{evil}")).expect("write a file");
    for words in [
        &["info", SMALL][..],
        &["info", "--show-permissions", SMALL],
        &["info", "--show-metadata", SMALL],
        &["permissions", SMALL],
        &["list"],
        &["run", SMALL],
        &["explain", "run", SMALL],
    ] {
        let done = case.command(Runner::Aril).args(words).finish();
        let shown = format!("{}{}", done.stdout, done.stderr);
        let is_bad = |c: char| c.is_control() && c != '\n' && c != '\t';
        assert!(!shown.contains(is_bad), "{words:?}: {shown:?}");
    }
    // The control: the file has them.
    let text = fs::read_to_string(&metadata).expect("metadata");
    assert!(text.contains('\u{1b}'));
}

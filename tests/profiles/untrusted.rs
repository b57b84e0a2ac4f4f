//! `untrusted`: it reads and computes, and writes nowhere.

use crate::place::{Place, read};
use std::path::Path;

/// Prints each place that could be written.
const WRITE_ANYWHERE: &str = "for place in . sub \"$HOME/.ssh\"; do echo x >> \"$place/planted\" && echo \"$place\"; done; true";

#[test]
fn it_reads_and_computes_and_writes_nowhere() {
    let place = Place::new();
    Place::write(&place.project("sub/words"), "b\na\n");
    let untrusted = ["--profile", "untrusted"];
    let work = "sort sub/words > /tmp/sorted && echo kept > \"$HOME/own\" && cat /tmp/sorted \"$HOME/own\"";
    let printed = place.inside(&untrusted, &["sh", "-c", work]).succeeded();
    assert_eq!(
        printed, "a\nb\nkept\n",
        "its own /tmp and home are work room"
    );
    assert!(!Path::new(&place.home("own")).exists());

    // $HOME/.ssh does not exist inside, so that nothing at all is printed.
    let words = ["sh", "-c", WRITE_ANYWHERE];
    assert_eq!(place.inside(&untrusted, &words).succeeded(), "");
    let change = ["sh", "-c", "mv sub gone || rm -rf sub || chmod 777 sub"];
    place.inside(&untrusted, &change).failed();
    assert_eq!(read(&place.project("sub/words")), "b\na\n");
    let control = place.outside(&words).succeeded();
    assert_eq!(control.lines().count(), 3, "control: {control}");
    place.outside(&change).succeeded();
}

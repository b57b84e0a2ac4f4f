//! Both start at all.

use crate::case::{Case, Runner};
use crate::fixture::SMALL;

#[test]
fn both_start() {
    aril_tests::skip::report("both_start", || {
        let case = Case::new();
        for runner in [Runner::Flatpak, Runner::Aril] {
            let done = case.run(
                runner,
                &["--command=sh", SMALL, "-c", "echo in $FLATPAK_ID"],
            );
            let done = done.finish().success();
            assert_eq!(done.stdout, format!("in {SMALL}\n"), "{runner:?}");
        }
    });
}

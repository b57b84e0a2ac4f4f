//! The same application, run by both: what is seen inside is the same, but for the listed differences.

mod differences;
mod observation;
mod settings;

use crate::case::{Case, Runner};
use differences::{Difference, known};
use observation::observe;
pub(crate) use observation::{LOOK, Observation, of_all};
use std::collections::{BTreeMap, BTreeSet};

/// A difference that was seen: what it is about, and both sides.
type Seen = BTreeMap<String, [Option<String>; 2]>;

fn differences(ours: &Observation, theirs: &Observation) -> Seen {
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let both = keys.into_iter().map(|about| {
        let sides = [ours, theirs].map(|side| side.get(about).cloned());
        (about.clone(), sides)
    });
    both.filter(|(_, [ours, theirs])| ours != theirs).collect()
}

#[test]
fn applications_see_the_same() {
    aril_tests::skip::report("applications_see_the_same", || {
        let known = known();
        let mut used = vec![false; known.len()];
        let mut unlisted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, setting) in settings::SETTINGS {
            let case = Case::new();
            settings::furnish(&case);
            let theirs = observe(&case, Runner::Flatpak, setting);
            let ours = observe(&case, Runner::Aril, setting);
            for (about, [ours, theirs]) in differences(&ours, &theirs) {
                match covering(&known, &about) {
                    Some(row) => used[row] = true,
                    None => {
                        let words = format!("{about}: aril {ours:?}, flatpak {theirs:?}");
                        unlisted.entry(words).or_default().push(name);
                    }
                }
            }
        }
        assert!(
            unlisted.is_empty(),
            "differences that are not listed:\n{unlisted:#?}"
        );
        let vanished = known
            .iter()
            .zip(&used)
            .filter(|(row, used)| !**used && row.is_sure());
        let vanished: Vec<&Difference> = vanished.map(|(row, _)| row).collect();
        assert!(
            vanished.is_empty(),
            "listed differences that are gone:\n{vanished:#?}"
        );
    });
}

/// The differences between two that no row of the table speaks of, in words.
pub(crate) fn unlisted(ours: &Observation, theirs: &Observation) -> Vec<String> {
    let known = known();
    let seen = differences(ours, theirs).into_iter();
    let unlisted = seen.filter(|(about, _)| covering(&known, about).is_none());
    let words = unlisted
        .map(|(about, [ours, theirs])| format!("{about}: aril {ours:?}, flatpak {theirs:?}"));
    words.collect()
}

fn covering(known: &[Difference], about: &str) -> Option<usize> {
    known.iter().position(|row| row.covers(about))
}

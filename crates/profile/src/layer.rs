//! What is at each place of the tree, before it is put into an order.

use aril_sandbox::{Entry, Node};
use std::path::PathBuf;

/// Who wins where several ask for the same place: the later of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// What every sandbox has.
    System,
    /// The current and the home directory.
    Default,
    /// Files that the host runs later.
    Guard,
    /// A path that a profile or an option names.
    Named,
}

/// A place and the entries that make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) target: PathBuf,
    pub(crate) rank: Rank,
    pub(crate) entries: Vec<Entry>,
}

impl Place {
    pub(crate) fn new(
        target: impl Into<PathBuf>,
        rank: Rank,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Self {
        Self {
            target: target.into(),
            rank,
            entries: entries.into_iter().collect(),
        }
    }
}

/// Of those at the same place the highest rank remains; then what is nearer to the root comes first, so
/// that the nearest place above a file decides about it. What makes a mount read-only comes last: in it
/// there may be places for others.
pub(crate) fn in_order(mut places: Vec<Place>) -> Vec<Entry> {
    // A stable sort: places of one depth stay together as they were listed.
    let depth = |place: &Place| place.target.components().count();
    let mut best: std::collections::HashMap<PathBuf, Rank> = std::collections::HashMap::new();
    for place in &places {
        let rank = best.entry(place.target.clone()).or_insert(place.rank);
        *rank = place.rank.max(*rank);
    }
    places.retain(|place| best.get(&place.target) == Some(&place.rank));
    places.sort_by_key(depth);
    let entries = places.into_iter().flat_map(|place| place.entries);
    let seals = |entry: &Entry| matches!(entry.node, Node::ReadOnly);
    let (seals, mut entries): (Vec<_>, Vec<_>) = entries.partition(seals);
    entries.extend(seals);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_comes_last_and_the_named_wins() {
        let place = |target: &str, rank| Place::new(target, rank, [Entry::tmpfs(target)]);
        let seal = Entry::new("/d", Node::ReadOnly);
        let named = Place::new("/a", Rank::Named, [Entry::proc("/a")]);
        let order = in_order(vec![
            place("/a/b/c", Rank::Default),
            place("/a", Rank::System),
            named,
            Place::new("/d", Rank::System, [Entry::tmpfs("/d"), seal.clone()]),
        ]);
        let expected = [
            Entry::proc("/a"),
            Entry::tmpfs("/d"),
            Entry::tmpfs("/a/b/c"),
            seal,
        ];
        assert_eq!(order, expected);
    }
}

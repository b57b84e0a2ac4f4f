//! Words that may have been meant.

/// The one of `known` that differs least from `word`, if it differs little.
pub(crate) fn closest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let scored = known.iter().map(|known| (distance(word, known), *known));
    let (distance, best) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= (best.len() / 3).max(1)).then_some(best)
}

/// How many bytes must be inserted, removed or replaced, or neighbours exchanged.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (row, &a) in left.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, &b) in right.iter().enumerate() {
            let above = &rows[row];
            let mut least = (above[column] + usize::from(a != b))
                .min(above[column + 1] + 1)
                .min(next[column] + 1);
            if row > 0 && column > 0 && a == right[column - 1] && left[row - 1] == b {
                least = least.min(rows[row - 1][column - 1] + 1);
            }
            next.push(least);
        }
        rows.push(next);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let known = ["ro", "rw", "hide", "timeout", "workdir"];
        for (word, found) in [
            ("hdie", Some("hide")),
            ("timeuot", Some("timeout")),
            ("work-dir", Some("workdir")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(closest(word, &known), found, "{word}");
        }
    }
}

//! Medians and their spread.

use serde::{Deserialize, Serialize};

/// The middle of many measurements, and how far they spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) runs: usize,
    pub(crate) minimum: f64,
    pub(crate) lower_quartile: f64,
    pub(crate) median: f64,
    pub(crate) upper_quartile: f64,
}

impl Summary {
    /// Sums up samples; none if there are none.
    pub(crate) fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Some(Self {
            runs: sorted.len(),
            minimum: *sorted.first()?,
            lower_quartile: quantile(&sorted, 0.25)?,
            median: quantile(&sorted, 0.5)?,
            upper_quartile: quantile(&sorted, 0.75)?,
        })
    }
}

/// The value below which this fraction of the sorted samples lies, between two of them where the
/// place is between them.
fn quantile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let place = (sorted.len().checked_sub(1)?) as f64 * fraction;
    let below = *sorted.get(place.floor() as usize)?;
    let above = *sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn one_sample_is_its_own_spread() {
        let summary = Summary::of(&[7.0]).expect("a summary");
        assert_eq!(
            (
                summary.lower_quartile,
                summary.median,
                summary.upper_quartile
            ),
            (7.0, 7.0, 7.0)
        );
    }

    #[test]
    fn an_even_number_has_its_median_in_between() {
        assert_eq!(Summary::of(&[4.0, 1.0, 3.0, 2.0]).expect("one").median, 2.5);
    }

    #[test]
    fn order_and_outliers_do_not_matter() {
        let summary = Summary::of(&[1e9, 3.0, 1.0, 2.0, 4.0]).expect("a summary");
        assert_eq!(
            summary,
            Summary {
                runs: 5,
                minimum: 1.0,
                lower_quartile: 2.0,
                median: 3.0,
                upper_quartile: 4.0
            }
        );
    }
}

//! What was measured: plain data, from which every output is made.

use crate::facts::Facts;
use crate::statistics::Summary;
use crate::unit::Unit;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything that one run of this program found out.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) facts: Facts,
    pub(crate) rows: Vec<Row>,
    /// The cost against the number of binds, if it was asked for.
    pub(crate) curve: Vec<Point>,
}

impl Report {
    /// Whether nothing failed.
    pub(crate) fn is_complete(&self) -> bool {
        let failed = |row: &Row| matches!(row.finding, Finding::Failed { .. });
        !self.rows.iter().any(failed)
    }
}

/// A row of the table.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// What was measured, for a reader.
    pub(crate) work: String,
    #[serde(flatten)]
    pub(crate) finding: Finding,
}

/// What became of a row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub(crate) enum Finding {
    Measured(Comparison),
    Skipped { why: String },
    Failed { why: String },
}

/// Two series of measurements, and what is required of their ratio.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Comparison {
    pub(crate) unit: Unit,
    pub(crate) ours: Summary,
    pub(crate) other: Summary,
    /// Of the medians.
    pub(crate) ratio: f64,
    pub(crate) required: Bound,
    pub(crate) reached: bool,
}

impl Comparison {
    /// Sums up two series; none if one is empty.
    pub(crate) fn of(unit: Unit, [ours, other]: [&[f64]; 2], required: Bound) -> Option<Self> {
        let (ours, other) = (Summary::of(ours)?, Summary::of(other)?);
        let ratio = ours.median / other.median;
        Some(Self {
            unit,
            ours,
            other,
            ratio,
            required,
            reached: required.admits(ratio),
        })
    }
}

/// What a ratio must be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    /// Whether a ratio is within the bound. One that is not a number is not.
    pub(crate) fn admits(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(out, "≤ {most:.2}"),
            Self::AtLeast(least) => write!(out, "≥ {least:.2}"),
        }
    }
}

/// The cost of a sandbox with this many binds, in seconds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Point {
    pub(crate) binds: usize,
    pub(crate) ours: Summary,
    pub(crate) peer: Summary,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_ratios_of_medians() {
        let series: [&[f64]; 2] = [&[1.0, 2.0, 90.0], &[4.0, 4.0, 4.0]];
        let found = Comparison::of(Unit::Seconds, series, Bound::AtMost(0.5)).expect("one");
        assert_eq!((found.ratio, found.reached), (0.5, true));
    }

    #[test]
    fn bounds() {
        assert!(Bound::AtMost(0.5).admits(0.5) && !Bound::AtMost(0.5).admits(0.51));
        assert!(Bound::AtLeast(2.0).admits(2.0) && !Bound::AtLeast(2.0).admits(1.99));
        assert!(!Bound::AtMost(0.5).admits(f64::NAN));
        assert_eq!(Bound::AtLeast(2.0).to_string(), "≥ 2.00");
    }

    #[test]
    fn a_report_survives_json() {
        let series: [&[f64]; 2] = [&[1.0], &[4.0]];
        let found = Comparison::of(Unit::Bytes, series, Bound::AtMost(0.5)).expect("one");
        let row = Row {
            name: "idle".into(),
            work: "sleep".into(),
            finding: Finding::Measured(found),
        };
        let text = serde_json::to_string(&row).expect("JSON");
        assert!(text.contains("\"finding\":\"measured\""), "{text}");
        let back: Row = serde_json::from_str(&text).expect("a row");
        assert!(matches!(back.finding, Finding::Measured(found) if found.reached));
    }
}

//! Units, and figures in words.

use crate::statistics::Summary;
use serde::{Deserialize, Serialize};

/// What a sample is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    Seconds,
    Bytes,
    PerSecond,
}

impl Unit {
    /// The scale in which a value reads well: its name and its size.
    fn scale(self, value: f64) -> (&'static str, f64) {
        let scales: &[(&str, f64)] = match self {
            Self::Seconds => &[("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)],
            Self::Bytes => &[("MiB", 1_048_576.0), ("KiB", 1024.0)],
            Self::PerSecond => &[("/s", 1.0)],
        };
        let fits = |scale: &&(&str, f64)| value >= scale.1;
        *scales
            .iter()
            .find(fits)
            .unwrap_or(&scales[scales.len() - 1])
    }

    /// A median with its quartiles: `4.12 ms (3.90–4.51)`.
    pub(crate) fn words(self, summary: &Summary) -> String {
        let (name, size) = self.scale(summary.median);
        let [low, middle, high] = [
            summary.lower_quartile,
            summary.median,
            summary.upper_quartile,
        ]
        .map(|value| three_digits(value / size));
        format!("{middle} {name} ({low}–{high})")
    }
}

/// Three significant digits, without a power of ten.
fn three_digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(unit: Unit, samples: &[f64]) -> String {
        unit.words(&Summary::of(samples).expect("samples"))
    }

    #[test]
    fn times_find_their_scale() {
        assert_eq!(words(Unit::Seconds, &[1.5]), "1.50 s (1.50–1.50)");
        assert_eq!(
            words(Unit::Seconds, &[0.0039, 0.00412, 0.0123]),
            "4.12 ms (4.01–8.21)"
        );
        assert_eq!(words(Unit::Seconds, &[250e-6]), "250 µs (250–250)");
        assert_eq!(words(Unit::Seconds, &[31.25e-9]), "31.2 ns (31.2–31.2)");
    }

    #[test]
    fn other_units() {
        assert_eq!(words(Unit::Bytes, &[2048.0]), "2.00 KiB (2.00–2.00)");
        assert_eq!(
            words(Unit::Bytes, &[3.0 * 1_048_576.0]),
            "3.00 MiB (3.00–3.00)"
        );
        assert_eq!(words(Unit::Bytes, &[0.0]), "0.00 KiB (0.00–0.00)");
        assert_eq!(words(Unit::PerSecond, &[115.4]), "115 /s (115–115)");
    }
}

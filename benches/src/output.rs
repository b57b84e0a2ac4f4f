//! From a report to what people and programs read.

mod markdown;
mod picture;
mod table;

use crate::error::{Error, failed};
use crate::options::Options;
use crate::report::{Finding, Report, Row};
use std::io::Write;
use std::path::Path;

/// Prints the table, and writes the files that were asked for.
pub(crate) fn write(report: &Report, options: &Options) -> Result<(), Error> {
    let text = table::table(report);
    let printed = std::io::stdout().write_all(text.as_bytes());
    printed.map_err(failed("print the table"))?;
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(report).map_err(failed("make JSON"))?;
        write_file(path, &(text + "\n"))?;
    }
    if let Some(path) = &options.markdown {
        write_file(path, &markdown::page(report, options))?;
    }
    match &options.plot {
        Some(path) if !report.curve.is_empty() => write_file(path, &picture::svg(report)),
        _ => Ok(()),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    let written = std::fs::write(path, text);
    written.map_err(failed(format!("write {}", path.display())))
}

/// The headings over [`cells`].
const HEADINGS: [&str; 6] = ["work", "ours", "against", "ratio", "required", "reached"];

/// A row in words.
fn cells(row: &Row) -> [String; 6] {
    let without_figures = |word: &str, why: &str| {
        let work = format!("{}: {word}: {}", row.work, why.replace('\n', "; "));
        [
            work,
            "–".into(),
            "–".into(),
            "–".into(),
            "–".into(),
            word.into(),
        ]
    };
    match &row.finding {
        Finding::Skipped { why } => without_figures("skipped", why),
        Finding::Failed { why } => without_figures("failed", why),
        Finding::Measured(found) => [
            row.work.clone(),
            found.unit.words(&found.ours),
            found.unit.words(&found.other),
            format!("{:.3}", found.ratio),
            found.required.to_string(),
            if found.reached { "yes" } else { "no" }.into(),
        ],
    }
}

/// The machine and the programs, one fact a line.
fn facts(report: &Report) -> Vec<String> {
    let facts = &report.facts;
    vec![
        format!("ours: {}; peer: {}", facts.ours, facts.peer),
        format!("kernel: Linux {}", facts.kernel),
        format!("processor: {}, {} cores", facts.cpu, facts.cores),
        format!(
            "load average before: {}; user id: {}",
            facts.load, facts.uid
        ),
    ]
}

#[cfg(test)]
mod example {
    //! A report to try the outputs on.
    use super::*;
    use crate::facts::Facts;
    use crate::report::{Bound, Comparison, Point};
    use crate::statistics::Summary;
    use crate::unit::Unit;

    pub(super) fn report() -> Report {
        let series: [&[f64]; 2] = [&[0.004], &[0.010]];
        let found = Comparison::of(Unit::Seconds, series, Bound::AtMost(0.5)).expect("figures");
        let row = |name: &str, finding| Row {
            name: name.into(),
            work: format!("work | {name}"),
            finding,
        };
        let skipped = Finding::Skipped {
            why: "absent".into(),
        };
        let summary = |value| Summary::of(&[value]).expect("a value");
        Report {
            facts: Facts {
                kernel: "6.1".into(),
                cpu: "a processor".into(),
                cores: 2,
                load: "0.10".into(),
                uid: 1000,
                ours: "bwrap 1".into(),
                peer: "bwrap 2".into(),
                same_file: true,
                runs: 200,
            },
            rows: vec![row("one", Finding::Measured(found)), row("two", skipped)],
            curve: [(10, 0.004, 0.012), (100, 0.005, 0.1), (1000, 0.02, 1.8)]
                .map(|(binds, ours, peer)| Point {
                    binds,
                    ours: summary(ours),
                    peer: summary(peer),
                })
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_words() {
        let report = example::report();
        assert_eq!(
            cells(&report.rows[0]),
            [
                "work | one",
                "4.00 ms (4.00–4.00)",
                "10.0 ms (10.0–10.0)",
                "0.400",
                "≤ 0.50",
                "yes"
            ]
        );
        assert_eq!(cells(&report.rows[1])[0], "work | two: skipped: absent");
        assert_eq!(cells(&report.rows[1])[5], "skipped");
    }
}

//! The table for a terminal.

use super::{HEADINGS, cells, facts};
use crate::report::Report;

/// Facts, rows, notes.
pub(super) fn table(report: &Report) -> String {
    let mut text = String::new();
    for fact in facts(report) {
        text += &format!("{fact}\n");
    }
    text += "medians (with quartiles); ratios of medians\n\n";
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(report.rows.iter().map(cells));
    text += &aligned(&lines);
    for note in report.facts.notes() {
        text += &format!("\nnote: {note}\n");
    }
    text
}

/// Columns as wide as their widest cell, but a cell without figures beside it may be wider.
fn aligned(lines: &[[String; 6]]) -> String {
    let width = |column: usize| {
        let counted = lines.iter().filter(|line| column > 0 || line[1] != "–");
        let widths = counted.map(|line| line[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let padded = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        text += padded.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn columns_stand_in_line() {
        let line =
            |first: &str, second: &str| [first, second, "c", "d", "e", "f"].map(str::to_owned);
        let lines = [line("a", "µ1"), line("bbb", "2"), line("much longer", "–")];
        assert_eq!(
            aligned(&lines),
            "a    µ1  c  d  e  f\nbbb  2   c  d  e  f\nmuch longer  –   c  d  e  f\n"
        );
    }

    #[test]
    fn notes_come_last() {
        let text = table(&example::report());
        assert!(text.starts_with("ours: bwrap 1; peer: bwrap 2\nkernel: Linux 6.1\n"));
        assert!(text.ends_with("say nothing.\n"), "{text}");
    }
}

//! Tables: aligned under headings for people, separated by tabs for scripts.

use crate::style::{Ink, Style};
use aril_flatpak::shown;

/// Rows under headings. What is put into it is of foreign origin, and is escaped.
#[derive(Clone, Debug)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(headings: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            headings: headings.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each heading.
    pub fn push(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        let cells = cells.into_iter();
        self.rows
            .push(cells.map(|cell| shown(cell.as_ref()).to_string()).collect());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows alone, each on a line, separated by tabs. An escaped cell has no tab.
    pub fn for_scripts(&self) -> String {
        self.rows.iter().map(|row| row.join("\t") + "\n").collect()
    }

    /// The rows below their headings, aligned.
    pub fn for_people(&self, style: Style) -> String {
        let widths: Vec<usize> = (0..self.headings.len()).map(|at| self.width(at)).collect();
        let headings: Vec<String> = self.headings.iter().map(ToString::to_string).collect();
        let mut text = style.paint(Ink::Heading, aligned(&headings, &widths)) + "\n";
        for row in &self.rows {
            text += &aligned(row, &widths);
            text.push('\n');
        }
        text
    }

    fn width(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let cells = cells.map(|cell| cell.chars().count());
        let heading = self.headings.get(at).map_or(0, |text| text.chars().count());
        cells.max().unwrap_or(0).max(heading)
    }
}

/// The last cell has nothing after it.
fn aligned(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths);
    let line: Vec<String> = padded
        .map(|(cell, width)| format!("{cell:width$}"))
        .collect();
    line.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_both() {
        let mut table = Table::new(["NAME", "ID"]);
        assert!(table.is_empty());
        table.push(["caf\u{e9}s\t\x1b[2K", "a"]);
        table.push(["x", ""]);
        let people = "NAME              ID\ncaf\u{e9}s\\x09\\x1b[2K  a\nx\n";
        assert_eq!(table.for_people(Style::Plain), people);
        assert_eq!(table.for_scripts(), "caf\u{e9}s\\x09\\x1b[2K\ta\nx\t\n");
    }
}

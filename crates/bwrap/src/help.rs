//! `--help`.

use crate::table::{self, Row};
use std::fmt::Write;

/// The column at which the explanations begin.
const COLUMN: usize = 34;

/// The first line, also of the complaint about a missing command.
fn usage(name: &str) -> String {
    format!("usage: {name} [OPTIONS...] [--] COMMAND [ARGS...]\n")
}

/// The whole text.
pub fn help(name: &str) -> String {
    let mut text = usage(name);
    for group in table::GROUPS {
        text.push_str(&format!("\n{}:\n", group.title));
        for row in group.rows {
            push_row(&mut text, row);
        }
    }
    text
}

fn push_row(text: &mut String, row: &Row) {
    let mut left = format!("    {}", row.name);
    for value in row.values {
        left.push(' ');
        left.push_str(value.name);
    }
    // A String takes everything.
    match writeln!(text, "{left:COLUMN$} {}", row.help) {
        Ok(()) | Err(_) => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_line_with_its_values_and_words() {
        let text = help("/x/name");
        assert!(text.starts_with("usage: /x/name [OPTIONS...] [--] COMMAND [ARGS...]\n"));
        for row in table::rows() {
            let line = text
                .lines()
                .find(|line| line.split_whitespace().next() == Some(row.name))
                .unwrap_or_else(|| panic!("{} is missing", row.name));
            assert!(
                line.starts_with("    --") && line.ends_with(row.help),
                "{line}"
            );
            for value in row.values {
                assert!(line.contains(value.name), "{line}");
            }
        }
    }
}

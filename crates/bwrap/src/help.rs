//! `--help`.

use crate::table::{self, Row};
use crate::text::Shown;
use std::ffi::OsStr;

/// The column at which the explanations begin.
const COLUMN: usize = 34;

/// The text, for a program that was started by this name.
pub fn help(name: &OsStr) -> String {
    let name = Shown(name);
    let mut text = format!("usage: {name} [OPTIONS...] [--] COMMAND [ARGS...]\n");
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
    text.push_str(&format!("{left:COLUMN$} {}\n", row.help));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_line_with_its_values_and_words() {
        let text = help(OsStr::new("/x/name"));
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

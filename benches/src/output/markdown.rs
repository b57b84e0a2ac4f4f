//! The table as Markdown, with all that is needed to make it again.

use super::{HEADINGS, cells, facts};
use crate::options::Options;
use crate::report::Report;

/// A part of a page, without a heading of its own.
pub(super) fn page(report: &Report, options: &Options) -> String {
    let mut text = format!(
        "Measured with `{}`. Medians, with their quartiles; ratios are ratios of medians.\n\n",
        options.command()
    );
    for fact in facts(report) {
        text += &format!("- {fact}\n");
    }
    text.push('\n');
    text += &line(HEADINGS.map(str::to_owned));
    text += "|---|---|---|---|---|---|\n";
    for row in &report.rows {
        text += &line(cells(row));
    }
    for note in report.facts.notes() {
        text += &format!("\n**{note}**\n");
    }
    if let Some(picture) = beside(options) {
        text += &format!("\n![The cost of a sandbox against its number of binds]({picture})\n");
    }
    text
}

fn line(cells: [String; 6]) -> String {
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

/// The name of the picture, if it is in the page's directory.
fn beside(options: &Options) -> Option<String> {
    let (page, picture) = (options.markdown.as_ref()?, options.plot.as_ref()?);
    let name = picture.file_name()?.to_str()?;
    (page.parent() == picture.parent()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use clap::Parser;

    fn page_of(words: &[&str]) -> String {
        page(&example::report(), &Options::parse_from(words))
    }

    #[test]
    fn a_page_says_how_to_make_it_again() {
        let text = page_of(&["x", "--runs", "50"]);
        assert!(text.starts_with(
            "Measured with `cargo run --release -p aril-benches -- --runs 50 --peer /usr/bin/bwrap`."
        ));
        assert!(text.contains("\n- processor: a processor, 2 cores\n"));
        assert!(text.contains(
            "| work \\| one | 4.00 ms (4.00–4.00) | 10.0 ms (10.0–10.0) | 0.400 | ≤ 0.50 | yes |\n"
        ));
    }

    #[test]
    fn the_picture_is_shown_where_it_can_be_found() {
        let with = page_of(&["x", "--markdown", "d/a.md", "--plot", "d/b.svg"]);
        assert!(with.ends_with("(b.svg)\n"));
        let elsewhere = page_of(&["x", "--markdown", "d/a.md", "--plot", "e/b.svg"]);
        assert!(!elsewhere.contains("b.svg"));
    }
}

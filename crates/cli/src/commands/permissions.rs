//! `aril permissions`: what an application may do, and what overrides make of what it asks for.

use crate::catalogue::{Application, Difference, PermissionRow};
use crate::error::RunError;
use crate::output;
use crate::style::{Ink, Style};
use crate::table::Table;
use aril_flatpak::shown;
use clap::Args;
use std::fmt::Write;

/// The words of `aril permissions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
With --diff, `+` is what an override grants, `-` what one takes away, `~` what has another value.\n\n\
Example:\n  aril permissions --diff org.example.Player")]
pub struct Words {
    /// Show what overrides change of what the application asks for.
    #[arg(long)]
    pub diff: bool,
    /// Print JSON.
    #[arg(long, short)]
    pub json: bool,
    /// The application.
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Shows permissions; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let application = Application::find(&words.id)?;
    let effective = application.effective()?;
    if words.diff {
        let difference = Difference::between(&application.declared()?, &effective);
        match words.json {
            true => output::print_json(&difference)?,
            false => output::print(lines(&difference, Style::of_stdout()))?,
        }
        return Ok(0);
    }
    let rows = PermissionRow::granted(&effective);
    match words.json {
        true => output::print_json(&rows)?,
        false if rows.is_empty() => output::print("none\n")?,
        false => output::print(table(&rows).for_people(Style::of_stdout()))?,
    }
    Ok(0)
}

/// The permissions with where they come from.
pub(super) fn table(rows: &[PermissionRow]) -> Table {
    let mut table = Table::new(["PERMISSION", "VALUE", "FROM"]);
    for row in rows {
        table.push([row.kind(), row.what(), from(row)]);
    }
    table
}

fn from(row: &PermissionRow) -> String {
    match (&row.origin.file, row.origin.layer) {
        (Some(file), layer) if layer != "metadata" && layer != "runtime" => {
            format!("{layer} ({file})")
        }
        (_, layer) => layer.to_owned(),
    }
}

fn lines(difference: &Difference, style: Style) -> String {
    if difference.is_empty() {
        return "the same as declared\n".to_owned();
    }
    let mut text = String::new();
    let mut line = |ink: Ink, sign: char, row: &PermissionRow, what: String| {
        let from = style.paint(Ink::Faint, format_args!("  {}", shown(&from(row))));
        let said = format!("{sign} {} {}", row.kind(), what);
        let said = style.paint(ink, shown(&said));
        // Writing to a string does not fail.
        writeln!(text, "{said}{from}").ok();
    };
    for row in &difference.added {
        line(Ink::Open, '+', row, row.what());
    }
    for row in &difference.removed {
        line(Ink::Good, '-', row, row.what());
    }
    for row in &difference.changed {
        let what = format!("{}, declared {}", row.now.what(), row.declared);
        line(Ink::Open, '~', &row.now, what);
    }
    text
}

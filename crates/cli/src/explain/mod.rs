//! A sandbox explained: what is visible, what can be written, what can be reached, and who said so.
//!
//! Every front end hands in a [`Subject`], whose spec is all that is explained; so `aril explain run`
//! and `aril explain exec` look alike. docs/explain.md describes the JSON.

mod calls;
mod describe;
mod html;
mod model;
mod mounts;
mod text;

pub use model::{Access, Explanation, Line, Mount, Openness, Rule, SystemCalls};

use crate::error::RunError;
use crate::output;
use crate::style::Style;
use aril_sandbox::{Plan, Spec};
use clap::Args;

/// How it is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct Shape {
    /// Print the steps, one a line, in the order in which they would be done.
    #[arg(long, conflicts_with_all = ["json", "html"])]
    pub steps: bool,
    /// Print JSON.
    #[arg(long, short, conflicts_with = "html")]
    pub json: bool,
    /// Print a page for a browser, with everything in it.
    #[arg(long)]
    pub html: bool,
}

/// What is explained.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is called: the application's ID, the command.
    pub title: &'a str,
    /// The sandbox. Its descriptors are open.
    pub spec: &'a Spec,
    /// What of the session is in reach once it runs, and so is not in the spec yet.
    pub session: &'a [Line],
    /// What the user is told beside it.
    pub notes: &'a [String],
}

/// Explains on standard output.
pub fn print(subject: &Subject<'_>, plan: &Plan, shape: Shape) -> Result<(), RunError> {
    if shape.steps {
        return output::print(plan.to_string());
    }
    let explanation = Explanation::of(subject);
    if shape.json {
        output::print_json(&explanation)
    } else if shape.html {
        output::print(html::page(&explanation))
    } else {
        output::print(text::page(&explanation, Style::of_stdout()))
    }
}

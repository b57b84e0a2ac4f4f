//! Measures what Aril costs, against bubblewrap and libseccomp.
//!
//! `cargo run --release -p aril-benches`
//!
//! ```text
//! words ──► Job ───────────────► Report ──► table, JSON, Markdown, SVG
//! options   prepare: what to run  rows: the   output
//!           user: as whom         measuring
//! ```
//!
//! The measuring happens in a process of an ordinary user: this one, or, where root started it, a
//! second one that reads the [`job::Job`] and writes the [`report::Report`] as JSON.
#![forbid(unsafe_code)]

mod application;
mod calls;
mod error;
mod facts;
mod job;
mod library;
mod options;
mod output;
mod prepare;
mod progress;
mod report;
mod rows;
mod run;
mod scratch;
mod statistics;
mod unit;
mod user;

use clap::Parser;
use error::{Error, failed};
use options::{Inner, Options};
use report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    match act(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("aril-benches: {error}");
            ExitCode::FAILURE
        }
    }
}

fn act(options: &Options) -> Result<ExitCode, Error> {
    match options.inner {
        Some(Inner::Measure) => measure_for_root()?,
        Some(Inner::Calls) => {
            serde_json::to_writer(std::io::stdout().lock(), &calls::measure()?)
                .map_err(failed("write the rates"))?;
        }
        Some(Inner::Launch { mebibytes }) => library::serve(mebibytes)?,
        None => return benchmark(options),
    }
    Ok(ExitCode::SUCCESS)
}

fn benchmark(options: &Options) -> Result<ExitCode, Error> {
    options.check()?;
    let job = prepare::job(options)?;
    let report = match user::choose(options.user.as_deref())? {
        Some(user) => user::measure(&user, &job)?,
        None => rows::measure(&job),
    };
    output::write(&report, options)?;
    Ok(match report.is_complete() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The second process: root's job comes on standard input, its report goes to standard output.
fn measure_for_root() -> Result<(), Error> {
    let job = serde_json::from_reader(std::io::stdin().lock()).map_err(failed("read the job"))?;
    let report: Report = rows::measure(&job);
    serde_json::to_writer(std::io::stdout().lock(), &report).map_err(failed("write the report"))
}

//! The words of the command line.

use crate::error::Error;
use crate::job::Benchmark;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Measure what Aril costs, against bubblewrap and libseccomp, as an ordinary user.
///
/// The contestants take turns. Shown are medians with their quartiles; a ratio is one of medians.
/// The exit status is 0 if everything was measured or skipped for a reason that is shown, whether or
/// not the required values were reached, and 1 if something failed.
#[derive(Debug, Parser)]
#[command(name = "aril-benches", args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    /// Measure only this; may be given several times
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) only: Vec<Benchmark>,

    /// Measure the short rows N times, the long ones a tenth of it or less
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) runs: usize,

    /// The bubblewrap to compare with
    #[arg(long, value_name = "PATH", default_value = "/usr/bin/bwrap")]
    pub(crate) peer: PathBuf,

    /// Our bwrap [default: the release build beside this program]
    #[arg(long, value_name = "PATH")]
    pub(crate) ours: Option<PathBuf>,

    /// When root starts this: the user to measure as [default: the first who can log in, or 65534]
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// Write every figure as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Write the table as Markdown, with the machine's facts
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    /// Draw the cost against the number of binds, as SVG
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) inner: Option<Inner>,
}

/// What this program runs itself for.
#[derive(Debug, Subcommand)]
pub(crate) enum Inner {
    /// Read a job, measure, write the report
    #[command(hide = true)]
    Measure,
    /// Count system calls per second
    #[command(hide = true)]
    Calls,
    /// Hold memory, and launch a sandbox for every line that is read
    #[command(hide = true)]
    Launch {
        /// How much memory
        mebibytes: usize,
    },
}

impl Options {
    /// Refuses what can only be a mistake, before anything takes time.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.runs == 0 {
            return Err(Error::new("measure 0 times", "there would be no median"));
        }
        if self.plot.is_some() && !self.selects(Benchmark::Binds) {
            let why = "the picture shows the row `binds`, which is not selected";
            return Err(Error::new("draw the picture", why));
        }
        Ok(())
    }

    /// Whether this is to be measured.
    pub(crate) fn selects(&self, benchmark: Benchmark) -> bool {
        self.only.is_empty() || self.only.contains(&benchmark)
    }

    /// The command that measures this again.
    pub(crate) fn command(&self) -> String {
        let mut words = vec!["cargo run --release -p aril-benches --".to_owned()];
        words.extend(self.only.iter().map(|one| format!("--only {}", one.name())));
        words.push(format!("--runs {}", self.runs));
        words.push(format!("--peer {}", self.peer.display()));
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Options {
        let words = std::iter::once("aril-benches").chain(words.split_whitespace());
        Options::try_parse_from(words).expect("words")
    }

    #[test]
    fn without_words_everything_is_selected() {
        let options = parse("");
        assert!(options.selects(Benchmark::Idle) && options.selects(Benchmark::Seccomp));
        assert_eq!(options.check(), Ok(()));
    }

    #[test]
    fn only_selects() {
        let options = parse("--only binds --only idle");
        assert!(options.selects(Benchmark::Binds) && !options.selects(Benchmark::Memory));
        assert!(
            options
                .command()
                .contains("--only binds --only idle --runs 200")
        );
    }

    #[test]
    fn a_picture_needs_its_row() {
        assert!(parse("--plot x.svg").check().is_ok());
        assert!(parse("--only binds --plot x.svg").check().is_ok());
        assert!(parse("--only idle --plot x.svg").check().is_err());
        assert!(parse("--runs 0").check().is_err());
    }
}

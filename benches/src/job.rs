//! What is to be measured: decided, before anything runs.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Everything that the measuring process needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) benchmarks: Vec<Benchmark>,
    pub(crate) ours: PathBuf,
    /// Our `aril`.
    pub(crate) aril: PathBuf,
    pub(crate) peer: PathBuf,
    /// How often the short rows are measured.
    pub(crate) runs: usize,
    /// Whether more numbers of binds are measured than the rows need.
    pub(crate) curve: bool,
    /// The program that measures filters, or why there is none.
    pub(crate) filters: Result<PathBuf, String>,
}

impl Job {
    /// How often something is measured that takes long.
    pub(crate) fn fewer_runs(&self, divisor: usize) -> usize {
        (self.runs / divisor).max(self.runs.min(3))
    }
}

/// A group of rows that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Benchmark {
    /// A tree as applications have it
    Application,
    /// The whole system read-only, every namespace new
    Smallest,
    /// `aril exec` beside a bare sandbox with the same tree
    Exec,
    /// Up to 1,000 single files
    Binds,
    /// The library inside a large process
    Memory,
    /// The memory of 200 sandboxes that do nothing
    Idle,
    /// Sandboxes per second, 4 at a time
    Throughput,
    /// An installed application, against flatpak
    Applications,
    /// A filter of 300 rules, against libseccomp
    Seccomp,
}

impl Benchmark {
    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

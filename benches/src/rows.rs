//! The rows of the table: what is measured, and what is required of it.

mod applications;
mod binds;
mod crowd;
mod exec;
mod idle;
mod memory;
mod processes;
mod seccomp;
mod single;
mod throughput;

use crate::error::Error;
use crate::facts::Facts;
use crate::job::{Benchmark, Job};
use crate::report::{Bound, Comparison, Finding, Point, Report, Row};
use crate::unit::Unit;

/// Measures everything that the job names. What fails becomes a row that says so.
pub(crate) fn measure(job: &Job) -> Report {
    let facts = Facts::gather(job);
    let mut found = Found::default();
    for benchmark in &job.benchmarks {
        if let Err(error) = measure_one(*benchmark, job, &mut found) {
            let why = error.to_string();
            found.add(benchmark.name(), benchmark.name(), Finding::Failed { why });
        }
    }
    Report {
        facts,
        rows: found.rows,
        curve: found.curve,
    }
}

fn measure_one(benchmark: Benchmark, job: &Job, found: &mut Found) -> Result<(), Error> {
    match benchmark {
        Benchmark::Application => single::application(job, found),
        Benchmark::Smallest => single::smallest(job, found),
        Benchmark::Exec => exec::measure(job, found),
        Benchmark::Applications => applications::measure(job, found),
        Benchmark::Binds => binds::measure(job, found),
        Benchmark::Memory => memory::measure(job, found),
        Benchmark::Idle => idle::measure(job, found),
        Benchmark::Throughput => throughput::measure(job, found),
        Benchmark::Seccomp => seccomp::measure(job, found),
    }
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    curve: Vec<Point>,
}

impl Found {
    fn add(&mut self, name: impl Into<String>, work: impl Into<String>, finding: Finding) {
        self.rows.push(Row {
            name: name.into(),
            work: work.into(),
            finding,
        });
    }

    /// Compares two series, in a row of its own.
    fn compare(&mut self, about: About<'_>, series: [&[f64]; 2]) -> Result<(), Error> {
        let comparison = Comparison::of(about.unit, series, about.required);
        let why = "nothing was measured";
        let comparison = comparison.ok_or_else(|| Error::new(about.name, why))?;
        self.add(about.name, about.work, Finding::Measured(comparison));
        Ok(())
    }
}

/// What a row is about.
struct About<'a> {
    name: &'a str,
    work: &'a str,
    unit: Unit,
    required: Bound,
}

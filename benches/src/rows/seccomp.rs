//! A filter of 300 rules: what another program of this workspace found out about it.

use super::{About, Found};
use crate::error::{Error, failed};
use crate::job::Job;
use crate::progress::Progress;
use crate::report::{Bound, Finding};
use crate::unit::Unit;
use std::path::Path;
use std::process::Command;

const LOAD: &str = "a filter of 300 rules: to load it, against libseccomp's";
const CALL: &str = "a filter of 300 rules: a call that it allows, against libseccomp's";

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    let program = match &job.filters {
        Ok(program) => program,
        Err(why) => {
            for (name, work) in [("seccomp-load", LOAD), ("seccomp-call", CALL)] {
                found.add(name, work, Finding::Skipped { why: why.clone() });
            }
            return Ok(());
        }
    };
    let runs = job.fewer_runs(40);
    let mut progress = Progress::new("seccomp", runs);
    let mut costs = [const { Vec::new() }; 4];
    for _ in 0..runs {
        let [ours, theirs] = run(program)?;
        for (series, cost) in costs
            .iter_mut()
            .zip([ours.load, theirs.load, ours.call, theirs.call])
        {
            series.push(cost);
        }
        progress.advance();
    }
    let about = |name, work| About {
        name,
        work,
        unit: Unit::Seconds,
        required: Bound::AtMost(1.0),
    };
    found.compare(about("seccomp-load", LOAD), [&costs[0], &costs[1]])?;
    found.compare(about("seccomp-call", CALL), [&costs[2], &costs[3]])
}

/// What a filter costs, in seconds: each is a median of that program's.
#[derive(Debug, PartialEq)]
struct Cost {
    load: f64,
    call: f64,
}

fn run(program: &Path) -> Result<[Cost; 2], Error> {
    let action = || format!("run {}", program.display());
    let output = Command::new(program).output().map_err(failed(action()))?;
    if !output.status.success() {
        return Err(Error::new(action(), output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let read = |name| {
        let missing = || Error::new(action(), format!("no figures of {name} in its output"));
        cost(&text, name).ok_or_else(missing)
    };
    Ok([read("ours")?, read("libseccomp")?])
}

/// Reads a line such as `ours: 322 instructions, compiled in 90 us, loaded in 300 us, getppid 310 ns`.
fn cost(text: &str, name: &str) -> Option<Cost> {
    let mut named = text.lines().filter_map(|line| line.split_once(": "));
    let (_, line) = named.find(|(before, _)| *before == name)?;
    let figure = |before: &str, after: &str| {
        let (_, rest) = line.split_once(before)?;
        let (figure, _) = rest.split_once(after)?;
        figure.trim().parse::<f64>().ok()
    };
    Some(Cost {
        load: figure("loaded in", "us")? * 1e-6,
        call: figure("getppid", "ns")? * 1e-9,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
ours: 620 instructions, compiled in 97 us, loaded in 250 us, getppid 310 ns
libseccomp: 310 instructions, compiled in 900 us, loaded in 1000 us, getppid 320 ns
libseccomp, optimize level 2: 400 instructions, compiled in 1 us, loaded in 300 us, getppid 310 ns
{\"load_ratio\":0.250,\"call_ratio\":0.969}
";

    #[test]
    fn figures_are_read() {
        let found = cost(OUTPUT, "libseccomp").expect("figures");
        assert!((found.load - 1e-3).abs() < 1e-9 && (found.call - 320e-9).abs() < 1e-12);
        assert!(cost(OUTPUT, "ours").is_some());
        assert_eq!(cost(OUTPUT, "theirs"), None);
        assert_eq!(cost("ours: nothing", "ours"), None);
    }
}

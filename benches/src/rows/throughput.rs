//! Sandboxes per second, several at a time.

use super::single::APPLICATION;
use super::{About, Found};
use crate::error::Error;
use crate::job::Job;
use crate::report::Bound;
use crate::run::{Rounds, Turn, Words, take_turns, time};
use crate::unit::Unit;
use std::path::Path;
use std::time::Instant;

/// How many run at a time.
const AT_A_TIME: usize = 4;

/// How many each of them runs, one after the other, for one sample.
const EACH: usize = 10;

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    let words = Words::new(APPLICATION);
    let turn = |program| -> Turn<'_> {
        let words = &words;
        Box::new(move || rate(program, words))
    };
    let rounds = Rounds {
        warm_up: 1,
        counted: job.fewer_runs(10),
    };
    let mut turns = [turn(&job.ours), turn(&job.peer)];
    let series = take_turns("throughput", rounds, &mut turns)?;
    let about = About {
        name: "throughput",
        work: "sandboxes per second with an application's tree, 4 at a time",
        unit: Unit::PerSecond,
        required: Bound::AtLeast(2.0),
    };
    found.compare(about, [&series[0], &series[1]])
}

/// How many sandboxes per second end.
fn rate(program: &Path, words: &Words) -> Result<f64, Error> {
    let one = || (0..EACH).try_for_each(|_| time(program, words).map(drop));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let threads = [(); AT_A_TIME].map(|()| scope.spawn(one));
        threads.into_iter().try_for_each(|thread| {
            let panicked = |_| Err(Error::new("run sandboxes at a time", "a thread panicked"));
            thread.join().unwrap_or_else(panicked)
        })
    })?;
    Ok((AT_A_TIME * EACH) as f64 / start.elapsed().as_secs_f64())
}

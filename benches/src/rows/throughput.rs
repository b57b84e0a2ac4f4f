//! Sandboxes per second, several at a time.

use super::single::APPLICATION;
use super::{About, Found};
use crate::error::{Error, failed};
use crate::job::Job;
use crate::report::Bound;
use crate::run::{Rounds, Turn, Words, take_turns};
use crate::unit::Unit;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many run at a time.
const AT_A_TIME: usize = 4;

/// How many each of them runs, one after the other, for one sample: so many that the end, when fewer
/// run at a time, weighs little.
const EACH: usize = 50;

/// The kernel takes namespaces down after their processes have ended: what one contestant has left must
/// not be counted as the other's.
const SETTLING: Duration = Duration::from_millis(100);

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

/// How many sandboxes per second end. What starting them costs this program counts for both
/// contestants, so everything is made ready before.
fn rate(program: &Path, words: &Words) -> Result<f64, Error> {
    let commands = [(); AT_A_TIME].map(|()| quiet(program, words));
    sleep(SETTLING);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let threads = commands.map(|command| scope.spawn(|| run(program, command?)));
        threads.into_iter().try_for_each(|thread| {
            let panicked = |_| Err(Error::new("run sandboxes at a time", "a thread panicked"));
            thread.join().unwrap_or_else(panicked)
        })
    })?;
    Ok((AT_A_TIME * EACH) as f64 / start.elapsed().as_secs_f64())
}

/// A command that can be started many times, its three streams on a file that is open already.
fn quiet(program: &Path, words: &Words) -> Result<Command, Error> {
    let (mut command, _files) = words.command(program)?;
    let null = File::options().read(true).write(true).open("/dev/null");
    let null = null.map_err(failed("open /dev/null"))?;
    let again = || null.try_clone().map_err(failed("open /dev/null"));
    command.stdin(again()?).stdout(again()?).stderr(null);
    Ok(command)
}

fn run(program: &Path, mut command: Command) -> Result<(), Error> {
    let action = || format!("run {}", program.display());
    for _ in 0..EACH {
        let status = command.status().map_err(failed(action()))?;
        if !status.success() {
            return Err(Error::new(action(), status));
        }
    }
    Ok(())
}

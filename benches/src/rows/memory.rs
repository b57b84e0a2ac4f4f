//! The library inside a large process and inside a small one.

use super::{About, Found};
use crate::error::Error;
use crate::job::Job;
use crate::library::Launcher;
use crate::report::Bound;
use crate::run::{Rounds, Turn, take_turns};
use crate::unit::Unit;

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    let mut large = Launcher::start(1024)?;
    let mut small = Launcher::start(10)?;
    let rounds = Rounds {
        warm_up: 5,
        counted: job.runs,
    };
    let mut turns: [Turn<'_>; 2] = [Box::new(|| large.launch()), Box::new(|| small.launch())];
    let series = take_turns("memory", rounds, &mut turns)?;
    let about = About {
        name: "memory",
        work: "the library in a process of 1 GiB, against one of 10 MiB",
        unit: Unit::Seconds,
        required: Bound::AtMost(1.3),
    };
    found.compare(about, [&series[0], &series[1]])
}

//! One sandbox after the other: the wall time from start to end.

use super::{About, Found};
use crate::error::Error;
use crate::job::Job;
use crate::report::Bound;
use crate::run::{Rounds, Turn, Words, take_turns, time};
use crate::unit::Unit;

/// A tree as flatpak makes it for an application: 20 mounts, of which `--dev` makes eight and the
/// root is one.
pub(super) const APPLICATION: &str = "--unshare-all \
    --ro-bind /usr /usr --ro-bind /etc /etc \
    --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
    --symlink usr/sbin /sbin --proc /proc --dev /dev --tmpfs /dev/shm \
    --ro-bind /sys/block /sys/block --ro-bind /sys/bus /sys/bus --ro-bind /sys/class /sys/class \
    --ro-bind /sys/dev /sys/dev --ro-bind /sys/devices /sys/devices \
    --tmpfs /tmp --tmpfs /run";

/// The fewest words for a sandbox in which programs run.
pub(super) const SMALLEST: &str = "--ro-bind / / --unshare-all";

pub(super) fn application(job: &Job, found: &mut Found) -> Result<(), Error> {
    let about = About {
        name: "application",
        work: "`/bin/true` in an application's tree of 20 mounts, every namespace new (aim: 0.40)",
        unit: Unit::Seconds,
        required: Bound::AtMost(0.50),
    };
    against_peer(job, &Words::new(APPLICATION), about, found)
}

pub(super) fn smallest(job: &Job, found: &mut Found) -> Result<(), Error> {
    let about = About {
        name: "smallest",
        work: "`/bin/true` with `--ro-bind / / --unshare-all`",
        unit: Unit::Seconds,
        required: Bound::AtMost(0.60),
    };
    against_peer(job, &Words::new(SMALLEST), about, found)
}

fn against_peer(
    job: &Job,
    words: &Words,
    about: About<'_>,
    found: &mut Found,
) -> Result<(), Error> {
    let turn = |program| -> Turn<'_> { Box::new(move || time(program, words)) };
    let rounds = Rounds {
        warm_up: 5,
        counted: job.runs,
    };
    let mut turns = [turn(&job.ours), turn(&job.peer)];
    let series = take_turns(about.name, rounds, &mut turns)?;
    found.compare(about, [&series[0], &series[1]])
}

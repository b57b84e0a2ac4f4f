//! Many sandboxes that do nothing: what the processes beside their payload hold.

use super::crowd::{Crowd, PAYLOAD};
use super::single::SMALLEST;
use super::{About, Found};
use crate::error::Error;
use crate::job::Job;
use crate::report::Bound;
use crate::run::{Rounds, Turn, Words, take_turns};
use crate::unit::Unit;
use std::path::Path;

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    let words = Words {
        // It ends by itself, should nobody be there to end it.
        payload: vec![PAYLOAD.into(), "300".into()],
        ..Words::new(&format!("{SMALLEST} --die-with-parent"))
    };
    let turn = |program| -> Turn<'_> {
        let words = &words;
        Box::new(move || size_of_crowd(program, words))
    };
    let rounds = Rounds {
        warm_up: 0,
        counted: job.fewer_runs(50),
    };
    let mut turns = [turn(&job.ours), turn(&job.peer)];
    let series = take_turns("idle", rounds, &mut turns)?;
    let about = About {
        name: "idle",
        work: "memory (PSS) of 200 idle sandboxes without their payloads",
        unit: Unit::Bytes,
        required: Bound::AtMost(0.5),
    };
    found.compare(about, [&series[0], &series[1]])
}

/// The bytes that launchers and inits of so many sandboxes hold together.
fn size_of_crowd(program: &Path, words: &Words) -> Result<f64, Error> {
    let mut crowd = Crowd::default();
    let measured = crowd.start(program, words).and_then(|()| crowd.size());
    let ended = crowd.end();
    let size = measured?;
    ended?;
    Ok(size)
}

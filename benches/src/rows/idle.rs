//! Many sandboxes that do nothing: what the processes beside their payload hold.

use super::processes::{Process, all, family, proportional_size};
use super::single::SMALLEST;
use super::{About, Found};
use crate::error::{Error, failed};
use crate::job::Job;
use crate::report::Bound;
use crate::run::{Rounds, Turn, Words, take_turns};
use crate::unit::Unit;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many there are.
const SANDBOXES: usize = 200;

/// The payload. It ends by itself, should nobody be there to end it.
const PAYLOAD: &str = "sleep";

/// How long sandboxes may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    let words = Words {
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

/// Sandboxes that run.
#[derive(Default)]
struct Crowd {
    launchers: Vec<Child>,
}

impl Crowd {
    /// Starts them all, and waits until every payload runs.
    fn start(&mut self, program: &Path, words: &Words) -> Result<(), Error> {
        for _ in 0..SANDBOXES {
            let (mut command, _file) = words.command(program)?;
            let child = command.spawn();
            let action = || format!("start {}", program.display());
            self.launchers.push(child.map_err(failed(action()))?);
        }
        wait_until("wait for 200 payloads", || {
            self.check()?;
            let families = self.families()?;
            Ok(families.iter().filter(|one| is_payload(one)).count() == SANDBOXES)
        })
    }

    /// A sandbox that ends before it is ended has failed.
    fn check(&mut self) -> Result<(), Error> {
        const ACTION: &str = "wait for 200 payloads";
        for launcher in &mut self.launchers {
            if let Some(status) = launcher.try_wait().map_err(failed(ACTION))? {
                return Err(Error::new(ACTION, format!("one has ended with {status}")));
            }
        }
        Ok(())
    }

    /// Every process that belongs to one of them.
    fn families(&self) -> Result<Vec<Process>, Error> {
        let all = all()?;
        let heads = self.launchers.iter().map(Child::id);
        let heads = heads.filter_map(|id| i32::try_from(id).ok());
        let families = heads.flat_map(|head| family(head, &all));
        Ok(families.cloned().collect())
    }

    fn size(&self) -> Result<f64, Error> {
        let families = self.families()?;
        let others = families.iter().filter(|one| !is_payload(one));
        others.map(|one| proportional_size(one.pid)).sum()
    }

    /// Ends every process by its id, and waits until it is gone.
    fn end(&mut self) -> Result<(), Error> {
        let families = self.families()?;
        for process in &families {
            kill(process.pid)?;
        }
        for launcher in &mut self.launchers {
            launcher.wait().map_err(failed("wait for a launcher"))?;
        }
        wait_until("wait for the end of 200 sandboxes", || {
            Ok(!all()?.iter().any(|one| families.contains(one)))
        })
    }
}

/// A process that has only been forked still has its launcher's name.
fn is_payload(process: &Process) -> bool {
    process.name == PAYLOAD
}

fn kill(pid: i32) -> Result<(), Error> {
    let Some(pid) = Pid::from_raw(pid) else {
        return Ok(());
    };
    match kill_process(pid, Signal::KILL) {
        // It has ended by itself.
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(why) => Err(Error::new(format!("end process {pid}"), why)),
    }
}

fn wait_until(action: &str, mut done: impl FnMut() -> Result<bool, Error>) -> Result<(), Error> {
    let start = Instant::now();
    while !done()? {
        if start.elapsed() > PATIENCE {
            return Err(Error::new(action, "they take too long"));
        }
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

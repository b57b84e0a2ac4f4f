//! Many sandboxes at the same time, and their end.

use super::processes::{Process, all, family, proportional_size};
use crate::error::{Error, failed};
use crate::run::Words;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many there are.
const SANDBOXES: usize = 200;

/// The payload's name.
pub(super) const PAYLOAD: &str = "sleep";

/// How long they may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(30);

const START: &str = "wait for 200 payloads";
const END: &str = "wait for the end of 200 sandboxes";

/// Sandboxes that run.
#[derive(Default)]
pub(super) struct Crowd {
    launchers: Vec<Child>,
}

impl Crowd {
    /// Starts them all, and waits until every payload runs.
    pub(super) fn start(&mut self, program: &Path, words: &Words) -> Result<(), Error> {
        for _ in 0..SANDBOXES {
            let (mut command, _files) = words.command(program)?;
            let child = command.spawn();
            let action = || format!("start {}", program.display());
            self.launchers.push(child.map_err(failed(action()))?);
        }
        wait_until(START, || {
            self.check()?;
            Ok(self.families()?.iter().filter(is_payload).count() == SANDBOXES)
        })
    }

    /// A sandbox that ends before it is ended has failed.
    fn check(&mut self) -> Result<(), Error> {
        for launcher in &mut self.launchers {
            if let Some(status) = launcher.try_wait().map_err(failed(START))? {
                return Err(Error::new(START, format!("one has ended with {status}")));
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

    /// The bytes that launchers and inits hold together.
    pub(super) fn size(&self) -> Result<f64, Error> {
        let families = self.families()?;
        let others = families.iter().filter(|one| !is_payload(one));
        others.map(|one| proportional_size(one.pid)).sum()
    }

    /// Ends the payloads, so that init and launcher end as they do by themselves and reap what is
    /// theirs. What is then still there is ended too, and is an error.
    pub(super) fn end(mut self) -> Result<(), Error> {
        let known = self.families()?;
        let ended = wait_until(END, || {
            for payload in self.families()?.iter().filter(is_payload) {
                kill(payload.pid)?;
            }
            Ok(self.have_launchers_ended()? && survivors(&known)?.is_empty())
        });
        for process in survivors(&known)? {
            kill(process.pid)?;
        }
        for launcher in &mut self.launchers {
            launcher.wait().map_err(failed(END))?;
        }
        ended
    }

    fn have_launchers_ended(&mut self) -> Result<bool, Error> {
        let mut all_ended = true;
        for launcher in &mut self.launchers {
            all_ended &= launcher.try_wait().map_err(failed(END))?.is_some();
        }
        Ok(all_ended)
    }
}

/// A process that has only been forked still has its launcher's name.
fn is_payload(process: &&Process) -> bool {
    process.name == PAYLOAD
}

/// Those that still run, whoever their parent is by now.
fn survivors(known: &[Process]) -> Result<Vec<Process>, Error> {
    let is_known = |one: &Process| known.iter().any(|known| known.is_same(one));
    let all = all()?.into_iter();
    Ok(all.filter(|one| !one.has_ended && is_known(one)).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survivor_is_found_until_it_has_ended() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .expect("a process");
        let pid = i32::try_from(child.id()).expect("an id");
        let named = |one: &Process| one.pid == pid && one.name == PAYLOAD;
        wait_until("wait", || Ok(all()?.iter().any(named))).expect("it starts");
        let known: Vec<_> = all().expect("all").into_iter().filter(named).collect();
        assert_eq!(survivors(&known), Ok(known.clone()));
        kill(pid).expect("it can be ended");
        wait_until("wait", || Ok(survivors(&known)?.is_empty())).expect("a zombie does not count");
        child.wait().expect("its end");
    }
}

//! Running what was composed, until its end.

use super::beside::Beside;
use super::doors::{self, Held};
use super::guard::Guard;
use super::keeper::Keeper;
use super::name::Entry;
use super::status::Sink;
use crate::error::RunError;
use crate::report::Reporting;
use crate::untold::Untold;
use crate::{outcome, signals};
use aril_profile::Composed;
use aril_sandbox::spec::Session;
use aril_sandbox::sys::process::{self, Poll};
use aril_sandbox::sys::{Errno, Fd, signal};
use aril_sandbox::{Cause, Ended, Hooks, Host, Plan, Sandbox};
use std::io::Write;
use std::time::{Duration, Instant};

/// How long the payload has to end by itself when its time is over.
const GRACE: Duration = Duration::from_secs(2);

/// How long a run goes without a watch: most commands end sooner, and giving up a watch costs the kernel
/// milliseconds (it waits for readers of its lists). The look at the end is never left out.
const UNWATCHED: Duration = Duration::from_millis(20);

/// The exit status when the time was over, as timeout(1) has it.
const TIMED_OUT: u8 = 124;

/// How it is run.
#[derive(Debug)]
pub struct Manner {
    /// The name that was taken.
    pub entry: Option<Entry>,
    /// The most time.
    pub timeout: Option<Duration>,
    /// Where the end is told.
    pub sink: Sink,
    /// What becomes of denials.
    pub reporting: Reporting,
    /// What runs beside it.
    pub beside: Beside,
    /// What is mounted, held open.
    pub held: Held,
}

/// Runs the command; what is returned is the exit status.
pub fn launch(composed: Composed, mut manner: Manner, host: &Host) -> Result<u8, RunError> {
    doors::refuse_directories()?;
    let mut spec = composed.spec.clone();
    manner.held.give(&mut spec);
    let signals = signals::block(&mut spec)?;
    if let Sink::Fd(fd) = manner.sink {
        // A standard stream is the payload's too.
        if fd > 2 {
            spec.supervision.launcher_fds.push(fd);
        }
    }
    // The payload waits for what is done while its sandbox is built.
    spec.supervision.announce = true;
    let plan = Plan::new(&spec, host).map_err(RunError::new)?;
    let (sandbox, guard) = start(&plan, (&manner, &composed), signals)?;
    manner.beside.launched();
    let pid = sandbox.instance().pid;
    let deadline = manner.timeout.map(|time| Instant::now() + time);
    let watch_from = guard.as_ref().map(|_| Instant::now() + UNWATCHED);
    let mut run = Run {
        sandbox,
        guard,
        keeper: None,
        signals,
        deadline,
        watch_from,
        has_session: spec.program.session == Session::New,
        beside: manner.beside,
    };
    // Whatever went wrong, nothing inside is left and the last look is taken.
    let ended = manner.sink.started(pid).and_then(|()| run.wait());
    let swept = run.sweep();
    run.tell();
    let ended = ended?;
    swept?;
    let refused = run.beside.finish()?;
    let report = manner.reporting.report(&run.sandbox, refused);
    manner.reporting.finish(report, manner.sink)?;
    run.sandbox.leave();
    manner.sink.ended(&ended)?;
    match ended.cause {
        Cause::Timeout => Ok(TIMED_OUT),
        _ => outcome::status(&plan, &ended.outcome),
    }
}

/// Launches the plan. Files are guarded, and others told of the sandbox, before the program begins.
fn start(
    plan: &Plan,
    (manner, composed): (&Manner, &Composed),
    signals: Fd,
) -> Result<(Sandbox, Option<Guard>), RunError> {
    let untold = Untold::default();
    let entry = manner.entry.as_ref();
    let is_guarded = !composed.watched.is_empty() || !composed.searched.is_empty();
    let mut guard = None;
    let mut meanwhile = || {
        if is_guarded {
            guard = Some(Guard::open(composed, &manner.held)?);
        }
        entry.map_or(Ok(()), Entry::keep_confinement)
    };
    let launched = plan.launch_with(Hooks {
        meanwhile: &mut || untold.keep(meanwhile()),
        announce: &mut |created| {
            untold.keep(entry.map_or(Ok(()), |entry| entry.announce(&created)))
        },
        signals: Some(signals),
    });
    let launched = launched.map_err(|error| untold.error(plan, &error))?;
    Ok((launched, guard))
}

/// A sandbox that runs, and what is watched meanwhile.
struct Run {
    sandbox: Sandbox,
    guard: Option<Guard>,
    /// From when the watch begins.
    keeper: Option<Keeper>,
    signals: Fd,
    deadline: Option<Instant>,
    /// When the watch over files begins.
    watch_from: Option<Instant>,
    has_session: bool,
    beside: Beside,
}

impl Run {
    fn wait(&mut self) -> Result<Ended, RunError> {
        loop {
            let [bus_log, output, error] = self.beside.polls();
            let mut polls = [
                Poll::readable(Some(self.sandbox.payload_pidfd())),
                Poll::readable(Some(self.signals)),
                Poll::readable(self.guard.as_ref().and_then(Guard::fd)),
                Poll::readable(self.sandbox.listener()),
                bus_log,
                output,
                error,
            ];
            let wake = [self.deadline, self.watch_from].into_iter().flatten().min();
            process::poll_until(&mut polls, wake).map_err(failed)?;
            // Not only when nothing else is there: the payload could keep the watch busy for ever.
            let is_over = |time: Option<Instant>| time.is_some_and(|time| time <= Instant::now());
            if is_over(self.deadline) {
                return self.end_in_time();
            }
            if is_over(self.watch_from) {
                self.watch_from = None;
                self.watch()?;
                continue;
            }
            if polls[2].is_ready() {
                self.guard.as_mut().map_or(Ok(()), Guard::answer)?;
            }
            if polls[3].is_ready() {
                self.sandbox.answer().map_err(failed)?;
            }
            self.beside.read(&polls[4..]);
            if polls[0].is_ready() {
                let outcome = self.sandbox.wait().map_err(failed)?;
                let cause = Cause::Exit;
                return Ok(self.sandbox.ended().unwrap_or(Ended { outcome, cause }));
            }
            if polls[1].is_ready() {
                self.forward()?;
            }
        }
    }

    fn watch(&mut self) -> Result<(), RunError> {
        if let Some(guard) = &mut self.guard {
            self.keeper = Some(Keeper::start(guard, &self.sandbox)?);
            guard.begin()?;
        }
        Ok(())
    }

    /// The deadline has come: the payload is asked to end, and then everything inside is killed.
    fn end_in_time(&mut self) -> Result<Ended, RunError> {
        if let Some(deadline) = self.deadline {
            self.sandbox.wait_until(deadline).map_err(failed)?;
        }
        self.sandbox.terminate(GRACE).map_err(failed)
    }

    fn forward(&mut self) -> Result<(), RunError> {
        let received = signal::read_signalfd(self.signals).map_err(failed)?;
        signals::forward(&received, &self.sandbox, self.has_session).map_err(failed)
    }

    /// The last look, when nothing inside runs any more.
    fn sweep(&mut self) -> Result<(), RunError> {
        if self.guard.is_none() {
            return Ok(());
        }
        let ended = if self.sandbox.is_alone() {
            Ok(())
        } else {
            self.sandbox.terminate(Duration::ZERO).map(drop)
        };
        let swept = self.guard.as_mut().map_or(Ok(()), Guard::finish);
        let released = self.keeper.take().map_or(Ok(()), Keeper::release);
        swept?;
        ended.map_err(failed)?;
        released
    }

    /// Says what was moved. Not before the end: the payload can stop the terminal, or fill the pipe,
    /// and the launcher would wait there instead of watching.
    fn tell(&self) {
        for line in self.guard.iter().flat_map(Guard::lines) {
            if std::io::stderr().write_all(line.as_bytes()).is_err() {
                return; // Nobody reads it any more.
            }
        }
    }
}

fn failed(errno: Errno) -> RunError {
    RunError::new(format_args!("wait, for the command: {errno}"))
}

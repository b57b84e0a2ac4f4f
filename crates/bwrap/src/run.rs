//! From an invocation to the payload's end.

use crate::Invocation;
use crate::command::FAILED;
use crate::message::Voice;
use crate::reports;
use crate::sources;
use crate::words::{self, Message};
use aril_sandbox::spec::Session;
use aril_sandbox::sys::{Errno, Fd, cred, process, signal};
use aril_sandbox::{Event, Hooks, Host, LaunchError, Outcome, Plan, Sandbox};
use std::ffi::OsString;

type Environment = Vec<(OsString, OsString)>;

/// Runs the payload; what is returned is the exit status.
pub(crate) fn run(invocation: &mut Invocation, environment: Environment, voice: &mut Voice) -> u8 {
    let ended = Watch::new(invocation).and_then(|watch| {
        // A shell that is never told of its children's ends would wait for ever.
        let unblocked = signal::Set::of(&[signal::SIGCHLD as i32]);
        invocation.spec.program.blocked_signals = Some(watch.before.0 & !unblocked.0);
        let sandbox = launch(invocation, environment, &watch, voice)?;
        wait(invocation, sandbox, &watch)
    });
    match ended {
        Ok(outcome) => finish(invocation, &outcome),
        Err(message) => complain(&message, voice),
    }
}

fn complain(message: &Message, voice: &Voice) -> u8 {
    let status = voice.fail(&message.text);
    if let Some(hint) = message.hint {
        voice.hint(&hint);
    }
    status
}

fn launch(
    invocation: &Invocation,
    environment: Environment,
    watch: &Watch,
    voice: &Voice,
) -> Result<Sandbox, Message> {
    if invocation.spec.supervision.die_with_launcher {
        die_with_parent()?;
    }
    let spec = &invocation.spec;
    let host = Host::gather_with(environment);
    let host = host.map_err(|error| Message::new(format!("gather facts of the host: {error}")))?;
    let plan = Plan::new(spec, &host).map_err(|error| words::of_plan_error(&error, spec))?;
    if sources::can_leave_traces(&plan)
        && let Some(text) = sources::missing(&plan)
    {
        return Err(Message::new(text));
    }
    let mut untold = None;
    let mut announce = |created| {
        reports::announce(invocation, created).map_err(|errno| {
            untold = Some(errno);
            let action = "tell of the sandbox";
            LaunchError::Launcher { action, errno }
        })
    };
    let launched = plan.launch_with(Hooks {
        meanwhile: &mut || Ok(()),
        announce: &mut announce,
        signals: Some(watch.signals),
    });
    let sandbox = match (launched, untold) {
        (Ok(sandbox), _) => sandbox,
        (Err(_), Some(errno)) => return Err(Message::with("Write to info_fd", errno)),
        (Err(LaunchError::Interrupted), None) => return Err(watch.die_interrupted()),
        (Err(error), None) => return Err(words::of_launch_error(&error, &plan, spec)),
    };
    for &index in &sandbox.instance().fallbacks {
        let step = &plan.steps()[index].step;
        voice.warn(&format_args!("{step}: a mount below it stays as it is"));
    }
    let kept = invocation.json_status_fd.into_iter();
    let kept: Vec<i32> = kept.chain([watch.signals.number()]).collect();
    let closed = sandbox.close_others(&kept);
    closed.map_err(|errno| Message::with("close a descriptor", errno))?;
    if host.uid == 0 {
        // Without capabilities, and without namespaces of its own, root's payload could trace us.
        cred::set_dumpable(0).map_err(failed("can't set dumpable"))?;
    }
    if host.capabilities != 0 && !invocation.forward_signals {
        give_up_capabilities()?;
    }
    Ok(sandbox)
}

/// The parent may have ended before the kernel was told to watch it.
fn die_with_parent() -> Result<(), Message> {
    let before = process::parent_id();
    process::set_parent_death_signal(signal::SIGKILL as i32)
        .map_err(|errno| Message::with("prctl", errno))?;
    if process::parent_id() != before {
        return Err(Message::new("the parent has ended".into()));
    }
    Ok(())
}

/// Whoever waits needs no rights.
fn give_up_capabilities() -> Result<(), Message> {
    let none = cred::CapabilitySets::default();
    cred::set_capabilities(none).map_err(|errno| Message::with("capset failed", errno))
}

/// The signals that `--forward-signals` passes on.
const FORWARDED: [u32; 6] = [
    signal::SIGHUP,
    signal::SIGINT,
    signal::SIGQUIT,
    signal::SIGTERM,
    signal::SIGUSR1,
    signal::SIGUSR2,
];

/// Signals that are read instead of dying of them, from before the launch on: a key that is pressed in
/// the first moment must reach the payload and not end its launcher alone.
struct Watch {
    signals: Fd,
    /// The mask that the payload begins with.
    before: signal::Set,
}

impl Watch {
    fn new(invocation: &Invocation) -> Result<Self, Message> {
        let watched: &[u32] = if invocation.forward_signals {
            &FORWARDED
        } else {
            &KEYS
        };
        let numbers: Vec<i32> = watched.iter().map(|&number| number as i32).collect();
        let set = signal::Set::of(&numbers);
        let before = signal::set_mask(set).map_err(failed("sigprocmask"))?;
        let signals = signal::open_signalfd(set).map_err(failed("Can't create signalfd"))?;
        Ok(Self { signals, before })
    }

    /// Before there is a payload a signal has its usual effect on the launcher.
    fn die_interrupted(&self) -> Message {
        let died = signal::read_signalfd(self.signals)
            .map_err(failed("read signalfd"))
            .and_then(|received| die_of(received.signal));
        match died {
            Ok(()) => Message::new("interrupted".into()),
            Err(message) => message,
        }
    }
}

/// Ends the process by a signal, unless that is ignored.
fn die_of(signal: i32) -> Result<(), Message> {
    signal::set_mask(signal::Set::default()).map_err(failed("sigprocmask"))?;
    process::raise(signal).map_err(failed("kill"))
}

fn failed(action: &'static str) -> impl Fn(Errno) -> Message {
    move |errno| Message::with(action, errno)
}

fn wait(invocation: &Invocation, mut sandbox: Sandbox, watch: &Watch) -> Result<Outcome, Message> {
    let outcome = loop {
        match sandbox
            .wait_watching(Some(watch.signals))
            .map_err(failed("poll"))?
        {
            Event::Ended(outcome) => break outcome,
            Event::Signal(received) => match answer(invocation, received) {
                Answer::Nothing => (),
                Answer::Forward => sandbox.signal(received.signal).map_err(failed("kill"))?,
                Answer::Die => die_of(received.signal)?,
            },
        }
    };
    // What else runs inside may live on.
    sandbox.detach();
    Ok(outcome)
}

/// The keys of a terminal that end a program. The payload decides what they mean: an editor goes on,
/// and its launcher must too.
const KEYS: [u32; 2] = [signal::SIGINT, signal::SIGQUIT];

/// What is done about a signal.
enum Answer {
    /// The payload has it already, or it means nothing.
    Nothing,
    /// The payload gets it.
    Forward,
    /// It was meant for the launcher alone, which dies of it as ever.
    Die,
}

fn answer(invocation: &Invocation, received: signal::Received) -> Answer {
    let is_new_session = invocation.spec.program.session == Session::New;
    match (received.from_kernel, is_new_session) {
        // The terminal's keys reach every process of the foreground group by themselves, but not one
        // of another session.
        (true, false) => Answer::Nothing,
        (true, true) => Answer::Forward,
        (false, _) if invocation.forward_signals => Answer::Forward,
        (false, _) => Answer::Die,
    }
}

fn finish(invocation: &Invocation, outcome: &Outcome) -> u8 {
    let code = match outcome {
        Outcome::Exited(status) => *status,
        Outcome::Signaled(signal) => 128_u8.saturating_add(*signal),
        Outcome::SetupFailed(_) => return FAILED,
    };
    if let Some(fd) = invocation.json_status_fd {
        reports::end(fd, code);
    }
    code
}

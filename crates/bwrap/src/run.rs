//! From an invocation to the payload's end.

use crate::Invocation;
use crate::command::FAILED;
use crate::message::Voice;
use crate::reports;
use crate::words::{self, Message};
use aril_sandbox::spec::{Session, Spec};
use aril_sandbox::sys::{cred, process, signal};
use aril_sandbox::{Event, Host, LaunchError, Outcome, Plan, Sandbox};
use std::ffi::OsString;

type Environment = Vec<(OsString, OsString)>;

/// Runs the payload; what is returned is the exit status.
pub(crate) fn run(invocation: &Invocation, environment: Environment, voice: &mut Voice) -> u8 {
    match launch(invocation, environment) {
        Ok(sandbox) => match wait(invocation, sandbox) {
            Ok(outcome) => finish(invocation, &outcome),
            Err(message) => complain(&message, voice),
        },
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

fn launch(invocation: &Invocation, environment: Environment) -> Result<Sandbox, Message> {
    let spec = &invocation.spec;
    if spec.supervision.die_with_launcher {
        die_with_parent()?;
    }
    let host = Host::gather_with(environment);
    let host = host.map_err(|error| Message::new(format!("gather facts of the host: {error}")))?;
    let plan = Plan::new(spec, &host).map_err(|error| words::of_plan_error(&error, spec))?;
    let mut untold = None;
    let launched = plan.launch_announced(&mut |created| {
        reports::announce(invocation, created).map_err(|errno| {
            untold = Some(errno);
            let action = "tell of the sandbox";
            LaunchError::Launcher { action, errno }
        })
    });
    let sandbox = match (launched, untold) {
        (Ok(sandbox), _) => sandbox,
        (Err(_), Some(errno)) => return Err(Message::with("Write to info_fd", errno)),
        (Err(error), None) => return Err(words::of_launch_error(&error, &plan, spec)),
    };
    let kept: Vec<i32> = invocation.json_status_fd.into_iter().collect();
    sandbox
        .close_others(&kept)
        .map_err(|errno| Message::with("close a descriptor", errno))?;
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

fn wait(invocation: &Invocation, mut sandbox: Sandbox) -> Result<Outcome, Message> {
    let failed = |action| move |errno| Message::with(action, errno);
    let signals = if invocation.forward_signals {
        let set = signal::Set::of(&FORWARDED.map(|number| number as i32));
        signal::set_mask(set).map_err(failed("sigprocmask"))?;
        Some(signal::open_signalfd(set).map_err(failed("Can't create signalfd"))?)
    } else {
        None
    };
    let outcome = loop {
        match sandbox.wait_watching(signals).map_err(failed("poll"))? {
            Event::Ended(outcome) => break outcome,
            Event::Signal(signal) if reaches_payload(&invocation.spec, signal) => (),
            Event::Signal(received) => {
                sandbox.signal(received.signal).map_err(failed("kill"))?;
            }
        }
    };
    // What else runs inside may live on.
    sandbox.detach();
    Ok(outcome)
}

/// The terminal's keys reach every process of the foreground group by themselves.
fn reaches_payload(spec: &Spec, received: signal::Received) -> bool {
    received.from_kernel && spec.program.session == Session::Inherit
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

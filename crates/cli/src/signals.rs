//! Signals that a launcher gets, and what becomes of them.

use crate::error::RunError;
use aril_sandbox::sys::{Errno, Fd, signal};
use aril_sandbox::{Sandbox, Spec};

/// Signals that are meant for the payload when they are sent to its launcher.
const FORWARDED: [u32; 6] = [
    signal::SIGINT,
    signal::SIGQUIT,
    signal::SIGTERM,
    signal::SIGHUP,
    signal::SIGUSR1,
    signal::SIGUSR2,
];

/// Has the launcher read them instead of dying of them; the payload begins with the mask as it was.
/// What is returned can be read when one has come.
pub fn block(spec: &mut Spec) -> Result<Fd, RunError> {
    let refuse =
        |errno: Errno| RunError::new(format_args!("block signals, on the launcher: {errno}"));
    let set = signal::Set::of(&FORWARDED.map(|number| number as i32));
    let mask = signal::set_mask(set).map_err(refuse)?;
    signal::set_mask(signal::Set(mask.0 | set.0)).map_err(refuse)?;
    spec.program.blocked_signals = Some(mask.0);
    signal::open_signalfd(set).map_err(refuse)
}

/// Sends the payload what has come. A key of the terminal reaches the whole foreground group by itself,
/// but not another session.
pub fn forward(
    received: &signal::Received,
    sandbox: &Sandbox,
    has_session: bool,
) -> Result<(), Errno> {
    if received.from_kernel && !has_session {
        return Ok(());
    }
    sandbox.signal(received.signal)
}

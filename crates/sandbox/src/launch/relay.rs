//! Steps that put the relay between the launcher's program and the payload: see [`aril_sys::relay`].

use super::child::{Fault, State};
use crate::plan::Step;
use aril_sys::relay::{self, Table};
use aril_sys::{Errno, file};

type Done = Result<(), Fault>;

impl State<'_> {
    /// Writes the relay's file: all filters must be known by now.
    pub(super) fn load_relay(&mut self) -> Done {
        let plan = self.task.plan;
        let mut steps = plan.steps.iter();
        let becoming = steps.position(|planned| matches!(planned.step, Step::BecomeRelay));
        let becoming = becoming.ok_or(Errno::EINVAL)?;
        let mut table = Table::begin(self.task.socket, plan.exec.candidates.len(), becoming)?;
        for (index, planned) in plan.steps.iter().enumerate().skip(becoming) {
            match &planned.step {
                Step::Seccomp { program } => {
                    self.with_program(program, |bytes| table.filter(index, bytes, None))?;
                }
                Step::SeccompReported { program, wait } => {
                    table.filter(index, program, Some(*wait))?;
                }
                Step::Execute => {
                    self.relay = Some(table.end(index)?);
                    return Ok(());
                }
                _ => (),
            }
        }
        Err(Errno::EINVAL.into())
    }

    /// Becomes the relay; the steps that follow in the plan are its own.
    pub(super) fn become_relay(&self) -> Done {
        let program = self.relay.ok_or(Errno::EBADF)?;
        let exec = &self.task.plan.exec;
        let environment = exec.environments.get(self.directory).ok_or(Errno::EINVAL)?;
        file::set_close_on_exec(self.task.socket, false)?;
        Err(relay::execute(program, &exec.relay_argv, environment).into())
    }
}

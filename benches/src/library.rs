//! A process that launches sandboxes with the library, and how long that takes it.
//!
//! For every line that comes it launches one and answers with a line: the seconds, or `error` and
//! why.

use crate::error::{Error, failed};
use aril_sandbox::{Access, Entry, Host, Outcome, Plan, Spec};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

/// Such a process, from outside.
pub(crate) struct Launcher {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Launcher {
    /// Starts one that holds so much memory.
    pub(crate) fn start(mebibytes: usize) -> Result<Self, Error> {
        let action = || format!("start a launcher with {mebibytes} MiB");
        let program = std::env::current_exe().map_err(failed(action()))?;
        let mut command = Command::new(program);
        command.arg("launch").arg(mebibytes.to_string());
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().map_err(failed(action()))?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::new(action(), "it has no pipes"));
        };
        Ok(Self {
            child,
            requests: Some(requests),
            answers: BufReader::new(answers),
        })
    }

    /// Lets it launch one, and gives the seconds that this took.
    pub(crate) fn launch(&mut self) -> Result<f64, Error> {
        const ACTION: &str = "launch with the library";
        let Some(requests) = &mut self.requests else {
            return Err(Error::new(ACTION, "the launcher is being stopped"));
        };
        requests.write_all(b"\n").map_err(failed(ACTION))?;
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .map_err(failed(ACTION))?;
        let answer = answer.trim();
        answer.parse().map_err(|_| Error::new(ACTION, answer))
    }
}

impl Drop for Launcher {
    /// End of file ends it.
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Err(error) = self.child.wait() {
            eprintln!("aril-benches: wait for a launcher: {error}");
        }
    }
}

/// Such a process, from inside.
pub(crate) fn serve(mebibytes: usize) -> Result<(), Error> {
    // Not zero, so that every page is there and belongs to this process.
    let memory = black_box(vec![1_u8; mebibytes << 20]);
    let host = Host::gather().map_err(failed("gather facts"))?;
    let spec = spec();
    let mut answers = std::io::stdout();
    for request in std::io::stdin().lock().lines() {
        request.map_err(failed("read a request"))?;
        let answered = match launch(&spec, &host) {
            Ok(seconds) => writeln!(answers, "{seconds:e}"),
            Err(error) => writeln!(answers, "{}", error.to_string().replace('\n', " ")),
        };
        answered.map_err(failed("write an answer"))?;
    }
    drop(black_box(memory));
    Ok(())
}

/// `/bin/true`, with the programs of the host in view.
fn spec() -> Spec {
    let mut spec = Spec::new("/bin/true");
    for directory in ["/usr", "/bin", "/lib", "/lib64"] {
        spec.tree
            .push(Entry::bind(directory, directory, Access::ReadOnly).optional());
    }
    spec.tree.push(Entry::proc("/proc"));
    spec.tree.push(Entry::dev("/dev"));
    spec
}

/// The seconds from the spec to the end of the program.
fn launch(spec: &Spec, host: &Host) -> Result<f64, Error> {
    let start = Instant::now();
    let plan = Plan::new(spec, host).map_err(failed("plan"))?;
    let mut sandbox = plan.launch().map_err(failed("launch"))?;
    let outcome = sandbox.wait().map_err(failed("wait"))?;
    let seconds = start.elapsed().as_secs_f64();
    match outcome {
        Outcome::Exited(0) => Ok(seconds),
        outcome => Err(Error::new("run /bin/true", format!("{outcome:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_launches() {
        let host = Host::gather().expect("facts");
        assert!(launch(&spec(), &host).expect("a time") > 0.0);
    }
}

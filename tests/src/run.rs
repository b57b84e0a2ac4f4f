//! Starting a program with arguments and inherited file descriptors, and what became of it.

use crate::{Facts, fds, under_test, wait};
use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

/// One call of a `bwrap`: an exact environment, working directory `/`, no standard input.
#[derive(Debug)]
pub struct Bwrap {
    command: Command,
    mappings: Vec<FdMapping>,
    probe: String,
    has_stdin: bool,
    has_stdout: bool,
    own_group: bool,
}

impl Bwrap {
    /// The program under test.
    pub fn new() -> Self {
        Self::of(under_test::path())
    }

    /// Another program.
    pub fn of(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", "/");
        command.env("LC_ALL", "C").current_dir("/");
        Self {
            command,
            mappings: Vec::new(),
            probe: under_test::probe().to_owned(),
            has_stdin: false,
            has_stdout: false,
            own_group: true,
        }
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Lets the program inherit a file descriptor under this number.
    pub fn fd(mut self, number: i32, fd: OwnedFd) -> Self {
        self.mappings.push(FdMapping {
            parent_fd: fd,
            child_fd: number,
        });
        self
    }

    /// Sets a variable of the program's environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable of the program's environment.
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets the name by which the program is called.
    pub fn argv0(mut self, name: &str) -> Self {
        self.command.arg0(name);
        self
    }

    /// Starts in another directory.
    pub fn current_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.command.current_dir(path.into());
        self
    }

    /// Gives the program this as standard input.
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self.has_stdin = true;
        self
    }

    /// Gives the program this as standard output, which is then not captured.
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self.has_stdout = true;
        self
    }

    /// Says under which path the sandbox has the probe.
    pub fn probe_at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.probe);
        self
    }

    /// Leaves the program in the tests' process group.
    pub fn in_our_group(mut self) -> Self {
        // A process that leads a group cannot begin a session.
        self.own_group = false;
        self
    }

    /// Starts the program.
    pub fn spawn(mut self) -> Running {
        // Files, not pipes: a sandbox that outlives its launcher must not hang the reader.
        let (stdout, stderr) = (fds::data(b""), fds::data(b""));
        if !self.has_stdin {
            self.command.stdin(Stdio::null());
        }
        if !self.has_stdout {
            self.command.stdout(fds::twin(&stdout));
        }
        self.command.stderr(fds::twin(&stderr));
        if self.own_group {
            self.command.process_group(0);
        }
        self.command
            .fd_mappings(self.mappings)
            .expect("distinct file descriptors");
        let child = self.command.spawn();
        let child = child.unwrap_or_else(|error| panic!("start {:?}: {error}", self.command));
        drop(self.command); // Closes our copies of the mapped descriptors.
        Running {
            child,
            stdout,
            stderr,
            done: None,
            owns_group: self.own_group,
        }
    }

    /// Runs the program to its end.
    pub fn finish(self) -> Finished {
        self.spawn().wait()
    }

    /// Runs the program to its end and leaves alive what it has left in its process group.
    pub fn spawn_detached(self) -> Finished {
        self.spawn().wait_detached()
    }

    /// Runs the probe in a sandbox made by the arguments so far, and returns its facts.
    pub fn facts(self) -> Facts {
        let probe = self.probe.clone();
        self.args([probe]).finish().facts()
    }

    /// Runs `sh -c` in the sandbox and returns what it wrote, without the last line's end.
    pub fn shell(self, script: &str) -> String {
        self.args(["sh", "-c", script])
            .finish()
            .success()
            .stdout
            .trim_end()
            .to_owned()
    }
}

impl Default for Bwrap {
    fn default() -> Self {
        Self::new()
    }
}

/// A started program. Dropping it kills it and everything in its process group.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: OwnedFd,
    stderr: OwnedFd,
    done: Option<ExitStatus>,
    owns_group: bool,
}

impl Running {
    /// The process id.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends a signal to this process alone.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("send a signal");
    }

    /// Closes the standard input, if it was a pipe of ours.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Writes to the standard input, which must be a pipe of ours.
    pub fn write(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        stdin.write_all(text.as_bytes()).expect("write");
    }

    /// What it has written to standard output so far.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&fds::content(&self.stdout)).into_owned()
    }

    /// Waits until it has written this to standard output; fails the test when it ends before.
    pub fn says(&mut self, text: &str) {
        wait::until(text, || self.stdout().contains(text) || self.has_ended());
        assert!(
            self.stdout().contains(text),
            "ended without saying {text:?}: {}",
            String::from_utf8_lossy(&fds::content(&self.stderr))
        );
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.done = self.done.or(self.child.try_wait().expect("wait"));
        self.done.is_some()
    }

    /// Waits for the end, and leaves alive what is left in the process group. The test must hold
    /// something whose end ends it.
    pub fn wait_detached(mut self) -> Finished {
        self.owns_group = false;
        self.wait()
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Finished {
        if !self.has_ended() {
            let pidfd = pidfd_open(self.pid(), PidfdFlags::empty()).expect("open a pidfd");
            wait::readable(&pidfd, "the program under test");
        }
        let status = self
            .done
            .unwrap_or_else(|| self.child.wait().expect("wait"));
        self.done = Some(status);
        let text = |fd| String::from_utf8_lossy(&fds::content(fd)).into_owned();
        Finished {
            status,
            stdout: text(&self.stdout),
            stderr: text(&self.stderr),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group outlives its leader as long as a process of the sandbox is left in it.
        if self.owns_group {
            match kill_process_group(self.pid(), Signal::KILL) {
                Ok(()) | Err(rustix::io::Errno::SRCH | rustix::io::Errno::PERM) => {}
                Err(error) => eprintln!("kill the process group: {error}"),
            }
        }
        if self.done.is_none() {
            if let Err(error) = self.child.kill() {
                eprintln!("kill the program under test: {error}");
            }
            if let Err(error) = self.child.wait() {
                eprintln!("wait for the program under test: {error}");
            }
        }
    }
}

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All it wrote to standard output.
    pub stdout: String,
    /// All it wrote to standard error.
    pub stderr: String,
}

impl Finished {
    /// Fails the test unless it exited with 0.
    pub fn success(self) -> Self {
        assert!(
            self.status.success(),
            "{:?}: {}{}",
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }

    /// The exit code; fails the test when a signal ended it.
    pub fn code(&self) -> i32 {
        let code = self.status.code();
        code.unwrap_or_else(|| panic!("ended by signal {:?}: {self:?}", self.status.signal()))
    }

    /// Fails the test unless it failed with code 1 and exactly this message; ours may add a hint.
    pub fn refused(&self, message: &str) {
        let words = self
            .stderr
            .lines()
            .filter(|line| !line.starts_with("hint: "));
        let words: String = words.map(|line| format!("{line}\n")).collect();
        assert_eq!(words, format!("bwrap: {message}\n"));
        assert_eq!(self.code(), 1, "{self:?}");
    }

    /// The facts that the probe wrote.
    pub fn facts(self) -> Facts {
        let done = self.success();
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
    }
}

/// A program on the host (not under test) whose standard input holds it alive.
#[derive(Debug)]
pub struct Helper {
    running: Running,
}

impl Helper {
    /// Starts `program ARGS... sh -c 'echo ready; cat'` and waits until it is ready.
    pub fn start(args: &[&str]) -> Self {
        let (program, args) = args.split_first().expect("a program");
        let helper = Bwrap::of(program)
            .args(args)
            .args(["sh", "-c", "echo ready; exec cat"]);
        let mut helper = Self {
            running: helper.stdin(Stdio::piped()).spawn(),
        };
        helper.running.says("ready");
        helper
    }

    /// The process id.
    pub fn pid(&self) -> i32 {
        self.running.pid().as_raw_nonzero().get()
    }

    /// Opens one of its namespaces.
    pub fn namespace(&self, kind: &str) -> OwnedFd {
        fds::open(format!("/proc/{}/ns/{kind}", self.pid()))
    }
}

/// Writes to a file descriptor and closes it.
pub fn write_and_close(fd: OwnedFd, text: &str) {
    File::from(fd)
        .write_all(text.as_bytes())
        .expect("write to the program under test");
}

/// Arguments as owned strings, for lists that mix literals and made-up paths.
pub fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

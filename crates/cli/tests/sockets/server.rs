//! Servers of a session, real ones, in a directory of sockets of their own.
#![allow(unreachable_pub, dead_code, reason = "each test program uses a part")]

use crate::support::{Case, ID, program, text};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A session's directory of sockets and what runs there.
pub struct Session {
    place: TempDir,
    children: Vec<Child>,
}

impl Session {
    pub fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let children = Vec::new();
        Self { place, children }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A command that finds this session, and nothing of another one.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear();
        command
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.place.path())
            .env("XDG_RUNTIME_DIR", self.place.path())
            .stdin(Stdio::null());
        command
    }

    /// What a script prints inside, with these lines of permissions and these variables.
    pub fn inside(&self, lines: &str, script: &str, variables: &[(&str, &str)]) -> String {
        self.inside_with([&[], &[]], (lines, script), variables)
    }

    /// The same with words for `aril run`, and what follows the script.
    pub fn inside_with(
        &self,
        [options, arguments]: [&[&str]; 2],
        (lines, script): (&str, &str),
        variables: &[(&str, &str)],
    ) -> String {
        let case = Case::new();
        let head = format!("[Application]\nname={ID}\ncommand=sh\n");
        case.metadata(&format!("{head}\n[Context]\n{lines}\n"));
        let mut command = self.command(program());
        command.arg("run").args(options).arg(case.example());
        command.args(["-c", script, "sh"]).args(arguments);
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout)
    }

    /// Starts a server that says something once it listens: the line in which `ready` is. `None` where
    /// it is not installed, or ends before it says that.
    pub fn serve(&mut self, words: &[&str], ready: &str) -> Option<String> {
        let (program, words) = words.split_first().unwrap();
        let (output, writer) = std::io::pipe().unwrap();
        let mut command = self.command(program);
        command.args(words).stdout(writer.try_clone().unwrap());
        let child = match command.stderr(writer).spawn() {
            Ok(child) => child,
            Err(why) => {
                eprintln!("skipped: {program} cannot be run: {why}");
                return None;
            }
        };
        drop(command);
        self.children.push(child);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let found = lines.find(|line| line.contains(ready));
        if found.is_none() {
            eprintln!("skipped: {program} does not serve here");
        }
        // It must be able to write on.
        std::thread::spawn(move || lines.for_each(drop));
        found
    }
}

/// A script that tells whether a client is served.
pub fn served(client: &str) -> String {
    format!("if {client} >/dev/null 2>&1; then echo served; else echo refused; fi")
}

impl Drop for Session {
    fn drop(&mut self) {
        for child in &mut self.children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

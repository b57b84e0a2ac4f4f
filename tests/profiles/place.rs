//! A user's home with a key in it, a project, and commands in and out of a sandbox.
#![allow(unreachable_pub, reason = "each test program is a crate of its own")]

use aril_tests::Scratch;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What the user's private key contains.
pub const KEY: &str = "the user's private key";

/// One test's home and project.
pub struct Place {
    scratch: Scratch,
    environment: Vec<(&'static str, String)>,
}

impl Place {
    pub fn new() -> Self {
        let scratch = Scratch::new();
        scratch.dir("home/.ssh");
        scratch.file("home/.ssh/id_ed25519", KEY);
        scratch.dir("project");
        let environment = vec![
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("HOME", scratch.at("home")),
            ("LANG", "C.UTF-8".to_owned()),
        ];
        Self {
            scratch,
            environment,
        }
    }

    /// Sets a variable of the user's environment.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.environment.push((name, value.into()));
    }

    /// A path in the home directory, whether it exists or not.
    pub fn home(&self, name: &str) -> String {
        self.scratch.at(&format!("home/{name}"))
    }

    /// A path in the project, whether it exists or not.
    pub fn project(&self, name: &str) -> String {
        self.scratch.at(&format!("project/{name}"))
    }

    /// Writes a file at a path of either, and the directories above it.
    pub fn write(path: &str, content: &str) {
        let above = Path::new(path).parent().expect("a directory");
        fs::create_dir_all(above).expect("make the directories");
        fs::write(path, content).expect("write a file");
    }

    /// Writes a script that can be executed.
    pub fn script(path: &str, content: &str) {
        Self::write(path, content);
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("make it executable");
    }

    /// Runs a command in a sandbox, in the project.
    pub fn inside(&self, options: &[&str], command: &[&str]) -> Ran {
        let words = ["exec", "-q"].iter().chain(options).chain(&["--"]);
        let words = words.chain(command).copied();
        self.run(Command::new(aril()).args(words), "inside")
    }

    /// Runs another command of `aril` in the project.
    pub fn aril(&self, words: &[&str]) -> Ran {
        self.run(Command::new(aril()).args(words), "aril")
    }

    /// Runs the same command without a sandbox, in the project.
    pub fn outside(&self, command: &[&str]) -> Ran {
        let (program, arguments) = command.split_first().expect("a command");
        self.run(Command::new(program).args(arguments), "outside")
    }

    fn run(&self, command: &mut Command, which: &str) -> Ran {
        let told = format!("{which}: {command:?}");
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let command = command.env_clear().envs(environment);
        let command = command.current_dir(self.project("")).stdin(Stdio::null());
        let output = command.output().expect("start a program");
        Ran { told, output }
    }
}

/// What became of a command.
pub struct Ran {
    told: String,
    output: Output,
}

impl Ran {
    /// What it printed; the test fails where it did not succeed.
    pub fn succeeded(&self) -> String {
        assert!(self.output.status.success(), "{}", self.shown());
        self.stdout()
    }

    /// What it printed on either side; the test fails where it succeeded.
    pub fn failed(&self) -> String {
        assert!(!self.output.status.success(), "{}", self.shown());
        self.stdout() + &self.stderr()
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    fn shown(&self) -> String {
        let (told, status) = (&self.told, self.output.status);
        format!("{told}\n{status}\n{}\n{}", self.stdout(), self.stderr())
    }
}

/// The text of a file that was made.
pub fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// How the contents of a file that was made begin.
pub fn begins(path: &str, beginning: &[u8]) -> bool {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    bytes.starts_with(beginning)
}

/// The `aril` program: `ARIL_BIN`, else the workspace's.
fn aril() -> PathBuf {
    if let Some(path) = std::env::var_os("ARIL_BIN") {
        return path.into();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    workspace
        .expect("the workspace")
        .join("target/release/aril")
}

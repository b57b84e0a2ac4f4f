//! A home directory and a copy of the example, and `aril` run with them.
#![allow(unreachable_pub, dead_code, reason = "each test program uses a part")]

pub mod project;

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// The example's name.
pub const ID: &str = "org.aril.Hello";

/// One test's surroundings.
pub struct Case {
    place: TempDir,
    example: String,
}

impl Case {
    pub fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("home")).unwrap();
        let example = place.path().join("hello");
        copy(&examples().join("hello"), &example);
        let example = example.to_str().unwrap().to_owned();
        Self { place, example }
    }

    pub fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    pub fn example(&self) -> &str {
        &self.example
    }

    /// Replaces the example's metadata.
    pub fn metadata(&self, text: &str) {
        fs::write(Path::new(&self.example).join("metadata"), text).unwrap();
    }

    pub fn aril(&self, words: &[&str]) -> Output {
        let mut command = Command::new(program());
        self.end(command.args(words))
    }

    /// The same with variables of the host.
    pub fn aril_with(&self, variables: &[(&str, &str)], words: &[&str]) -> Output {
        let mut command = Command::new(program());
        self.end(command.args(words).envs(variables.iter().copied()))
    }

    /// A script of the host's shell, in which `$ARIL` is the program and `$APP` the example: a shell
    /// opens descriptors at numbers.
    pub fn script(&self, script: &str) -> Output {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).env("ARIL", program());
        self.end(command.env("APP", self.example()))
    }

    /// Starts the program in a process group of its own, as a shell does.
    pub fn start(&self, words: &[&str]) -> Child {
        let mut command = Command::new(program());
        command
            .args(words)
            .env("HOME", self.home())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap()
    }

    /// Runs a shell script inside; its status and what it printed.
    pub fn inside(&self, script: &str) -> (Option<i32>, String) {
        let words = ["run", "--command=sh", self.example(), "-c", script];
        let output = self.aril(&words);
        (output.status.code(), text(&output.stdout))
    }

    /// The control: the same script without a sandbox.
    pub fn outside(&self, script: &str) -> (Option<i32>, String) {
        let mut command = Command::new("/bin/sh");
        let output = self.end(command.args(["-c", script]));
        (output.status.code(), text(&output.stdout))
    }

    fn end(&self, command: &mut Command) -> Output {
        command
            .env("HOME", self.home())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The program, where `ARIL_BIN` says or two directories up, as cargo lays it out.
pub fn program() -> PathBuf {
    env::var_os("ARIL_BIN").map_or_else(
        || {
            let test = env::current_exe().unwrap();
            test.ancestors().nth(2).unwrap().join("aril")
        },
        PathBuf::from,
    )
}

fn examples() -> PathBuf {
    env::var_os("ARIL_EXAMPLES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"),
        PathBuf::from,
    )
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

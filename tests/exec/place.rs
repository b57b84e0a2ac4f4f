//! A home directory with a project in it, and scripts that run inside and outside.

use aril_tests::{Bwrap, Finished, Scratch, is_root};
use std::path::PathBuf;

/// Declares an attack. Skipping says why.
macro_rules! attack {
    ($name:ident, $body:block) => {
        #[test]
        fn $name() {
            let name = concat!(module_path!(), "::", stringify!($name));
            aril_tests::skip::report(name, || $body);
        }
    };
}
pub(crate) use attack;

/// What the attacks are after.
pub(crate) const SECRET: &str = "hunter2-the-hosts-own";

/// The program under test: `ARIL_BIN`, or what is built.
pub(crate) fn aril() -> PathBuf {
    if let Some(path) = std::env::var_os("ARIL_BIN") {
        return path.into();
    }
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.join("../target/release/aril")
}

/// A home directory, a project in it, and other things beside them.
pub(crate) struct Place {
    pub(crate) scratch: Scratch,
}

impl Place {
    pub(crate) fn new() -> Self {
        let scratch = Scratch::new();
        for name in ["home/project", "home/.ssh", "run"] {
            scratch.dir(name);
        }
        Self { scratch }
    }

    pub(crate) fn at(&self, name: &str) -> String {
        self.scratch.at(name)
    }

    pub(crate) fn in_project(&self, name: &str) -> String {
        self.at(&format!("home/project/{name}"))
    }

    fn prepare(&self, program: Bwrap) -> Bwrap {
        let program = program.current_dir(self.at("home/project"));
        let program = program
            .env("HOME", &self.at("home"))
            .env("XDG_RUNTIME_DIR", &self.at("run"));
        program.env("TOKEN", SECRET)
    }

    /// `aril exec` with these words, in the project.
    pub(crate) fn exec(&self, words: &[&str]) -> Bwrap {
        self.prepare(Bwrap::of(aril())).args(["exec"]).args(words)
    }

    /// The same without a sandbox.
    pub(crate) fn bare(&self) -> Bwrap {
        self.prepare(Bwrap::of("env"))
    }

    /// What a Python script prints inside.
    pub(crate) fn inside(&self, script: &str, args: &[&str]) -> String {
        self.python(self.exec(&["-q", "--"]), script, args)
    }

    /// What it prints without a sandbox.
    pub(crate) fn outside(&self, script: &str, args: &[&str]) -> String {
        self.python(self.bare(), script, args)
    }

    /// What it prints without a sandbox, where all that it mounts is its own: a control that
    /// works for root would otherwise mount over the `/tmp` of every other test.
    pub(crate) fn outside_apart(&self, script: &str) -> String {
        let program = self.bare();
        let program = if is_root() {
            program.args(["unshare", "--mount"])
        } else {
            program
        };
        self.python(program, script, &[])
    }

    pub(crate) fn python(&self, program: Bwrap, script: &str, args: &[&str]) -> String {
        let program = program.args(["python3", "-c", script]).args(args);
        program.finish().success().stdout
    }

    /// Runs a shell script inside, whatever becomes of it.
    pub(crate) fn shell(&self, options: &[&str], script: &str) -> Finished {
        self.exec(options).args(["sh", "-c", script]).finish()
    }
}

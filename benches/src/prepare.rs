//! Finding the programs that are measured, and building them where cargo started this.

use crate::error::{Error, failed};
use crate::job::{Benchmark, Job};
use crate::options::Options;
use crate::progress::Progress;
use clap::ValueEnum;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Decides what is to be measured.
pub(crate) fn job(options: &Options) -> Result<Job, Error> {
    let workshop = Workshop::find()?;
    let ours = match &options.ours {
        Some(path) => absolute(path)?,
        None => workshop.bwrap()?,
    };
    let aril = workshop.aril()?;
    let benchmarks = Benchmark::value_variants().iter().copied();
    let benchmarks: Vec<_> = benchmarks.filter(|one| options.selects(*one)).collect();
    let filters = match benchmarks.contains(&Benchmark::Seccomp) {
        true => workshop.filters(),
        false => Err("not selected".to_owned()),
    };
    Ok(Job {
        benchmarks,
        ours,
        aril,
        peer: absolute(&options.peer)?,
        runs: options.runs,
        curve: options.plot.is_some(),
        filters,
    })
}

/// The path of a program, whatever the working directory.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let found = path.canonicalize();
    found.map_err(failed(format!("find {}", path.display())))
}

/// Where built programs are, and what builds them.
struct Workshop {
    /// `target/release`.
    built: PathBuf,
    /// The cargo that started this program, if one did.
    cargo: Option<PathBuf>,
}

impl Workshop {
    fn find() -> Result<Self, Error> {
        let own = env::current_exe().map_err(failed("find this program"))?;
        let beside = own.parent().unwrap_or(Path::new("/"));
        Ok(Self {
            built: released(beside),
            cargo: env::var_os("CARGO").map(PathBuf::from),
        })
    }

    fn bwrap(&self) -> Result<PathBuf, Error> {
        let path = self.built.join("bwrap");
        let built = self.build(&["-p", "aril-bwrap", "--bin", "bwrap"]);
        built.map_err(|error| Error::new("build our bwrap", error))?;
        absolute(&path).map_err(|error| error.hint("cargo build --release -p aril-bwrap"))
    }

    fn aril(&self) -> Result<PathBuf, Error> {
        let built = self.build(&["-p", "aril-cli", "--bin", "aril"]);
        built.map_err(|error| Error::new("build aril", error))?;
        Ok(self.built.join("aril"))
    }

    /// The program that measures filters, or why there is none.
    fn filters(&self) -> Result<PathBuf, String> {
        let words = [
            "-p",
            "aril-seccomp",
            "--features",
            "oracle",
            "--example",
            "load",
        ];
        self.build(&words).map_err(|error| error.to_string())?;
        let path = self.built.join("examples/load");
        let missing = "not built: it needs libseccomp's development files, and \
            cargo build --release -p aril-seccomp --features oracle --example load";
        absolute(&path).map_err(|_| missing.to_owned())
    }

    /// Builds something, if cargo started this. Otherwise it is used as it is.
    fn build(&self, words: &[&str]) -> Result<(), Error> {
        let Some(cargo) = &self.cargo else {
            return Ok(());
        };
        let target = self.built.parent().unwrap_or(&self.built);
        let mut command = Command::new(cargo);
        command
            .args(["build", "--quiet", "--release", "--target-dir"])
            .arg(target);
        let building = Progress::new(format!("build {}", words.join(" ")), 1);
        let output = command.args(words).output();
        drop(building);
        let output = output.map_err(failed(format!("run {}", cargo.display())))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(Error::new("cargo build", reason(&output))),
        }
    }
}

/// Where released programs are, seen from this one: only they are measured.
fn released(beside: &Path) -> PathBuf {
    match beside.ends_with("debug") {
        true => beside.with_file_name("release"),
        false => beside.to_owned(),
    }
}

/// The one line of a failed build that says most.
fn reason(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    if text.contains("-lseccomp") {
        return "libseccomp's development files are missing".to_owned();
    }
    let mut lines = text.lines().filter(|line| line.starts_with("error"));
    lines.next().unwrap_or("it failed").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn said(text: &str) -> Output {
        Output {
            status: ExitStatus::from_raw(256),
            stdout: Vec::new(),
            stderr: text.into(),
        }
    }

    #[test]
    fn only_released_programs_are_measured() {
        let release = Path::new("/t/release");
        assert_eq!(released(release), release);
        assert_eq!(released(Path::new("/t/debug")), release);
    }

    #[test]
    fn the_line_that_says_most() {
        let text = "warning: x\nerror: y\nerror: z\n";
        assert_eq!(reason(&said(text)), "error: y");
        let text =
            "error: linking with `cc` failed\nrust-lld: error: unable to find library -lseccomp";
        assert_eq!(
            reason(&said(text)),
            "libseccomp's development files are missing"
        );
        assert_eq!(reason(&said("")), "it failed");
    }
}

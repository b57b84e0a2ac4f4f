//! Facts about this machine and the contestants, for whoever reads the figures.

use crate::error::{Error, failed};
use crate::job::Job;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

/// Where and with what the figures were made.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) kernel: String,
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    /// The load average of the last minute, before anything was measured.
    pub(crate) load: String,
    pub(crate) uid: u32,
    pub(crate) ours: String,
    pub(crate) peer: String,
    /// Whether the two programs are one and the same file.
    pub(crate) same_file: bool,
    pub(crate) runs: usize,
}

impl Facts {
    /// Looks them up. What cannot be found is said to be unknown: no figure depends on it.
    pub(crate) fn gather(job: &Job) -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            kernel: text("/proc/sys/kernel/osrelease").unwrap_or_else(unknown),
            cpu: text("/proc/cpuinfo")
                .and_then(|info| model(&info))
                .unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load: text("/proc/loadavg")
                .and_then(|averages| averages.split(' ').next().map(str::to_owned))
                .unwrap_or_else(unknown),
            uid: rustix::process::geteuid().as_raw(),
            ours: version(&job.ours).unwrap_or_else(|error| error.to_string()),
            peer: version(&job.peer).unwrap_or_else(|error| error.to_string()),
            same_file: is_same_file(&job.ours, &job.peer),
            runs: job.runs,
        }
    }

    /// What a reader must know before believing a figure.
    pub(crate) fn notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if self.same_file {
            notes.push("Both programs are the same file: the ratios to the peer say nothing.");
        }
        if self.uid == 0 {
            notes.push("Measured as root: the required values are for an ordinary user.");
        }
        notes
    }
}

fn text(path: &str) -> Option<String> {
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}

fn model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn version(program: &Path) -> Result<String, Error> {
    let action = format!("run {} --version", program.display());
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(failed(action))?;
    match String::from_utf8_lossy(&output.stdout).trim() {
        "" => Ok("unknown".to_owned()),
        said => Ok(said.to_owned()),
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (std::fs::metadata(one), std::fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found() {
        let info = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: other\n";
        assert_eq!(model(info).as_deref(), Some("AMD EPYC"));
        assert_eq!(model("processor : 0\n"), None);
    }

    #[test]
    fn files_are_compared_by_inode() {
        assert!(is_same_file(
            Path::new("/proc/self/exe"),
            &std::env::current_exe().expect("a path")
        ));
        assert!(!is_same_file(Path::new("/"), Path::new("/proc")));
        assert!(!is_same_file(Path::new("/nowhere"), Path::new("/nowhere")));
    }
}

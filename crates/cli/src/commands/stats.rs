//! `aril stats`: what sandboxes use of the machine.

use crate::error::RunError;
use crate::output;
use crate::registry::{Sandbox, find_running, running};
use crate::style::Style;
use crate::table::Table;
use aril_flatpak::instances::RuntimeDir;
use clap::Args;
use serde::Serialize;
use std::fs;
use std::io::{IsTerminal, stdout};
use std::path::Path;

/// The words of `aril stats`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Memory is what the processes have in memory, in bytes; pages that they share count for each.\n\n\
Example:\n  aril stats org.example.App --json")]
pub struct Words {
    /// Print JSON: an array of objects.
    #[arg(long, short)]
    pub json: bool,
    /// Names, instances' numbers, process ids or applications; all that run if there are none.
    #[arg(value_name = "SANDBOX")]
    pub sandboxes: Vec<String>,
}

/// What one sandbox uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Its name.
    pub name: String,
    /// How many processes it has, its first one included.
    pub processes: u64,
    /// Their memory, in bytes.
    pub memory: u64,
    /// The processor time that they have used, in milliseconds.
    pub processor: u64,
}

/// Clock ticks a second in `/proc/PID/stat`: `USER_HZ`, 100 on every architecture of ours.
const MILLISECONDS_A_TICK: u64 = 10;

/// Tells; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    let sandboxes = if words.sandboxes.is_empty() {
        let begun = running(&runtime)?.into_iter();
        begun
            .filter(|sandbox| sandbox.child_pid.is_some())
            .collect()
    } else {
        let named = words.sandboxes.iter();
        let found: Result<Vec<_>, _> = named.map(|word| find_running(&runtime, word)).collect();
        found?
    };
    let all: Vec<Usage> = sandboxes.iter().filter_map(usage).collect();
    if words.json {
        output::print_json(&all)?;
        return Ok(0);
    }
    let mut table = Table::new(["NAME", "PROCESSES", "MEMORY", "PROCESSOR"]);
    for usage in &all {
        table.push([
            usage.name.clone(),
            usage.processes.to_string(),
            format!("{} KiB", usage.memory / 1024),
            format!("{}.{:03} s", usage.processor / 1000, usage.processor % 1000),
        ]);
    }
    if !stdout().is_terminal() {
        output::print(table.for_scripts())?;
    } else if !table.is_empty() {
        output::print(table.for_people(Style::of_stdout()))?;
    }
    Ok(0)
}

/// The sum over the processes of its pid namespace; nothing if it has ended.
fn usage(sandbox: &Sandbox) -> Option<Usage> {
    let namespace = sandbox.inside().ok()?.namespace_id("pid")?;
    let mut sum = Usage {
        name: sandbox.name.clone(),
        ..Usage::default()
    };
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let is_process = entry
            .file_name()
            .as_encoded_bytes()
            .iter()
            .all(u8::is_ascii_digit);
        if is_process && namespace_of(&entry.path()) == Some(namespace) {
            sum.add(&entry.path());
        }
    }
    Some(sum)
}

fn namespace_of(process: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    let status = fs::metadata(process.join("ns/pid")).ok()?;
    Some(status.ino())
}

impl Usage {
    /// Adds a process; one that ends meanwhile has nothing any more.
    fn add(&mut self, process: &Path) {
        let Ok(stat) = fs::read(process.join("stat")) else {
            return;
        };
        // The second field, a name in parentheses, may hold anything.
        let end = stat.iter().rposition(|&byte| byte == b')').unwrap_or(0);
        let text = String::from_utf8_lossy(stat.get(end..).unwrap_or_default()).into_owned();
        let fields: Vec<&str> = text.split_whitespace().collect();
        // proc_pid_stat(5): utime, stime and rss are fields 14, 15 and 24, the state is field 3.
        let field = |number: usize| fields.get(number - 2)?.parse::<u64>().ok();
        let ticks = field(14).unwrap_or(0) + field(15).unwrap_or(0);
        self.processes += 1;
        self.memory += field(24).unwrap_or(0) * rustix::param::page_size() as u64;
        self.processor += ticks * MILLISECONDS_A_TICK;
    }
}

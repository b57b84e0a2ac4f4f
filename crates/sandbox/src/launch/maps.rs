//! Id maps of ranges, which only privileged helpers may write (`newuidmap(1)`, `newgidmap(1)`).

use super::LaunchError;
use crate::spec::IdRange;
use std::process::{Command, Stdio};

/// Writes both maps of process `pid`.
pub(super) fn write(pid: i32, users: &[IdRange], groups: &[IdRange]) -> Result<(), LaunchError> {
    write_with("newuidmap", pid, users)?;
    write_with("newgidmap", pid, groups)
}

fn write_with(program: &str, pid: i32, ranges: &[IdRange]) -> Result<(), LaunchError> {
    let numbers = ranges
        .iter()
        .flat_map(|range| [range.inside, range.outside, range.count]);
    let output = Command::new(program)
        .arg(pid.to_string())
        .args(numbers.map(|number| number.to_string()))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| LaunchError::Maps {
            detail: format!("{program}: {error}\nhint: install the package uidmap (or shadow)"),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .collect::<String>();
    let hint = "hint: /etc/subuid and /etc/subgid say which ids a user may map";
    Err(LaunchError::Maps {
        detail: format!("{program}: {said}\n{hint}"),
    })
}

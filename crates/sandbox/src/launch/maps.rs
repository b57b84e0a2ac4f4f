//! Id maps of ranges, which root may write, and for others privileged helpers (`newuidmap(1)`,
//! `newgidmap(1)`).

use super::LaunchError;
use crate::spec::IdRange;
use std::process::{Command, Stdio};

/// Writes both maps of process `pid`: directly where the launcher may, else through the helpers.
pub(super) fn write(pid: i32, users: &[IdRange], groups: &[IdRange]) -> Result<(), LaunchError> {
    if aril_sys::cred::user_ids().is_ok_and(|ids| ids.effective == 0) {
        write_file(pid, "uid_map", users)?;
        return write_file(pid, "gid_map", groups);
    }
    write_with("newuidmap", pid, users)?;
    write_with("newgidmap", pid, groups)
}

fn write_file(pid: i32, name: &str, ranges: &[IdRange]) -> Result<(), LaunchError> {
    let line = |range: &IdRange| format!("{} {} {}\n", range.inside, range.outside, range.count);
    let text: String = ranges.iter().map(line).collect();
    let path = format!("/proc/{pid}/{name}");
    std::fs::write(&path, text).map_err(|error| LaunchError::Maps {
        detail: format!("{path}: {error}"),
    })
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

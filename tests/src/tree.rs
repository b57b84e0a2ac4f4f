//! Everything below a directory in words, a line each: to compare what two programs have made.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Files up to this size are shown with their content.
const SHOWN: u64 = 100;

/// The lines of a directory and of all below it, in the order of names: path from `root` on, type and
/// mode in octal, owner, group, and what a symlink points to or a small file has. Directories named in
/// `left_out` are not entered.
pub fn lines(root: &Path, left_out: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    add(root, root, left_out, &mut lines);
    lines
}

fn add(path: &Path, root: &Path, left_out: &[&str], lines: &mut Vec<String>) {
    let name = path.strip_prefix(root).unwrap_or(path).display();
    let status = match fs::symlink_metadata(path) {
        Ok(status) => status,
        Err(error) => return lines.push(format!("{name}: {error}")),
    };
    let (mode, user, group) = (status.mode(), status.uid(), status.gid());
    let content = content(path, &status);
    lines.push(format!("{name} {mode:o} {user}:{group} {content}"));
    if !status.is_dir() || left_out.iter().any(|left_out| path == Path::new(left_out)) {
        return;
    }
    match fs::read_dir(path) {
        Ok(entries) => {
            let mut below: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            below.sort();
            for path in below {
                add(&path, root, left_out, lines);
            }
        }
        Err(error) => lines.push(format!("{name}: {error}")),
    }
}

fn content(path: &Path, status: &Metadata) -> String {
    if status.is_symlink() {
        let to = fs::read_link(path);
        return to.map_or_else(
            |error| error.to_string(),
            |to| format!("-> {}", to.display()),
        );
    }
    if !status.is_file() {
        return String::new();
    }
    if status.len() > SHOWN {
        return format!("{} bytes", status.len());
    }
    let content = fs::read(path);
    content.map_or_else(
        |error| error.to_string(),
        |content| String::from_utf8_lossy(&content).escape_debug().to_string(),
    )
}

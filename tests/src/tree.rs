//! Everything below a directory in words, a line each: to compare what two programs have made.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Files up to this size are shown with their content.
const SHOWN: u64 = 100;

/// The lines of a directory and of all below it, in the order of names: path from `root` on, type and
/// mode in octal, owner, group, and what a symlink points to or a small file has. Directories named in
/// `left_out` are not entered, nor those of filesystems that the kernel makes up.
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
    let is_changing = !status.is_symlink() && is_made_up(path);
    let content = if is_changing {
        String::new()
    } else {
        content(path, &status)
    };
    let (mode, user, group) = (status.mode(), status.uid(), status.gid());
    lines.push(format!("{name} {mode:o} {user}:{group} {content}"));
    let is_left_out = left_out.iter().any(|left_out| path == Path::new(left_out));
    if is_changing || is_left_out || !status.is_dir() {
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

/// procfs, sysfs, devpts and cgroup filesystems: they change while one looks.
fn is_made_up(path: &Path) -> bool {
    const KINDS: [i64; 5] = [0x9fa0, 0x6265_6572, 0x1cd1, 0x2_7e0eb, 0x6367_7270];
    rustix::fs::statfs(path).is_ok_and(|status| KINDS.contains(&status.f_type))
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

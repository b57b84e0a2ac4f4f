//! An installation of the user's made by hand: what flatpak writes, and nothing of flatpak.
#![allow(unreachable_pub, dead_code, reason = "each test program uses a part")]

use super::Case;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A commit.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The file `deploy`: a GVariant `(ssasta{sv})` of two strings, no subpaths, a size of 0, no more.
fn deploy(commit: &str) -> Vec<u8> {
    let mut bytes = format!("r\0{commit}\0").into_bytes();
    let end = u8::try_from(bytes.len()).unwrap();
    bytes.resize(bytes.len().next_multiple_of(8) + 8, 0);
    bytes.extend([end, end, 2]);
    bytes
}

/// Makes a deployment, `app/ID/x86_64/BRANCH` or `runtime/...`, and makes it the active one; its files.
pub fn deployment(case: &Case, reference: &str, (commit, metadata): (&str, &str)) -> PathBuf {
    let branch = case.home().join(".local/share/flatpak").join(reference);
    let deployment = branch.join(commit);
    let files = deployment.join("files");
    fs::create_dir_all(files.join("bin")).unwrap();
    let active = branch.join("active");
    if active.is_symlink() {
        fs::remove_file(&active).unwrap();
    }
    symlink(commit, active).unwrap();
    fs::write(deployment.join("deploy"), deploy(commit)).unwrap();
    fs::write(deployment.join("metadata"), metadata).unwrap();
    fs::write(files.join(".ref"), "").unwrap();
    files
}

/// Installs org.x.Y, its command a script. `metadata` follows the group that says so.
pub fn application(case: &Case, metadata: &str) {
    let head = "[Application]\nname=org.x.Y\nruntime=org.x.P/x86_64/1\nsdk=org.x.S/x86_64/1\n\
        command=y\n";
    let metadata = format!("{head}{metadata}");
    let files = deployment(case, "app/org.x.Y/x86_64/1", (COMMIT, &metadata));
    let app = case.home().join(".local/share/flatpak/app/org.x.Y");
    symlink("x86_64/1", app.join("current")).unwrap();
    let command = files.join("bin/y");
    fs::write(&command, "#!/bin/sh\necho y \"$@\"\n").unwrap();
    fs::set_permissions(command, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Installs a runtime in which a shell runs; `/usr/mark` says which it is.
pub fn runtime(case: &Case, (id, branch): (&str, &str), commit: &str) {
    let metadata = format!("[Runtime]\nname={id}\n");
    let reference = format!("runtime/{id}/x86_64/{branch}");
    let files = deployment(case, &reference, (commit, &metadata));
    furnish(&files, &format!("{id} {branch} {commit}"));
}

/// Puts a shell and what it needs into a directory that will be `/usr`.
pub fn furnish(usr: &Path, mark: &str) {
    for program in ["sh", "cat", "ls"] {
        let listed = Command::new("ldd").arg(format!("/bin/{program}")).output();
        let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
        let words = listed
            .split_whitespace()
            .filter(|word| word.starts_with('/'));
        for library in words {
            let below = library.trim_start_matches("/usr").trim_start_matches('/');
            place(library, &usr.join(below));
        }
        place(&format!("/bin/{program}"), &usr.join("bin").join(program));
    }
    fs::write(usr.join("mark"), format!("{mark}\n")).unwrap();
}

fn place(from: &str, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
}

//! Agents and daemons with one socket each.

use super::{Facts, Part, Sockets, bound, detail, file, said_by, set, unset};
use crate::compose::RuntimeLink;
use crate::permissions::{Origin, Socket};
use aril_sandbox::{Entry, Node};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SSH: &str = "/run/flatpak/ssh-auth";
const PCSC: &str = "/run/pcscd/pcscd.comm";
const CUPS: &str = "/run/cups/cups.sock";
const GNUPG: &str = "/run/flatpak/gnupg";

/// Where a socket is, if its place is known.
type Find = fn(&Facts) -> Option<PathBuf>;

pub(super) fn part(sockets: &Sockets<'_>, facts: &Facts) -> Part {
    let mut part = Part::default();
    let rows: [(Socket, Find); 4] = [
        (Socket::SshAuth, |facts| {
            facts.path_variable("SSH_AUTH_SOCK")
        }),
        (Socket::Pcsc, pcsc),
        (Socket::Cups, cups),
        (Socket::GpgAgent, gpg_agent),
    ];
    for (socket, find) in rows {
        let Some(origin) = sockets.origin(socket) else {
            continue;
        };
        match find(facts).filter(|path| path.exists()) {
            Some(path) => put(&mut part, &path, (socket, origin)),
            None => {
                part.notes.push(detail(socket, "nobody listens on it"));
                part.environment.extend(variable(socket).map(unset));
            }
        }
    }
    part
}

/// The variable that says where a socket is, if that is what it says alone.
fn variable(socket: Socket) -> Option<&'static str> {
    match socket {
        Socket::SshAuth => Some("SSH_AUTH_SOCK"),
        Socket::Pcsc => Some("PCSCLITE_CSOCK_NAME"),
        _ => None,
    }
}

fn put(part: &mut Part, path: &Path, asked: (Socket, &Origin)) {
    match asked.0 {
        Socket::SshAuth => {
            part.tree.push(bound(path, SSH, asked));
            part.environment.push(set("SSH_AUTH_SOCK", SSH));
        }
        Socket::Pcsc => {
            part.tree.push(bound(path, PCSC, asked));
            part.environment.push(set("PCSCLITE_CSOCK_NAME", PCSC));
        }
        Socket::GpgAgent => {
            // GnuPG takes a directory for its sockets that nobody else may enter.
            let directory = Entry::new(GNUPG, Node::Directory { mode: 0o700 });
            part.tree.push(said_by(directory, asked.0, asked.1));
            part.tree
                .push(bound(path, Path::new(GNUPG).join("S.gpg-agent"), asked));
            part.runtime_links
                .push(RuntimeLink::to_run_flatpak("gnupg"));
        }
        _ => part.tree.push(bound(path, CUPS, asked)),
    }
}

fn pcsc(facts: &Facts) -> Option<PathBuf> {
    let asked = facts.path_variable("PCSCLITE_CSOCK_NAME");
    asked.or_else(|| Some(PCSC.into()))
}

/// `CUPS_SERVER`, else `ServerName` of client.conf(5), when it is a path; else the usual socket.
fn cups(facts: &Facts) -> Option<PathBuf> {
    let files = [
        facts.home.join(".cups/client.conf"),
        "/etc/cups/client.conf".into(),
    ];
    let named = facts.path_variable("CUPS_SERVER");
    let named = named.or_else(|| {
        files
            .iter()
            .find_map(|path| server_name(&file::read(path)?))
    });
    named.or_else(|| Some(CUPS.into()))
}

fn server_name(file: &[u8]) -> Option<PathBuf> {
    let mut lines = file.split(|&byte| byte == b'\n');
    lines.find_map(|line| {
        let value = line.trim_ascii().strip_prefix(b"ServerName")?;
        let path = value.trim_ascii();
        path.starts_with(b"/")
            .then(|| PathBuf::from(OsString::from_vec(path.to_vec())))
    })
}

/// Only GnuPG knows where its agent listens: it asks gpgconf(1), which runs outside, as the user.
fn gpg_agent(_facts: &Facts) -> Option<PathBuf> {
    let mut command = Command::new("gpgconf");
    command.args(["--list-dirs", "agent-socket"]);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let line = output.stdout.trim_ascii_end();
    let path = crate::bus::unescaped(line)?;
    let path = PathBuf::from(OsString::from_vec(path));
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_server() {
        let found = |text: &str| server_name(text.as_bytes());
        assert_eq!(
            found("# x\n ServerName /run/c.sock \n"),
            Some("/run/c.sock".into())
        );
        assert_eq!(found("ServerName example.org\n"), None);
    }
}

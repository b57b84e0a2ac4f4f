//! `/etc`: who the user is, and what the runtime has there.

use super::entries::{file, from_origin};
use super::error::ComposeError;
use super::facts::Facts;
use super::runtime::Runtime;
use super::subject::Files;
use aril_sandbox::{Access, Entry};
use rustix::fs::{AtFlags, FileType, statat};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The id of whoever does not exist inside.
const NOBODY: u32 = 65534;

/// What of the runtime's `/etc` is not shown: others make it (contract, 1.2).
const NOT_OF_RUNTIME: [&str; 9] = [
    "passwd",
    "group",
    "machine-id",
    "resolv.conf",
    "host.conf",
    "hosts",
    "gai.conf",
    "localtime",
    "timezone",
];
/// Shown by their entries, so that files can be put among them.
const PKCS11: &str = "pkcs11";

/// What the host's `/usr` needs of the host's `/etc`.
const OF_HOST: [&str; 7] = [
    "ld.so.cache",
    "ld.so.conf",
    "alternatives",
    "ssl/certs",
    "ca-certificates",
    "fonts",
    "nsswitch.conf",
];

/// The entries that tell who the user is and which machine this is.
pub(crate) fn identity(facts: &Facts) -> Vec<Entry> {
    let mut entries = vec![
        file("/etc/passwd", passwd(facts)),
        file("/etc/group", group(facts)),
        file(
            "/etc/pkcs11/pkcs11.conf",
            *b"# no module but the runtime's\nuser-config: none\n",
        ),
    ];
    let ids = ["/etc/machine-id", "/var/lib/dbus/machine-id"];
    let id = ids.into_iter().find(|path| Path::new(path).exists());
    entries.extend(id.map(|path| Entry::bind(path, "/etc/machine-id", Access::ReadOnly)));
    from_origin(entries, "every application")
}

/// The entries of the runtime's own `/etc`.
pub(crate) fn of_runtime(runtime: &Runtime, usr: &Files) -> Result<Vec<Entry>, ComposeError> {
    if matches!(runtime, Runtime::Host(_)) && runtime.files().path == usr.path {
        let entries = OF_HOST.map(|name| {
            let path = format!("/etc/{name}");
            Entry::bind(path.clone(), path, Access::ReadOnly).optional()
        });
        return Ok(from_origin(entries, &usr.origin));
    }
    let etc = match usr.directory.open_dir(Path::new("etc")) {
        Ok(etc) => etc,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(ComposeError::on("open the runtime's /etc", &usr.path)(
                error,
            ));
        }
    };
    let refuse = || ComposeError::on("read the runtime's /etc", &usr.path);
    let link = format!("/proc/self/fd/{}", etc.as_fd().as_raw_fd());
    let path = fs::read_link(link).map_err(refuse())?;
    let mut entries = Vec::new();
    for name in etc.names().map_err(refuse())? {
        if NOT_OF_RUNTIME.iter().any(|left_out| name == *left_out) || name == PKCS11 {
            continue;
        }
        let stat = statat(&etc, Path::new(&name), AtFlags::SYMLINK_NOFOLLOW);
        let stat = stat.map_err(io::Error::from).map_err(refuse())?;
        let target = Path::new("/etc").join(&name);
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                let to = rustix::fs::readlinkat(&etc, Path::new(&name), Vec::new());
                let to = to.map_err(io::Error::from).map_err(refuse())?;
                entries.push(Entry::symlink(OsStr::from_bytes(to.as_bytes()), target));
            }
            // What was just looked at is no link, and packages do not change while they are used.
            FileType::Directory | FileType::RegularFile => {
                entries.push(Entry::bind(path.join(&name), target, Access::ReadOnly));
            }
            _ => {}
        }
    }
    Ok(from_origin(entries, &usr.origin))
}

fn passwd(facts: &Facts) -> Vec<u8> {
    let ids = format!(":x:{}:{}:", facts.uid, facts.gid);
    let nobody = format!("nfsnobody:x:{NOBODY}:{NOBODY}:Unmapped user:/:/sbin/nologin\n");
    [
        &facts.user,
        ids.as_bytes(),
        &facts.real_name,
        b":",
        facts.home.as_os_str().as_bytes(),
        b":/bin/sh\n",
        nobody.as_bytes(),
    ]
    .concat()
}

fn group(facts: &Facts) -> Vec<u8> {
    let rest = format!(":x:{}:\nnfsnobody:x:{NOBODY}:\n", facts.gid);
    [&facts.group, rest.as_bytes()].concat()
}

//! The document portal: files that the user gives an application one by one.
//!
//! Source: org.freedesktop.portal.Documents, version 4 and 5, and contract, 1.2 and 1.9.

use super::client::{BusError, Call, Connection, Pending, Writer};
use crate::compose::{Part, RuntimeLink};
use crate::refs::Id;
use aril_sandbox::{Access, Entry};
use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

const SERVICE: &str = "org.freedesktop.portal.Documents";
const TARGET: &str = "/run/flatpak/doc";

/// A document that exists already is used again.
const REUSE_EXISTING: u32 = 1;
/// The file is a directory; since version 4.
const DIRECTORY: u32 = 8;

/// The document portal, by the place of its filesystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    mount_point: PathBuf,
}

/// The portal runs and its filesystem is not there: `/dev/fuse` may be out of its reach, or it has
/// ended and left a dead mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoFilesystem {
    /// Where it should be.
    pub mount_point: PathBuf,
}

impl Error for NoFilesystem {}

impl Display for NoFilesystem {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let place = crate::shown_path(&self.mount_point);
        write!(out, "the document portal has no filesystem on {place}")
    }
}

/// A file that is given to an application.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Open on it (`O_PATH`).
    pub file: BorrowedFd<'a>,
    /// Whether it is a directory.
    pub is_directory: bool,
}

fn call(member: &'static str) -> Call<'static> {
    Call {
        destination: SERVICE,
        path: "/org/freedesktop/portal/documents",
        interface: SERVICE,
        member,
    }
}

/// The document portal has been asked where its filesystem is; it is started if it does not run, which
/// takes time.
#[derive(Clone, Copy, Debug)]
pub struct AskedDocuments(Pending<'static>);

impl AskedDocuments {
    /// Asks it, and does not wait.
    pub fn ask(bus: &mut Connection) -> Result<Self, BusError> {
        bus.send(&call("GetMountPoint"), Writer::new(""), &[])
            .map(Self)
    }
}

impl Documents {
    /// Asks the portal where its filesystem is, and waits for the answer.
    pub fn find(bus: &mut Connection) -> Result<Self, BusError> {
        let asked = AskedDocuments::ask(bus)?;
        Self::answered(bus, &asked)
    }

    /// Waits for the answer.
    pub fn answered(bus: &mut Connection, asked: &AskedDocuments) -> Result<Self, BusError> {
        let call = call("GetMountPoint");
        let reply = bus.reply(&asked.0)?;
        let path = reply.body().bytes().map(path_of_bytes);
        match path.filter(|path| path.is_absolute()) {
            Some(mount_point) => Ok(Self { mount_point }),
            None => Err(call.not_understood()),
        }
    }

    /// What the application sees of it: its own documents.
    pub fn part(&self, id: &Id) -> Result<Part, NoFilesystem> {
        let source = self.mount_point.join("by-app").join(id.as_str());
        if !source.is_dir() {
            return Err(NoFilesystem {
                mount_point: self.mount_point.clone(),
            });
        }
        let mut part = Part::default();
        let entry = Entry::bind(source, TARGET, Access::ReadWrite);
        part.tree.push(entry.from_origin("document portal"));
        part.runtime_links.push(RuntimeLink::to_run_flatpak("doc"));
        Ok(part)
    }

    /// Gives files to an application, to read and to write as the user can; their paths inside are
    /// `/run/user/UID/doc/DOCUMENT/NAME`, which is a link to what [`Documents::part`] shows.
    pub fn add(
        bus: &mut Connection,
        id: &Id,
        files: &[Given<'_>],
    ) -> Result<Vec<String>, BusError> {
        let mut documents = Vec::new();
        for is_directory in [false, true] {
            let of_kind = files
                .iter()
                .filter(|file| file.is_directory == is_directory);
            let fds: Vec<_> = of_kind.map(|file| file.file).collect();
            // The descriptors of one message are few.
            for fds in fds.chunks(16) {
                documents.push(add(bus, id, (fds, is_directory))?);
            }
        }
        Ok(in_order(files, documents.concat()))
    }
}

/// `AddFull(ahusas) → (as, a{sv})`.
fn add(
    bus: &mut Connection,
    id: &Id,
    (fds, is_directory): (&[BorrowedFd<'_>], bool),
) -> Result<Vec<String>, BusError> {
    let call = call("AddFull");
    let flags = if is_directory {
        REUSE_EXISTING | DIRECTORY
    } else {
        REUSE_EXISTING
    };
    let mut body = Writer::new("ahusas");
    body.array(4, |body| {
        for index in (0u32..).take(fds.len()) {
            body.number(index);
        }
    });
    body.number(flags).string(id.as_str());
    body.array(4, |body| {
        for permission in ["read", "write"] {
            body.string(permission);
        }
    });
    let reply = bus.call(&call, body, fds)?;
    let mut body = reply.body();
    let mut documents = Vec::new();
    let mut list = body.array(4).ok_or_else(|| call.not_understood())?;
    while !list.is_at_end() {
        let document = list.string().filter(|document| is_component(document));
        documents.push(document.ok_or_else(|| call.not_understood())?.to_owned());
    }
    match documents.len() == fds.len() {
        true => Ok(documents),
        false => Err(call.not_understood()),
    }
}

/// Files came first, then directories; they go back to where they were.
fn in_order(files: &[Given<'_>], documents: Vec<String>) -> Vec<String> {
    let count = files.iter().filter(|file| !file.is_directory).count();
    let mut documents = documents.into_iter();
    let mut of_files: Vec<_> = documents.by_ref().take(count).collect();
    of_files.reverse();
    let rows = files.iter().map(|file| match file.is_directory {
        false => of_files.pop(),
        true => documents.next(),
    });
    rows.flatten().collect()
}

fn is_component(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && name != "." && name != ".."
}

/// A path comes as bytes with a zero at the end.
fn path_of_bytes(bytes: &[u8]) -> PathBuf {
    let path = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    PathBuf::from(OsString::from_vec(path.to_vec()))
}

/// The path inside of a document.
pub(super) fn path_inside(runtime_dir: &Path, document: &str) -> PathBuf {
    runtime_dir.join("doc").join(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_sees_its_own_documents_alone() {
        let place = tempfile::tempdir().unwrap();
        let own = place.path().join("by-app/org.x.Y");
        std::fs::create_dir_all(&own).unwrap();
        let mount_point = place.path().to_owned();
        let part = Documents { mount_point }.part(&"org.x.Y".parse().unwrap());
        let expected = Entry::bind(own, TARGET, Access::ReadWrite);
        let expected = expected.from_origin("document portal");
        assert_eq!(part.unwrap().tree, [expected]);
    }
}

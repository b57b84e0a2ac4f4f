//! File descriptors to hand to a program: pipes, memfds with content, opened paths, namespaces.

use rustix::fs::{MemfdFlags, Mode, OFlags, SeekFrom};
use rustix::pipe::PipeFlags;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

/// A pipe as (read end, write end), both close-on-exec.
pub fn pipe() -> (OwnedFd, OwnedFd) {
    rustix::pipe::pipe_with(PipeFlags::CLOEXEC).expect("make a pipe")
}

/// An anonymous file with this content, positioned at its start.
pub fn data(content: &[u8]) -> OwnedFd {
    let fd = rustix::fs::memfd_create("aril-test", MemfdFlags::CLOEXEC).expect("make a memfd");
    let mut file = File::from(fd);
    file.write_all(content).expect("fill the memfd");
    rustix::fs::seek(&file, SeekFrom::Start(0)).expect("rewind the memfd");
    file.into()
}

/// A file of arguments as `--args` reads it: each word ended by a NUL.
pub fn words(words: &[&str]) -> OwnedFd {
    let mut content = Vec::new();
    for word in words {
        content.extend_from_slice(word.as_bytes());
        content.push(0);
    }
    data(&content)
}

/// Opens a path read-only.
pub fn open(path: impl AsRef<Path>) -> OwnedFd {
    File::open(path.as_ref()).expect("open a file").into()
}

/// Opens a path with `O_PATH`.
pub fn open_path(path: impl AsRef<Path>) -> OwnedFd {
    rustix::fs::open(path.as_ref(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .expect("open with O_PATH")
}

/// A second descriptor of the same open file.
pub fn twin(fd: &OwnedFd) -> OwnedFd {
    fd.try_clone().expect("duplicate a file descriptor")
}

/// Everything up to the end of file, as text.
pub fn drain(fd: OwnedFd) -> String {
    let mut text = String::new();
    File::from(fd)
        .read_to_string(&mut text)
        .expect("read to the end of file");
    text
}

/// The whole content of an anonymous file, wherever its position is.
pub fn content(fd: &OwnedFd) -> Vec<u8> {
    let size = rustix::fs::fstat(fd).expect("stat a memfd").st_size;
    let mut bytes = vec![0; usize::try_from(size).expect("a size")];
    let read = rustix::io::pread(fd, &mut bytes, 0).expect("read a memfd");
    bytes.truncate(read);
    bytes
}

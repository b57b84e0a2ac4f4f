//! The stream below: connecting, authentication, descriptors.

use super::super::address::{Address, Transport};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::io::{self, IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

/// The most descriptors that go with one message.
const MOST_FDS: usize = 16;

/// The longest line of an authentication that is read.
const LONGEST_LINE: usize = 1024;

pub(super) fn connect(address: &Address) -> io::Result<UnixStream> {
    match address.transport() {
        Transport::Path(path) => UnixStream::connect(path),
        Transport::Abstract(name) => {
            UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?)
        }
        Transport::Other => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "only sockets of this machine are spoken to",
        )),
    }
}

/// Says who we are, which the other end knows from the kernel, and that descriptors may come
/// (D-Bus Specification, "Authentication Protocol"). Sent at once, answered line by line.
pub(super) fn authenticate(mut stream: &UnixStream) -> io::Result<()> {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let hex: String = uid.bytes().map(|digit| format!("{digit:02x}")).collect();
    let words = format!("\0AUTH EXTERNAL {hex}\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n");
    stream.write_all(words.as_bytes())?;
    for expected in ["OK", "AGREE_UNIX_FD"] {
        let line = read_line(stream)?;
        if line.split(' ').next() != Some(expected) {
            let why = format!("it answers {}, not {expected}", crate::shown(&line));
            return Err(io::Error::other(why));
        }
    }
    Ok(())
}

/// Byte by byte: what follows the last line are messages.
fn read_line(mut stream: &UnixStream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") && line.len() < LONGEST_LINE {
        stream.read_exact(&mut byte)?;
        line.extend(byte);
    }
    let text = line.strip_suffix(b"\r\n").unwrap_or_default();
    String::from_utf8(text.to_vec()).map_err(io::Error::other)
}

/// Sends all bytes, with descriptors beside the first of them.
pub(crate) fn send_all(
    stream: &UnixStream,
    bytes: &[u8],
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::Error::other("too many descriptors"));
    }
    let parts = [IoSlice::new(bytes)];
    let sent = rustix::io::retry_on_intr(|| {
        sendmsg(stream.as_fd(), &parts, &mut control, SendFlags::NOSIGNAL)
    })?;
    let mut stream = stream;
    stream.write_all(bytes.get(sent..).unwrap_or_default())
}

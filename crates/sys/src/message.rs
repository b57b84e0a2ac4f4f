//! Records between our processes: sequenced packets on a socket pair, with descriptors attached.
//!
//! A socket and not a pipe: a packet is never split or joined, it can carry a descriptor, and its end
//! of file tells that the other side has ended or executed another program.

use crate::syscall::syscall;
use crate::{Errno, Fd, Result};
use core::mem::size_of;
use linux_raw_sys::{general as raw, net};
use std::os::fd::{FromRawFd, OwnedFd};

/// The two ends of a connected pair of `SOCK_SEQPACKET` sockets, both close-on-exec.
pub fn pair() -> Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0_i32; 2];
    let kind = net::SOCK_SEQPACKET | raw::O_CLOEXEC;
    // SAFETY: the kernel writes two descriptors, which are new and owned by nobody else.
    unsafe {
        syscall!(__NR_socketpair, net::AF_UNIX, kind, 0, fds.as_mut_ptr())?;
        Ok((OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])))
    }
}

/// Room for the header of a control message and one descriptor, aligned as the kernel wants it.
#[repr(C, align(8))]
struct Control {
    length: usize,
    level: i32,
    kind: i32,
    fd: i32,
    padding: i32,
}

const CONTROL_LENGTH: usize = size_of::<usize>() + 3 * size_of::<i32>();

fn header(vector: &mut raw::iovec, control: Option<&mut Control>) -> net::msghdr {
    let (pointer, length) = control.map_or((core::ptr::null_mut(), 0), |control| {
        (core::ptr::from_mut(control).cast(), size_of::<Control>())
    });
    // SAFETY: all zeroes is a valid `msghdr`: null pointers and zero lengths.
    let mut header: net::msghdr = unsafe { core::mem::zeroed() };
    header.msg_iov = core::ptr::from_mut(vector).cast();
    header.msg_iovlen = 1;
    header.msg_control = pointer;
    header.msg_controllen = length as _;
    header
}

/// Sends one packet, with a copy of `fd` attached if there is one (`sendmsg(2)`).
pub fn send(socket: Fd, bytes: &[u8], fd: Option<Fd>) -> Result<()> {
    let mut vector = raw::iovec {
        iov_base: bytes.as_ptr() as *mut _,
        iov_len: bytes.len() as _,
    };
    let mut control = Control {
        length: CONTROL_LENGTH,
        level: net::SOL_SOCKET as i32,
        kind: net::SCM_RIGHTS as i32,
        fd: fd.map_or(-1, Fd::number),
        padding: 0,
    };
    let header = header(&mut vector, fd.map(|_| &mut control));
    // SAFETY: the header, the vector, the bytes and the control message live through the call.
    let sent = unsafe {
        syscall!(
            __NR_sendmsg,
            socket.arg(),
            &raw const header,
            net::MSG_NOSIGNAL
        )
    };
    sent.map(drop)
}

/// One packet as received.
#[derive(Debug)]
pub struct Received {
    /// How many bytes of the buffer were filled; 0 is the end: no sender is left.
    pub length: usize,
    /// The descriptor that came along, close-on-exec.
    pub fd: Option<OwnedFd>,
}

/// Receives one packet into `buffer`, waiting for it (`recvmsg(2)`).
pub fn receive(socket: Fd, buffer: &mut [u8]) -> Result<Received> {
    let mut vector = raw::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len() as _,
    };
    let mut control = Control {
        length: 0,
        level: 0,
        kind: 0,
        fd: -1,
        padding: 0,
    };
    loop {
        let mut header = header(&mut vector, Some(&mut control));
        let flags = net::MSG_CMSG_CLOEXEC;
        // SAFETY: the header and all that it points to live through the call.
        match unsafe { syscall!(__NR_recvmsg, socket.arg(), &raw mut header, flags) } {
            Err(Errno::EINTR) => (),
            Err(errno) => return Err(errno),
            Ok(length) => {
                return Ok(Received {
                    length,
                    fd: attached(&control),
                });
            }
        }
    }
}

fn attached(control: &Control) -> Option<OwnedFd> {
    let is_rights = control.length == CONTROL_LENGTH && control.kind == net::SCM_RIGHTS as i32;
    // SAFETY: the kernel just put this new descriptor into our table; nobody else owns it.
    (is_rights && control.fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(control.fd) })
}

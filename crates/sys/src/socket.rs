//! TCP sockets, to try what Landlock refuses.

use crate::syscall::syscall;
use crate::{Fd, Result};
use core::mem::size_of;
use linux_raw_sys::{general as raw, net};

/// `struct sockaddr_in` of `ip(7)`, port and address in network order.
#[repr(C)]
struct Address {
    family: u16,
    port: [u8; 2],
    address: [u8; 4],
    zero: [u8; 8],
}

impl Address {
    const fn loopback(port: u16) -> Self {
        Self {
            family: net::AF_INET as u16,
            port: port.to_be_bytes(),
            address: [127, 0, 0, 1],
            zero: [0; 8],
        }
    }
}

/// A new TCP socket (`socket(2)`), close-on-exec and not blocking.
pub fn tcp() -> Result<Fd> {
    let kind = net::SOCK_STREAM | raw::O_CLOEXEC | raw::O_NONBLOCK;
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_socket, net::AF_INET, kind, 0) }.map(Fd::from_return)
}

/// Binds a socket to a port of 127.0.0.1 (`bind(2)`); 0 lets the kernel choose.
pub fn bind_to_loopback(socket: Fd, port: u16) -> Result<()> {
    let address = Address::loopback(port);
    let size = size_of::<Address>();
    // SAFETY: the address lives through the call and has the size given.
    unsafe { syscall!(__NR_bind, socket.arg(), &raw const address, size) }.map(drop)
}

/// Connects a socket to a port of 127.0.0.1 (`connect(2)`).
pub fn connect_to_loopback(socket: Fd, port: u16) -> Result<()> {
    let address = Address::loopback(port);
    let size = size_of::<Address>();
    // SAFETY: the address lives through the call and has the size given.
    unsafe { syscall!(__NR_connect, socket.arg(), &raw const address, size) }.map(drop)
}

//! The few device controls that are needed: the loopback interface and terminals.

use crate::syscall::syscall;
use crate::{Fd, Result};
use linux_raw_sys::{general as raw, ioctl, net};

/// `struct ifreq` of `netdevice(7)` with its `ifr_flags` member.
#[repr(C)]
struct InterfaceFlags {
    name: [u8; 16],
    flags: i16,
    rest: [u8; 22],
}

/// Brings up the loopback interface of the caller's network namespace.
///
/// The kernel gives `lo` the addresses 127.0.0.1/8 and ::1 by itself when it comes up
/// (`inetdev_event` in net/ipv4/devinet.c, `init_loopback` in net/ipv6/addrconf.c), so that one
/// `SIOCSIFFLAGS` does what a netlink conversation would.
pub fn bring_up_loopback() -> Result<()> {
    let kind = net::SOCK_DGRAM | raw::O_CLOEXEC;
    // SAFETY: no pointer is passed.
    let socket = unsafe { syscall!(__NR_socket, net::AF_INET, kind, 0) }.map(Fd::from_return)?;
    let mut request = InterfaceFlags {
        name: [0; 16],
        flags: 0,
        rest: [0; 22],
    };
    request.name[..2].copy_from_slice(b"lo");
    request.flags = (net::net_device_flags::IFF_UP as i16)
        | (net::net_device_flags::IFF_RUNNING as i16)
        | (net::net_device_flags::IFF_LOOPBACK as i16);
    // SAFETY: `request` has the size and layout of a `struct ifreq`.
    let raised = unsafe {
        syscall!(
            __NR_ioctl,
            socket.arg(),
            ioctl::SIOCSIFFLAGS,
            &raw const request
        )
    };
    crate::file::close(socket)?;
    raised.map(drop)
}

/// Whether `fd` is open on a terminal.
pub fn is_terminal(fd: Fd) -> bool {
    let mut termios = [0_u8; 256];
    // SAFETY: `TCGETS` writes a `struct termios`, which is far smaller than the buffer.
    unsafe { syscall!(__NR_ioctl, fd.arg(), ioctl::TCGETS, termios.as_mut_ptr()) }.is_ok()
}

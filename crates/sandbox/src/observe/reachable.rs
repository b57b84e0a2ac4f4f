//! Whether an address is out of reach because of the sandbox's network.

use aril_sys::{Fd, file};
use std::ffi::CString;
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;

/// A table of sockets that is longer is not read to its end.
const LONGEST: u64 = 1 << 20;
/// `TCP_LISTEN` in the tables of `/proc/net`.
const LISTENS: &str = "0A";

/// Whether a thread does not reach the address where the launcher could.
pub(crate) fn is_missed(thread: u32, address: SocketAddr) -> bool {
    let who = thread.to_string();
    if shares_network(&who) != Some(false) {
        return false;
    }
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        return !is_served(&who, address.port()) && is_served("self", address.port());
    }
    !has_interface(&read(&who, "dev"))
}

/// Whether a thread has the launcher's network; `None` if it cannot be known.
pub(super) fn shares_network(who: &str) -> Option<bool> {
    let namespace = |who: &str| {
        let link = CString::new(format!("/proc/{who}/ns/net")).ok()?;
        let status = file::status_at(Fd::CWD, &link).ok()?;
        Some((status.device, status.inode))
    };
    Some(namespace(who)? == namespace("self")?)
}

/// A table of `/proc/net`. What cannot be read is as good as empty.
pub(super) fn read_bytes(who: &str, table: &str) -> Vec<u8> {
    let mut text = Vec::new();
    let file = File::open(format!("/proc/{who}/net/{table}"));
    match file.and_then(|file| file.take(LONGEST).read_to_end(&mut text)) {
        Ok(_) | Err(_) => text,
    }
}

fn read(who: &str, table: &str) -> String {
    String::from_utf8(read_bytes(who, table)).unwrap_or_default()
}

/// Whether there is an interface beside the loopback one. Two lines are headings.
fn has_interface(table: &str) -> bool {
    let names = table
        .lines()
        .skip(2)
        .filter_map(|line| line.split(':').next());
    names.map(str::trim).any(|name| name != "lo")
}

/// Whether something listens at the port, on any address.
fn is_served(who: &str, port: u16) -> bool {
    ["tcp", "tcp6", "udp", "udp6"].iter().any(|table| {
        let listening = table.starts_with("tcp").then_some(LISTENS);
        has_port(&read(who, table), port, listening)
    })
}

/// A line is `N: ADDRESS:PORT ADDRESS:PORT STATE ...`, the ports in hexadecimal.
fn has_port(table: &str, port: u16, state: Option<&str>) -> bool {
    table.lines().skip(1).any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let local = fields.next().and_then(|local| local.rsplit(':').next());
        let found = local.and_then(|local| u16::from_str_radix(local, 16).ok());
        let is_state = state.is_none_or(|state| fields.nth(1) == Some(state));
        found == Some(port) && is_state
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let dev = "Inter-| Receive\n face |bytes\n    lo: 1 2\n";
        assert!(!has_interface(dev));
        assert!(has_interface(&format!("{dev}  eth0: 1 2\n")));
        let tcp = "  sl  local_address rem_address   st\n\
                   0: 0100007F:1F90 00000000:0000 0A 0\n\
                   1: 0100007F:0050 0100007F:1234 01 0\n";
        assert!(has_port(tcp, 8080, Some(LISTENS)) && !has_port(tcp, 80, Some(LISTENS)));
        assert!(has_port(tcp, 80, None) && !has_port(tcp, 81, None));
    }
}

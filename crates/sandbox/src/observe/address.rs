//! Socket addresses as they lie in memory.

use std::net::{IpAddr, SocketAddr};

/// What a call connects or sends to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Internet(SocketAddr),
    /// The path of a socket, from the working directory if it is relative.
    Socket(Vec<u8>),
    /// The name of a socket that has no path: its length is that of the address (`unix(7)`).
    Abstract(Vec<u8>),
}

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

/// `struct sockaddr_in`, `sockaddr_in6` or `sockaddr_un` with a name; `None` for any other.
pub(crate) fn parse(bytes: &[u8]) -> Option<Address> {
    let (family, rest) = bytes.split_first_chunk::<2>()?;
    match u16::from_ne_bytes(*family) {
        AF_UNIX => {
            if let Some((0, name)) = rest.split_first() {
                return (!name.is_empty()).then(|| Address::Abstract(name.to_vec()));
            }
            let path = rest.split(|&byte| byte == 0).next()?;
            (!path.is_empty()).then(|| Address::Socket(path.to_vec()))
        }
        AF_INET => {
            let (port, rest) = rest.split_first_chunk::<2>()?;
            let (address, _) = rest.split_first_chunk::<4>()?;
            internet(IpAddr::from(*address), *port)
        }
        AF_INET6 => {
            let (port, rest) = rest.split_first_chunk::<2>()?;
            let (_flow, rest) = rest.split_first_chunk::<4>()?;
            let (address, _) = rest.split_first_chunk::<16>()?;
            internet(IpAddr::from(*address).to_canonical(), *port)
        }
        _ => None,
    }
}

/// Port 0 is no service: resolvers connect to it to learn which address they would send from.
fn internet(address: IpAddr, port: [u8; 2]) -> Option<Address> {
    let port = u16::from_be_bytes(port);
    (port != 0).then(|| Address::Internet(SocketAddr::new(address, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let with = |family: u16, rest: &[u8]| [&family.to_ne_bytes()[..], rest].concat();
        let v4 = with(AF_INET, &[0, 80, 192, 0, 2, 1, 0, 0]);
        let expected = Address::Internet("192.0.2.1:80".parse().unwrap());
        assert_eq!(parse(&v4), Some(expected.clone()));
        let mut mapped = vec![0, 80, 0, 0, 0, 0];
        mapped.extend(
            "::ffff:192.0.2.1"
                .parse::<std::net::Ipv6Addr>()
                .unwrap()
                .octets(),
        );
        assert_eq!(parse(&with(AF_INET6, &mapped)), Some(expected));
        let path = with(AF_UNIX, b"/run/x\0rest");
        assert_eq!(parse(&path), Some(Address::Socket(b"/run/x".to_vec())));
        let name = with(AF_UNIX, b"\0a\0b");
        assert_eq!(parse(&name), Some(Address::Abstract(b"a\0b".to_vec())));
        for bad in [
            with(AF_UNIX, b"\0"),
            with(AF_INET, &[0, 80]),
            with(AF_INET, &[0, 0, 1, 2, 3, 4]),
            with(16, &[0; 12]),
            vec![1],
        ] {
            assert_eq!(parse(&bad), None, "{bad:?}");
        }
    }
}

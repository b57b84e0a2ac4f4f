//! The text of `DISPLAY` (X(7), "Display names").

use std::path::{Path, PathBuf};

/// Where a display is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On this machine, by the usual socket.
    Local,
    /// On this machine, by a socket at a path.
    Socket(PathBuf),
    /// On a machine that is reached over the network.
    Remote,
}

/// A display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct X11Display {
    pub(super) place: Place,
    /// Decimal digits.
    pub(super) number: String,
    /// What is behind the number, with its dot, or nothing.
    pub(super) screen: String,
}

impl X11Display {
    /// `[PROTOCOL/][HOST]:NUMBER[.SCREEN]`, or an absolute path of a socket with or without a number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, rest) = match text.rsplit_once(':') {
            Some(parts) => parts,
            None if text.starts_with('/') => (text, "0"),
            None => return None,
        };
        let (number, screen) = match rest.find('.') {
            Some(dot) => rest.split_at(dot),
            None => (rest, ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let known = !number.is_empty() && number.len() <= 6 && digits(number);
        let screen_known = screen.is_empty() || (screen.len() > 1 && digits(screen.get(1..)?));
        (known && screen_known).then(|| Self {
            place: Place::of_host(host),
            number: number.to_owned(),
            screen: screen.to_owned(),
        })
    }

    /// The socket, for a display on this machine.
    pub(super) fn socket(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Local => Some(Path::new("/tmp/.X11-unix").join(format!("X{}", self.number))),
            Place::Socket(path) => Some(path.clone()),
            Place::Remote => None,
        }
    }
}

impl Place {
    fn of_host(host: &str) -> Self {
        match host {
            "" | "unix" => Self::Local,
            host if host.starts_with("unix/") => Self::Local,
            host if host.starts_with('/') => Self::Socket(host.into()),
            _ => Self::Remote,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays() {
        let rows = [
            (":0", Place::Local, "0", ""),
            (":12.1", Place::Local, "12", ".1"),
            ("unix:3", Place::Local, "3", ""),
            ("unix/host:3", Place::Local, "3", ""),
            ("localhost:10.0", Place::Remote, "10", ".0"),
            ("tcp/a.b:1", Place::Remote, "1", ""),
            ("[::1]:2", Place::Remote, "2", ""),
            (
                "/tmp/x/org.x:0",
                Place::Socket("/tmp/x/org.x".into()),
                "0",
                "",
            ),
            ("/tmp/sock", Place::Socket("/tmp/sock".into()), "0", ""),
        ];
        for (text, place, number, screen) in rows {
            let display = X11Display::parse(text).unwrap();
            assert_eq!(
                (display.place, &*display.number, &*display.screen),
                (place, number, screen)
            );
        }
        for bad in [
            "",
            ":",
            "0",
            ":x",
            ":0.",
            ":0.x",
            ":../../etc",
            ":1/../2",
            ":1234567",
        ] {
            assert_eq!(X11Display::parse(bad), None, "{bad}");
        }
    }
}

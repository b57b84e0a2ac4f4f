//! What the proxy refused, by what it tells of messages (`xdg-dbus-proxy --log`).
//!
//! It tells of each message as it comes, and at once what becomes of it:
//!
//! ```text
//! C4: -> org.x.Service call org.x.Interface.Method at /path
//! *HIDDEN* (ping)
//! C5: -> org.freedesktop.DBus call org.freedesktop.DBus.RequestName at /
//! Filtering message due to arg0 org.x.Own, policy: 0 (required 3)
//! ```
//!
//! The text holds names that whoever sends a message has chosen: it can tell stories of itself, and is
//! bounded here.

/// So many different refusals are remembered; further ones are only counted.
const MOST: usize = 256;
/// Longer than two names of the longest kind (255 bytes) and a path of some length.
const LONGEST_LINE: usize = 2048;

/// What was wanted of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To know of it, or to talk to it.
    Talk,
    /// To have it.
    Own,
    /// What the proxy refuses whatever its rules are, such as to listen to others.
    Never,
}

/// Messages of one kind that were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The name on the bus.
    pub name: String,
    /// What was called there, or asked about it: `INTERFACE.MEMBER`.
    pub member: String,
    /// What was wanted.
    pub wanted: Wanted,
    /// How many times.
    pub count: u64,
}

/// Refusals, from what has been read so far.
#[derive(Debug, Default)]
pub struct Refusals {
    line: Vec<u8>,
    /// The message that was told of last, until it is told what became of it.
    message: Option<(String, String)>,
    found: Vec<Refused>,
    beyond: u64,
}

impl Refusals {
    /// Reads on, however the text is divided.
    pub fn read(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    let is_whole = line.len() < LONGEST_LINE;
                    match String::from_utf8(line) {
                        Ok(line) if is_whole => self.read_line(&line),
                        Ok(_) | Err(_) => self.message = None,
                    }
                }
                _ if self.line.len() < LONGEST_LINE => self.line.push(byte),
                _ => (),
            }
        }
    }

    /// Each once, in the order in which they were first refused.
    pub fn found(&self) -> &[Refused] {
        &self.found
    }

    /// How many there were of kinds beyond those that are remembered.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    fn read_line(&mut self, line: &str) {
        if let Some(about) = line.strip_prefix("Filtering message due to arg0 ") {
            if let (Some((name, wanted)), Some((_, member))) =
                (argument(about), self.message.take())
            {
                self.add(name.to_owned(), member, wanted);
            }
        } else if line.starts_with("*HIDDEN*") || line.starts_with("*DENIED*") {
            if let Some((name, member)) = self.message.take() {
                let wanted = match name.as_str() {
                    "org.freedesktop.DBus" => Wanted::Never,
                    _ => Wanted::Talk,
                };
                self.add(name, member, wanted);
            }
        } else {
            self.message = message(line);
        }
    }

    fn add(&mut self, name: String, member: String, wanted: Wanted) {
        let is_it = |known: &&mut Refused| known.name == name && known.member == member;
        if let Some(known) = self.found.iter_mut().find(is_it) {
            known.count = known.count.saturating_add(1);
        } else if self.found.len() < MOST {
            self.found.push(Refused {
                name,
                member,
                wanted,
                count: 1,
            });
        } else {
            self.beyond = self.beyond.saturating_add(1);
        }
    }
}

/// `C4: -> NAME call INTERFACE.MEMBER at PATH`, or `signal` for `call`.
fn message(line: &str) -> Option<(String, String)> {
    let (number, rest) = line.strip_prefix('C')?.split_once(": -> ")?;
    let mut words = rest.split(' ');
    let name = words.next()?;
    let is_told = matches!(words.next(), Some("call" | "signal"));
    let is_number = number.bytes().all(|digit| digit.is_ascii_digit());
    (is_told && is_number).then_some((name.to_owned(), words.next()?.to_owned()))
}

/// `NAME, policy: 0 (required 3)`: 1 is to know of a name, 2 to talk to it, 3 to have it.
fn argument(about: &str) -> Option<(&str, Wanted)> {
    let (name, rest) = about.split_once(", policy: ")?;
    let required = rest.split_once("(required ")?.1.strip_suffix(')')?;
    let wanted = match required {
        "1" | "2" => Wanted::Talk,
        "3" => Wanted::Own,
        _ => Wanted::Never,
    };
    Some((name, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What xdg-dbus-proxy 0.1.4 prints.
    const LOG: &str = "\
C1: -> org.freedesktop.DBus call org.freedesktop.DBus.Hello at /org/freedesktop/DBus
C2: -> org.freedesktop.DBus fake AddMatch for org.ok.Name
B1: <- org.freedesktop.DBus return from C1
B4: <- org.freedesktop.DBus return error org.freedesktop.DBus.Error.NameHasNoOwner from C3
*SKIPPED*
C4: -> org.x.Y call org.x.Z.Call at /org/x
*HIDDEN* (ping)
B5: <- (no sender) return from C4
*REWRITTEN*
C5: -> org.x.Y signal org.x.Z.Signal at /org/x
*HIDDEN*
C6: -> org.freedesktop.DBus call org.freedesktop.DBus.RequestName at /
Filtering message due to arg0 org.a.B, policy: 0 (required 3)
*HIDDEN* (ping)
C7: -> org.freedesktop.DBus call org.freedesktop.DBus.GetNameOwner at /
Filtering message due to arg0 org.a.C, policy: 0 (required 1)
C8: -> org.freedesktop.DBus call org.freedesktop.DBus.AddMatch at /
*DENIED* (ping)
C9: -> org.ok.Name call org.x.Z.Call at /org/x
B9: <- :1.7 return from C9
C10: -> org.x.Y call org.x.Z.Call at /org/x
*HIDDEN* (ping)
";

    #[test]
    fn each_refusal_once() {
        let bus = "org.freedesktop.DBus";
        let expected = [
            ("org.x.Y", "org.x.Z.Call".to_owned(), Wanted::Talk, 2),
            ("org.x.Y", "org.x.Z.Signal".to_owned(), Wanted::Talk, 1),
            ("org.a.B", format!("{bus}.RequestName"), Wanted::Own, 1),
            ("org.a.C", format!("{bus}.GetNameOwner"), Wanted::Talk, 1),
            (bus, format!("{bus}.AddMatch"), Wanted::Never, 1),
        ];
        let expected = expected.map(|(name, member, wanted, count)| Refused {
            name: name.to_owned(),
            member,
            wanted,
            count,
        });
        for size in [1, 7, LOG.len()] {
            let mut refusals = Refusals::default();
            LOG.as_bytes()
                .chunks(size)
                .for_each(|chunk| refusals.read(chunk));
            assert_eq!(refusals.found(), expected, "{size}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut refusals = Refusals::default();
        for number in 0..1000 {
            let line = format!("C1: -> org.x.N{number} call a.B at /\n*HIDDEN*\n");
            refusals.read(line.as_bytes());
        }
        assert_eq!((refusals.found().len(), refusals.beyond()), (256, 744));
        refusals.read(&vec![b'x'; 1 << 20]);
        assert!(refusals.line.len() <= LONGEST_LINE);
        refusals.read(b"\n*HIDDEN*\n\xff\n*DENIED*\nC1: -> \nC: -> a\n*HIDDEN*\n");
        assert_eq!(refusals.beyond(), 744);
    }
}

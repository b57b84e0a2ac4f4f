//! Names on message buses and what may be done with them.
//!
//! Names: D-Bus Specification, "Bus names". Words: flatpak-metadata(5), `[Session Bus Policy]`.

use super::error::{Fault, PermissionError};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The three buses that policies are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bus {
    /// The session bus.
    Session,
    /// The system bus.
    System,
    /// The accessibility bus.
    Accessibility,
}

impl Bus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Session, Self::System, Self::Accessibility];

    /// The group of a key file.
    pub fn group(self) -> &'static str {
        match self {
            Self::Session => "Session Bus Policy",
            Self::System => "System Bus Policy",
            Self::Accessibility => "Accessibility Bus Policy",
        }
    }

    /// What stands before `own-name` in the options for this bus.
    pub(super) fn option_prefix(self) -> &'static str {
        match self {
            Self::Session => "",
            Self::System => "system-",
            Self::Accessibility => "a11y-",
        }
    }
}

/// What may be done with a name; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BusAccess {
    /// Nothing.
    Nothing,
    /// Know that it exists.
    See,
    /// Call it and hear its signals.
    Talk,
    /// Be it.
    Own,
}

impl BusAccess {
    const ALL: [Self; 4] = [Self::Nothing, Self::See, Self::Talk, Self::Own];

    /// The word in a key file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::See => "see",
            Self::Talk => "talk",
            Self::Own => "own",
        }
    }
}

impl FromStr for BusAccess {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let found = Self::ALL.into_iter().find(|access| access.word() == text);
        found.ok_or_else(|| PermissionError::new("bus policy", text, Fault::BusAccess))
    }
}

/// A well-known bus name, or with `.*` at its end the name and all names below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusName(String);

impl BusName {
    /// The text, with its `.*`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BusName {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let name = text.strip_suffix(".*").unwrap_or(text);
        let valid = name.len() <= 255 && name.contains('.') && name.split('.').all(is_part);
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(PermissionError::new("bus name", text, Fault::BusName))
        }
    }
}

fn is_part(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !part.is_empty() && part.chars().all(allowed) && !part.starts_with(|c: char| c.is_ascii_digit())
}

impl Display for BusName {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["org.x", "org.x.*", "a-b._c.D9", "org.freedesktop.impl.*"] {
            assert!(good.parse::<BusName>().is_ok(), "{good}");
        }
        let long = format!("a.{}", "b".repeat(254));
        let bad = [
            "", "org", "org.*", ":1.2", ".x.y", "a..b", "a.9", "a.b.", "a.*.b", "*", "a.b\n",
        ];
        for bad in bad.into_iter().chain([long.as_str()]) {
            assert!(bad.parse::<BusName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn access_is_ordered() {
        assert!(BusAccess::Nothing < BusAccess::See && BusAccess::Talk < BusAccess::Own);
        assert!("nothing".parse::<BusAccess>().is_err());
    }
}

//! Conditions: `[!]WORD`, which must hold for a permission to be granted.

use std::fmt::{self, Display, Formatter};

/// What conditions are about, gathered when the sandbox starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// A Wayland display can be offered to the application.
    pub has_wayland: bool,
    /// The desktop's portal offers USB devices.
    pub has_usb_portal: bool,
}

/// A condition as it was written. An unknown word is kept, and never satisfied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// Whether the word has to be false.
    pub negated: bool,
    /// The word.
    pub word: String,
}

impl Condition {
    /// Takes a condition apart.
    pub fn parse(text: &str) -> Self {
        let (negated, word) = match text.strip_prefix('!') {
            Some(word) => (true, word),
            None => (false, text),
        };
        Self {
            negated,
            word: word.to_owned(),
        }
    }

    /// Whether this program knows the word.
    pub fn is_known(&self) -> bool {
        self.value(&Facts::default()).is_some()
    }

    /// Whether the condition holds. One that is not known does not, negated or not: what cannot be
    /// judged grants nothing.
    pub fn holds(&self, facts: &Facts) -> bool {
        self.value(facts).is_some_and(|value| value != self.negated)
    }

    /// The table of words (contract, 1.13). The two about devices say that this program can tell
    /// such devices from others, which it can.
    fn value(&self, facts: &Facts) -> Option<bool> {
        match self.word.as_str() {
            "true" | "has-input-device" | "has-usb-device" => Some(true),
            "false" => Some(false),
            "has-wayland" => Some(facts.has_wayland),
            "has-usb-portal" => Some(facts.has_usb_portal),
            _ => None,
        }
    }
}

impl Display for Condition {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", if self.negated { "!" } else { "" }, self.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_conditions_never_hold() {
        let wayland = Facts {
            has_wayland: true,
            ..Facts::default()
        };
        let rows = [
            ("true", true, true),
            ("!true", false, false),
            ("false", false, false),
            ("!false", true, true),
            ("has-input-device", true, true),
            ("!has-usb-device", false, false),
            ("has-wayland", false, true),
            ("!has-wayland", true, false),
            ("!has-usb-portal", true, true),
            ("tomorrow", false, false),
            ("!tomorrow", false, false),
            ("!!true", false, false),
            ("", false, false),
        ];
        for (text, without, with) in rows {
            let condition = Condition::parse(text);
            assert_eq!(condition.holds(&Facts::default()), without, "{text}");
            assert_eq!(condition.holds(&wayland), with, "{text}");
            assert_eq!(condition.to_string(), text);
        }
    }
}

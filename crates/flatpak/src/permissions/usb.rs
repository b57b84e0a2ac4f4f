//! Queries for USB devices: rules joined by `+`, all of which a device has to meet.
//!
//! Grammar: contract, 1.13; flatpak-metadata(5), `[USB Devices]`. Numbers are hexadecimal, two
//! digits for classes, four for vendors and products.

use super::error::{Fault, PermissionError};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// One rule of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsbRule {
    /// Any device.
    All,
    /// A device class, and a subclass unless `*`.
    Class(u8, Option<u8>),
    /// A product; it needs a vendor beside it.
    Product(u16),
    /// A vendor.
    Vendor(u16),
}

/// The rules that a device has to meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbQuery(Vec<UsbRule>);

impl UsbQuery {
    /// The rules.
    pub fn rules(&self) -> &[UsbRule] {
        &self.0
    }
}

impl FromStr for UsbQuery {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let parsed = text.split('+').map(rule).collect::<Result<Vec<_>, _>>();
        let parsed = parsed.and_then(|rules| check(&rules).map(|()| rules));
        parsed
            .map(Self)
            .map_err(|why| PermissionError::new("usb query", text, Fault::Usb(why)))
    }
}

fn check(rules: &[UsbRule]) -> Result<(), &'static str> {
    let has = |wanted: fn(&UsbRule) -> bool| rules.iter().any(wanted);
    let product = has(|rule| matches!(rule, UsbRule::Product(_)));
    let vendor = has(|rule| matches!(rule, UsbRule::Vendor(_)));
    if product && !vendor {
        return Err("dev needs a vnd beside it");
    }
    if rules.len() > 1 && has(|rule| matches!(rule, UsbRule::All)) {
        return Err("all stands alone");
    }
    Ok(())
}

fn rule(text: &str) -> Result<UsbRule, &'static str> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        ["all"] => Ok(UsbRule::All),
        ["cls", class, "*"] => Ok(UsbRule::Class(byte(class)?, None)),
        ["cls", class, subclass] => Ok(UsbRule::Class(byte(class)?, Some(byte(subclass)?))),
        ["dev", product] => Ok(UsbRule::Product(hex(product, 4)?)),
        ["vnd", vendor] => Ok(UsbRule::Vendor(hex(vendor, 4)?)),
        _ => Err("not one of all, cls:CC:SS, cls:CC:*, dev:PPPP, vnd:VVVV"),
    }
}

fn byte(text: &str) -> Result<u8, &'static str> {
    let number = hex(text, 2)?;
    u8::try_from(number).map_err(|_| "not two hexadecimal digits")
}

fn hex(text: &str, digits: usize) -> Result<u16, &'static str> {
    let valid = text.len() == digits && text.chars().all(|c| c.is_ascii_hexdigit());
    let number = u16::from_str_radix(text, 16).ok().filter(|_| valid);
    number.ok_or("not the right number of hexadecimal digits")
}

impl Display for UsbQuery {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (index, rule) in self.0.iter().enumerate() {
            out.write_str(if index == 0 { "" } else { "+" })?;
            match rule {
                UsbRule::All => out.write_str("all")?,
                UsbRule::Class(class, None) => write!(out, "cls:{class:02x}:*")?,
                UsbRule::Class(class, Some(sub)) => write!(out, "cls:{class:02x}:{sub:02x}")?,
                UsbRule::Product(product) => write!(out, "dev:{product:04x}")?,
                UsbRule::Vendor(vendor) => write!(out, "vnd:{vendor:04x}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        let rows = [
            ("all", "all"),
            ("cls:0E:*", "cls:0e:*"),
            ("cls:03:01", "cls:03:01"),
            ("vnd:0fD9", "vnd:0fd9"),
            ("vnd:0fd9+dev:0063", "vnd:0fd9+dev:0063"),
            ("dev:0063+vnd:0fd9+cls:03:*", "dev:0063+vnd:0fd9+cls:03:*"),
        ];
        for (text, written) in rows {
            assert_eq!(text.parse::<UsbQuery>().unwrap().to_string(), written);
        }
        let bad = [
            "",
            "dev:0063",
            "vnd:fd9",
            "vnd:+fd9",
            "vnd:0x12",
            "cls:3:*",
            "cls:03",
            "cls:03:1",
            "all+vnd:0fd9",
            "all:1",
            "vnd:0fd9+",
            "usb",
            "vnd:\u{663}12",
        ];
        for bad in bad {
            assert!(bad.parse::<UsbQuery>().is_err(), "{bad}");
        }
    }
}

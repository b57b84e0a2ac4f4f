//! The file of X11's cookies (Xau(3), "FILE FORMAT"): only what one display needs goes in.
//!
//! Without a filter an application would get the cookies of every display and machine that the
//! user has ever logged in to.

/// `FamilyLocal`: the address is a host name.
const LOCAL: u16 = 256;
/// `FamilyWild`: for every address.
const WILD: u16 = 65535;

/// An entry: family, then address, number, name and cookie, each with its length before it.
struct Record<'a> {
    family: u16,
    fields: [&'a [u8]; 4],
}

impl<'a> Record<'a> {
    /// `None` at the end, and for a file that is cut off.
    fn read(rest: &mut &'a [u8]) -> Option<Self> {
        let family = read_u16(rest)?;
        let mut fields: [&[u8]; 4] = [&[]; 4];
        for field in &mut fields {
            let length = usize::from(read_u16(rest)?);
            (*field, *rest) = rest.split_at_checked(length)?;
        }
        Some(Self { family, fields })
    }

    fn is_for(&self, number: &str, host_name: &[u8]) -> bool {
        let [address, of_number, ..] = self.fields;
        let local = self.family == WILD || (self.family == LOCAL && address == host_name);
        local && (of_number.is_empty() || of_number == number.as_bytes())
    }

    /// A local display's is written for every address: the host name inside may be another one, and
    /// the only display that can be reached is this one.
    fn write(&self, family: u16, address: &[u8], out: &mut Vec<u8>) {
        let [_, number, name, cookie] = self.fields;
        out.extend(family.to_be_bytes());
        for field in [address, number, name, cookie] {
            // It was read from two bytes.
            out.extend(u16::try_from(field.len()).unwrap_or(0).to_be_bytes());
            out.extend(field);
        }
    }
}

fn read_u16(rest: &mut &[u8]) -> Option<u16> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u16::from_be_bytes(*number))
}

/// The cookies for a display of this machine; empty when there is none.
pub(super) fn of_local(file: &[u8], number: &str, host_name: &[u8]) -> Vec<u8> {
    let mut rest = file;
    let mut out = Vec::new();
    while let Some(record) = Record::read(&mut rest) {
        if record.is_for(number, host_name) {
            record.write(WILD, &[], &mut out);
        }
    }
    out
}

/// The cookies for a display of that number elsewhere. `ssh -X` makes such displays, and keeps their
/// cookies under the name of this machine.
pub(super) fn of_remote(file: &[u8], number: &str) -> Vec<u8> {
    let mut rest = file;
    let mut out = Vec::new();
    while let Some(record) = Record::read(&mut rest) {
        let [address, of_number, ..] = record.fields;
        if of_number == number.as_bytes() {
            record.write(record.family, address, &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(family: u16, fields: [&str; 4]) -> Vec<u8> {
        let mut out = family.to_be_bytes().to_vec();
        for field in fields {
            out.extend((field.len() as u16).to_be_bytes());
            out.extend(field.as_bytes());
        }
        out
    }

    #[test]
    fn only_one_display_is_left() {
        let keep = [
            record(LOCAL, ["here", "1", "MIT-MAGIC-COOKIE-1", "a"]),
            record(WILD, ["", "", "MIT-MAGIC-COOKIE-1", "b"]),
        ];
        let drop = [
            record(LOCAL, ["here", "2", "MIT-MAGIC-COOKIE-1", "c"]),
            record(LOCAL, ["there", "1", "MIT-MAGIC-COOKIE-1", "d"]),
            record(0, ["\u{1}", "1", "MIT-MAGIC-COOKIE-1", "e"]),
        ];
        let file = [&keep[0], &drop[0], &drop[1], &keep[1], &drop[2]]
            .map(Vec::clone)
            .concat();
        let expected = [
            record(WILD, ["", "1", "MIT-MAGIC-COOKIE-1", "a"]),
            record(WILD, ["", "", "MIT-MAGIC-COOKIE-1", "b"]),
        ]
        .concat();
        assert_eq!(of_local(&file, "1", b"here"), expected);
        for cut in 0..file.len() {
            assert!(
                expected.starts_with(&of_local(&file[..cut], "1", b"here")),
                "{cut}"
            );
        }
        assert_eq!(of_remote(&file, "2"), drop[0]);
    }
}

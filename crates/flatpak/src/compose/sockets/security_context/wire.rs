//! Messages of the Wayland wire format: words of 32 bits in the machine's byte order.

use std::io::{self, Read};

/// A request of the client's.
#[derive(Clone, Debug)]
pub(super) struct Request {
    object: u32,
    opcode: u16,
    arguments: Vec<u8>,
}

impl Request {
    pub(super) fn new(object: u32, opcode: u16) -> Self {
        Self {
            object,
            opcode,
            arguments: Vec::new(),
        }
    }

    pub(super) fn number(mut self, number: u32) -> Self {
        self.arguments.extend(number.to_ne_bytes());
        self
    }

    /// The length counts the zero at the end; the next word begins at a multiple of four.
    pub(super) fn string(self, text: &str) -> Self {
        let mut request = self.number(u32::try_from(text.len() + 1).unwrap_or(u32::MAX));
        request.arguments.extend(text.as_bytes());
        request.arguments.push(0);
        let padded = request.arguments.len().next_multiple_of(4);
        request.arguments.resize(padded, 0);
        request
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // A name has at most 255 bytes, so that no request comes near 65,536.
        let size = u32::try_from(8 + self.arguments.len()).unwrap_or(u32::MAX);
        let words = [self.object, size << 16 | u32::from(self.opcode)];
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        bytes.extend(&self.arguments);
        bytes
    }
}

/// An event of the compositor's.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) object: u32,
    pub(super) opcode: u16,
    arguments: Vec<u8>,
}

impl Message {
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut words = [[0; 4]; 2];
        from.read_exact(words.as_flattened_mut())?;
        let [object, second] = words.map(u32::from_ne_bytes);
        let size = second >> 16;
        let length = size.checked_sub(8).ok_or_else(not_understood)?;
        let mut arguments = vec![0; length as usize];
        from.read_exact(&mut arguments)?;
        Ok(Self {
            object,
            opcode: (second & 0xffff) as u16,
            arguments,
        })
    }

    pub(super) fn words(&self) -> Words<'_> {
        Words {
            rest: &self.arguments,
        }
    }

    /// What the display's error says: object, code, text.
    pub(super) fn refusal(&self) -> io::Error {
        let mut words = self.words();
        let said = words
            .number()
            .and_then(|_object| words.number())
            .and_then(|_code| words.string());
        match said {
            Some(text) => io::Error::other(format!("the compositor says: {}", crate::shown(text))),
            None => not_understood(),
        }
    }
}

/// The arguments of an event.
pub(super) struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    pub(super) fn number(&mut self) -> Option<u32> {
        let (word, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_ne_bytes(*word))
    }

    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let (text, _) = self.rest.split_at_checked(length)?;
        self.rest = self.rest.get(length.next_multiple_of(4)..)?;
        text.strip_suffix(b"\0")
    }
}

pub(super) fn not_understood() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its answer is not understood")
}

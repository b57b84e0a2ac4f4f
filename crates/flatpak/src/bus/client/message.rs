//! Calls and replies (D-Bus Specification, "Message Format").

use super::BusError;
use super::marshal::{Reader, Value, Writer};
use std::io::{self, Read};

const METHOD_CALL: u8 = 1;
const METHOD_RETURN: u8 = 2;
const ERROR: u8 = 3;

/// Codes of header fields.
const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const DESTINATION: u8 = 6;
const SIGNATURE: u8 = 8;
const UNIX_FDS: u8 = 9;

/// A reply larger than this is none that is waited for.
const LIMIT: usize = 1 << 20;

/// The method of a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// Empty for a service that is no bus.
    pub(crate) destination: &'a str,
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) member: &'a str,
}

impl Call<'_> {
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.interface, self.member)
    }

    /// That the reply is not what the method returns.
    pub(crate) fn not_understood(&self) -> BusError {
        BusError::Reply {
            method: self.name(),
        }
    }

    pub(super) fn to_bytes(self, serial: u32, body: &Writer, fds: usize) -> Vec<u8> {
        let mut out = Writer::default();
        let flags = 0;
        let version = 1;
        for byte in [b'l', METHOD_CALL, flags, version] {
            out.byte(byte);
        }
        out.number(u32::try_from(body.bytes.len()).unwrap_or(u32::MAX));
        out.number(serial);
        let texts = [
            (PATH, "o", self.path),
            (INTERFACE, "s", self.interface),
            (MEMBER, "s", self.member),
            (DESTINATION, "s", self.destination),
        ];
        out.array(8, |out| {
            for (code, signature, text) in texts.iter().filter(|field| !field.2.is_empty()) {
                out.align(8).byte(*code).signature(signature).string(text);
            }
            if !body.signature.is_empty() {
                out.align(8).byte(SIGNATURE).signature("g");
                out.signature(body.signature);
            }
            if let Some(count) = u32::try_from(fds).ok().filter(|count| *count > 0) {
                out.align(8).byte(UNIX_FDS).signature("u").number(count);
            }
        });
        out.align(8).bytes.extend(&body.bytes);
        out.bytes
    }
}

/// A message that came.
#[derive(Debug)]
pub(crate) struct Reply {
    kind: u8,
    /// The serial of the call that it answers.
    pub(super) to: Option<u32>,
    error: Option<String>,
    body: Vec<u8>,
    big_endian: bool,
}

impl Reply {
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 16];
        from.read_exact(&mut head)?;
        let big_endian = head.first() == Some(&b'B');
        let sizes = head.get(4..).and_then(|sizes| {
            let mut reader = Reader::new(sizes, big_endian);
            let body = reader.number()? as usize;
            let _serial = reader.number()?;
            let fields = reader.number()? as usize;
            Some((fields, body))
        });
        let (fields, body) = sizes
            .filter(|(fields, body)| fields.max(body) <= &LIMIT)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the reply is too large"))?;
        // Behind the fields is a gap up to a multiple of 8; the fixed part before has 16 bytes.
        let mut bytes = vec![0; fields.next_multiple_of(8) + body];
        from.read_exact(&mut bytes)?;
        let body = bytes.split_off(fields.next_multiple_of(8));
        bytes.truncate(fields);
        let mut reply = Self {
            kind: head.get(1).copied().unwrap_or_default(),
            to: None,
            error: None,
            body,
            big_endian,
        };
        reply.read_fields(&bytes);
        Ok(reply)
    }

    /// A field that is not understood ends the list; what is needed comes from the bus itself.
    fn read_fields(&mut self, bytes: &[u8]) {
        let mut fields = Reader::new(bytes, self.big_endian);
        while !fields.is_at_end() {
            let code = fields.align(8).and_then(Reader::byte);
            match (code, fields.variant()) {
                (Some(REPLY_SERIAL), Some(Value::Number(serial))) => self.to = Some(serial),
                (Some(ERROR_NAME), Some(Value::Text(name))) => self.error = Some(name.to_owned()),
                (Some(_), Some(_)) => (),
                _ => return,
            }
        }
    }

    pub(super) fn into_result(self, call: &Call<'_>) -> Result<Self, BusError> {
        match self.kind {
            METHOD_RETURN => Ok(self),
            ERROR => Err(BusError::Refused {
                method: call.name(),
                text: self.body().string().unwrap_or("no reason given").to_owned(),
                name: self.error.unwrap_or_default(),
            }),
            _ => Err(call.not_understood()),
        }
    }

    /// The values that the method returned.
    pub(crate) fn body(&self) -> Reader<'_> {
        Reader::new(&self.body, self.big_endian)
    }
}

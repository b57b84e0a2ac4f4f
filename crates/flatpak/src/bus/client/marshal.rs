//! The marshalling of values (D-Bus Specification, "Marshaling"), little-endian.

/// Values one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    pub(super) signature: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    /// For values of these types.
    pub(crate) fn new(signature: &'static str) -> Self {
        Self {
            signature,
            bytes: Vec::new(),
        }
    }

    /// A value of `n` bytes begins at a multiple of `n`; a structure at a multiple of 8.
    pub(crate) fn align(&mut self, to: usize) -> &mut Self {
        let length = self.bytes.len().next_multiple_of(to);
        self.bytes.resize(length, 0);
        self
    }

    pub(crate) fn byte(&mut self, byte: u8) -> &mut Self {
        self.bytes.push(byte);
        self
    }

    /// `u`, and `h`, the index of a descriptor.
    pub(crate) fn number(&mut self, number: u32) -> &mut Self {
        self.align(4).bytes.extend(number.to_le_bytes());
        self
    }

    /// `s` and `o`.
    pub(crate) fn string(&mut self, text: &str) -> &mut Self {
        self.number(length(text.len()))
            .bytes
            .extend(text.as_bytes());
        self.byte(0)
    }

    /// `g`.
    pub(crate) fn signature(&mut self, signature: &str) -> &mut Self {
        self.byte(u8::try_from(signature.len()).unwrap_or(u8::MAX));
        self.bytes.extend(signature.as_bytes());
        self.byte(0)
    }

    /// An array whose elements begin at multiples of `element`. The length does not count the gap
    /// before the first.
    pub(crate) fn array(&mut self, element: usize, write: impl FnOnce(&mut Self)) -> &mut Self {
        self.number(0);
        let place = self.bytes.len() - 4;
        self.align(element);
        let begin = self.bytes.len();
        write(self);
        let size = length(self.bytes.len() - begin);
        if let Some(word) = self.bytes.get_mut(place..place + 4) {
            word.copy_from_slice(&size.to_le_bytes());
        }
        self
    }
}

/// A message has at most 128 MiB, and what is sent here far less.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Reads values; `None` where the bytes are not what is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    big_endian: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], big_endian: bool) -> Self {
        Self {
            bytes,
            at: 0,
            big_endian,
        }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    pub(crate) fn align(&mut self, to: usize) -> Option<&mut Self> {
        let gap = self.at.next_multiple_of(to) - self.at;
        self.take(gap)?;
        Some(self)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        let word: [u8; 4] = self.align(4)?.take(4)?.try_into().ok()?;
        Some(match self.big_endian {
            true => u32::from_be_bytes(word),
            false => u32::from_le_bytes(word),
        })
    }

    /// `ay`, and the text of a string without the zero behind it.
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        self.take(length)
    }

    pub(crate) fn string(&mut self) -> Option<&'a str> {
        let text = self.bytes()?;
        (self.byte()? == 0).then(|| std::str::from_utf8(text).ok())?
    }

    pub(crate) fn signature(&mut self) -> Option<&'a str> {
        let length = usize::from(self.byte()?);
        let text = self.take(length)?;
        (self.byte()? == 0).then(|| std::str::from_utf8(text).ok())?
    }

    /// The elements of an array, each of which begins at a multiple of `element`.
    pub(crate) fn array(&mut self, element: usize) -> Option<Self> {
        let length = self.number()? as usize;
        self.align(element)?;
        let end = self.at.checked_add(length)?;
        self.bytes.get(self.at..end)?;
        let inner = Self {
            bytes: self.bytes.get(..end)?,
            ..*self
        };
        self.at = end;
        Some(inner)
    }

    /// The text in a variant; `None` for another type.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        match self.variant()? {
            Value::Text(text) => Some(text),
            Value::Number(_) => None,
        }
    }

    /// Passes over a variant of a basic type, as the fields of a header are, and gives its text or
    /// its number.
    pub(super) fn variant(&mut self) -> Option<Value<'a>> {
        match self.signature()? {
            "s" | "o" => self.string().map(Value::Text),
            "g" => self.signature().map(Value::Text),
            "u" => self.number().map(Value::Number),
            _ => None,
        }
    }
}

/// A value of a header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        let mut writer = Writer::new("ysa(u)");
        writer.byte(7).string("ab");
        writer.array(8, |writer| {
            for number in [1, 2] {
                writer.align(8).number(number);
            }
        });
        assert_eq!(writer.bytes.len(), 28);
        let mut reader = Reader::new(&writer.bytes, false);
        assert_eq!((reader.byte(), reader.string()), (Some(7), Some("ab")));
        let mut array = reader.array(8).unwrap();
        let mut numbers = Vec::new();
        while !array.is_at_end() {
            numbers.push(array.align(8).unwrap().number().unwrap());
        }
        assert!(numbers == [1, 2] && reader.is_at_end());
        for cut in 0..writer.bytes.len() {
            let mut reader = Reader::new(&writer.bytes[..cut], false);
            let read = reader.byte().and_then(|_| reader.string().map(|_| ()));
            assert!(read.and_then(|()| reader.array(8)).is_none(), "{cut}");
        }
        assert_eq!(Reader::new(&[0xff; 8], false).array(8).map(|_| ()), None);
    }
}

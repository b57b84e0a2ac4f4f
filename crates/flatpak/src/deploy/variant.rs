//! As much of the GVariant format as the file `deploy` needs, every bound checked.
//!
//! Source: GVariant Specification, 1.0, section 2 ("Serialisation format"). Numbers are in the byte
//! order of the machine that wrote the file, which is this one; both supported are little-endian.

/// The place of the end of a container's offsets: their width depends on the container's size.
fn offset_size(length: usize) -> usize {
    match length {
        0 => 0,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

/// The number at the `index`-th offset, counted from the end of the container.
fn offset_from_end(container: &[u8], index: usize) -> Option<usize> {
    let size = offset_size(container.len());
    let end = container.len().checked_sub(size.checked_mul(index)?)?;
    let start = end.checked_sub(size)?;
    let mut bytes = [0; 8];
    bytes
        .get_mut(..size)?
        .copy_from_slice(container.get(start..end)?);
    let offset = usize::try_from(u64::from_le_bytes(bytes)).ok()?;
    (offset <= container.len()).then_some(offset)
}

fn align(position: usize, alignment: usize) -> Option<usize> {
    position.checked_next_multiple_of(alignment)
}

/// The members of the tuple `(ssasta{sv})`: two strings, an array of strings, a number, a
/// dictionary.
pub(super) struct Root<'a> {
    pub(super) first: &'a [u8],
    pub(super) second: &'a [u8],
    pub(super) strings: &'a [u8],
    pub(super) number: [u8; 8],
    pub(super) dictionary: &'a [u8],
}

/// Takes the tuple apart.
pub(super) fn root(bytes: &[u8]) -> Option<Root<'_>> {
    let first_end = offset_from_end(bytes, 0)?;
    let second_end = offset_from_end(bytes, 1)?;
    let strings_end = offset_from_end(bytes, 2)?;
    let number = align(strings_end, 8)?;
    let dictionary = number.checked_add(8)?;
    let offsets = bytes.len().checked_sub(3 * offset_size(bytes.len()))?;
    Some(Root {
        first: bytes.get(..first_end)?,
        second: bytes.get(first_end..second_end)?,
        strings: bytes.get(second_end..strings_end)?,
        number: bytes.get(number..dictionary)?.try_into().ok()?,
        dictionary: bytes.get(dictionary..offsets)?,
    })
}

/// The elements of an array whose elements vary in size.
pub(super) fn array(bytes: &[u8], alignment: usize) -> Option<Vec<&[u8]>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let offsets = offset_from_end(bytes, 0)?;
    let size = offset_size(bytes.len());
    let length = bytes.len() - offsets;
    if !length.is_multiple_of(size) {
        return None;
    }
    let count = length / size;
    let mut elements = Vec::with_capacity(count);
    let mut start = 0;
    for index in (0..count).rev() {
        let end = offset_from_end(bytes, index)?;
        let element = bytes.get(start..end).filter(|_| end <= offsets)?;
        elements.push(element);
        start = align(end, alignment)?;
    }
    Some(elements)
}

/// A string: its NUL at the end, none before.
pub(super) fn string(bytes: &[u8]) -> Option<&str> {
    let (&last, text) = bytes.split_last()?;
    let text = std::str::from_utf8(text).ok()?;
    (last == 0 && !text.contains('\0')).then_some(text)
}

/// An entry of a dictionary `a{sv}`: its key, the type and the bytes of its value.
pub(super) fn entry(bytes: &[u8]) -> Option<(&str, &str, &[u8])> {
    let key_end = offset_from_end(bytes, 0)?;
    let value_end = bytes.len() - offset_size(bytes.len());
    let variant = bytes.get(align(key_end, 8)?..value_end)?;
    let separator = variant.iter().rposition(|&byte| byte == 0)?;
    let kind = std::str::from_utf8(&variant[separator + 1..]).ok()?;
    Some((string(bytes.get(..key_end)?)?, kind, &variant[..separator]))
}

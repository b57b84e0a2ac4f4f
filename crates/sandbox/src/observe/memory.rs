//! The memory of a thread that waits.

use aril_sys::process;

/// The longest path that the kernel takes, `PATH_MAX`, with its NUL.
const LONGEST: usize = 4096;
/// The smallest page: a read that ends with one never fails because of the next.
const PAGE: u64 = 4096;
/// `struct sockaddr_storage` is not longer.
const LONGEST_ADDRESS: u64 = 128;

/// Reads what registers point to. The memory can change at any time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    thread: u32,
}

impl Memory {
    pub(crate) fn of(thread: u32) -> Self {
        Self { thread }
    }

    /// A text up to its NUL, which does not belong to it. `None` if it is empty, too long or not there.
    pub(crate) fn text(&self, address: u64) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        while text.len() < LONGEST {
            let from = address.checked_add(text.len() as u64)?;
            let rest = (PAGE - from % PAGE) as usize;
            let mut piece = vec![0; rest.min(LONGEST - text.len())];
            let length = process::read_memory(self.thread, from, &mut piece).ok()?;
            let piece = piece.get(..length).filter(|piece| !piece.is_empty())?;
            match piece.iter().position(|&byte| byte == 0) {
                Some(end) => {
                    text.extend(piece.iter().take(end));
                    return (!text.is_empty()).then_some(text);
                }
                None => text.extend(piece),
            }
        }
        None
    }

    /// So many bytes, as long as an address may be.
    pub(crate) fn bytes(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length.min(LONGEST_ADDRESS) as usize];
        let read = process::read_memory(self.thread, address, &mut bytes).ok()?;
        (read == bytes.len()).then_some(bytes)
    }

    /// A word of 64 bits.
    pub(crate) fn word(&self, address: u64) -> Option<u64> {
        let bytes = self.bytes(address, 8)?;
        Some(u64::from_ne_bytes(bytes.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_memory_is_read() {
        let memory = Memory::of(std::process::id());
        let text = c"/a/path";
        let address = text.as_ptr() as u64;
        assert_eq!(memory.text(address).as_deref(), Some(&b"/a/path"[..]));
        let long = vec![b'x'; 3 * LONGEST];
        assert_eq!(memory.text(long.as_ptr() as u64), None);
        assert_eq!(memory.text(8), None);
        let word = 7_u64;
        assert_eq!(memory.word(&raw const word as u64), Some(7));
    }
}

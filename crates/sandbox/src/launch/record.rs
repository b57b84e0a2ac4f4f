//! What the child tells the launcher: fixed-size records, so that the child formats nothing.

use crate::outcome::Part;
use aril_sys::Errno;

/// The kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// A step failed.
    Failed {
        index: u32,
        part: Part,
        errno: Errno,
    },
    /// A process that goes on joining, in a joined pid namespace, exists; its pidfd is attached.
    Entered,
    /// The process that builds the sandbox exists; its pidfd is attached.
    Setup,
    /// The process that becomes the payload exists; its pidfd is attached.
    Payload,
    /// Something is not as strong as the best that was asked for.
    Fallback { index: u32 },
    /// The launcher's part can be done.
    Called,
    /// All is done but the exec.
    Ready,
    /// The descriptor on which refused system calls are told is attached.
    Listener,
}

/// The size of a record in bytes: four 32-bit words.
pub(crate) const SIZE: usize = 16;

impl Record {
    pub(crate) fn to_bytes(self) -> [u8; SIZE] {
        let words: [u32; 4] = match self {
            Self::Failed { index, part, errno } => {
                [1, index, part as u32, u32::from(errno.number())]
            }
            Self::Setup => [2, 0, 0, 0],
            Self::Payload => [3, 0, 0, 0],
            Self::Fallback { index } => [4, index, 0, 0],
            Self::Ready => [5, 0, 0, 0],
            Self::Called => [6, 0, 0, 0],
            Self::Entered => [7, 0, 0, 0],
            Self::Listener => [8, 0, 0, 0],
        };
        let mut bytes = [0; SIZE];
        for (chunk, word) in bytes.chunks_exact_mut(4).zip(words) {
            chunk.copy_from_slice(&word.to_ne_bytes());
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| {
            let chunk = bytes.get(at * 4..at * 4 + 4)?;
            Some(u32::from_ne_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]))
        };
        Some(match word(0)? {
            1 => Self::Failed {
                index: word(1)?,
                part: Part::from_number(word(2)?),
                errno: Errno::new(word(3)? as u16),
            },
            2 => Self::Setup,
            3 => Self::Payload,
            4 => Self::Fallback { index: word(1)? },
            5 => Self::Ready,
            6 => Self::Called,
            7 => Self::Entered,
            8 => Self::Listener,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_comes_back() {
        let failed = Record::Failed {
            index: 7,
            part: Part::Verify,
            errno: Errno::EPERM,
        };
        for record in [
            failed,
            Record::Setup,
            Record::Entered,
            Record::Called,
            Record::Payload,
            Record::Fallback { index: 3 },
            Record::Ready,
            Record::Listener,
        ] {
            assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
        }
        assert_eq!(Record::from_bytes(&[9; SIZE]), None);
        assert_eq!(Record::from_bytes(&[1, 0, 0]), None);
    }
}

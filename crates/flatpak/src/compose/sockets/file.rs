//! Files of the user that say where a server is.

use rustix::fs::OFlags;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Longer than any such file.
const LIMIT: u64 = 1 << 20;

/// The contents of a regular file. Where another application can write there may be a pipe, and to open
/// that would wait for ever.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    let mut options = File::options();
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    options.read(true).custom_flags(flags.bits() as i32);
    let file = options.open(path).ok()?;
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    let mut bytes = Vec::new();
    let read = is_file.then(|| file.take(LIMIT).read_to_end(&mut bytes))?;
    read.is_ok().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    #[test]
    fn a_pipe_is_not_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        assert_eq!(read(&path), None);
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(read(&path), None);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "x").unwrap();
        assert_eq!(read(&path), Some(b"x".to_vec()));
    }
}

//! What a sandbox has printed, kept while it runs: `NAME/log`, and `NAME/log.1` before it.
//!
//! Each line of a file is an object of JSON. A file that has become long is given up for a new one, so that
//! the payload cannot fill the user's runtime directory: the last megabytes are kept, and no more.

use super::registration::REF;
use aril_flatpak::instances::Directory;
use aril_sandbox::sys;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

const LOG: &str = "log";
const BEFORE: &str = "log.1";
/// How long a file gets: two of them are kept.
const LONGEST: u64 = 4 << 20;
/// No line of a file is longer: that of the longest text, each byte of it escaped.
const LONGEST_LINE: usize = 1 << 20;

/// Where a line was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Printed {
    /// On standard output.
    Stdout,
    /// On standard error.
    Stderr,
}

/// A line that a payload has printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since 1970.
    pub time: u64,
    /// Where.
    pub stream: Printed,
    /// The line without its line feed; bytes that are no text are replaced. A very long one comes in parts.
    pub text: String,
}

impl Line {
    /// A line that is printed now.
    pub fn now(stream: Printed, text: &[u8]) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = now.map_or(0, |now| now.as_millis());
        Self {
            time: u64::try_from(time).unwrap_or(u64::MAX),
            stream,
            // It is only shown.
            text: String::from_utf8_lossy(text).into_owned(),
        }
    }
}

/// A log that is written.
#[derive(Debug)]
pub struct Log {
    directory: Directory,
    file: File,
    size: u64,
}

impl Log {
    /// A new one.
    pub fn make(directory: Directory) -> io::Result<Self> {
        let file = directory.make_file(OsStr::new(LOG), 0o600)?;
        Ok(Self {
            directory,
            file,
            size: 0,
        })
    }

    /// Adds a line.
    pub fn add(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let length = bytes.len() as u64;
        if self.size > 0 && self.size + length > LONGEST {
            self.directory.forget(OsStr::new(BEFORE))?;
            let (old, new) = (OsStr::new(LOG), OsStr::new(BEFORE));
            self.directory.move_to(old, &self.directory, new)?;
            self.file = self.directory.make_file(OsStr::new(LOG), 0o600)?;
            self.size = 0;
        }
        self.size += length;
        self.file.write_all(&bytes)
    }
}

/// A log that is read, from its beginning on.
#[derive(Debug)]
pub struct LogReader {
    directory: Directory,
    file: File,
    /// What was read of a line whose end is not there yet.
    begun: Vec<u8>,
}

impl LogReader {
    /// Opens it; `None` where none is kept.
    pub fn open(directory: Directory) -> io::Result<Option<Self>> {
        let open = |name: &str| directory.open_file(OsStr::new(name));
        let file = match open(BEFORE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => open(LOG),
            other => other,
        };
        match file {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(file) => Ok(Some(Self {
                directory,
                file,
                begun: Vec::new(),
            })),
        }
    }

    /// Whether its writer lives.
    pub fn is_written(&self) -> bool {
        let lock = self.directory.open_file(OsStr::new(REF));
        lock.is_ok_and(|lock| sys::file::is_locked((&lock).into()).unwrap_or(false))
    }

    /// The directory that it lies in.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Reads on to the present end.
    pub fn next_lines(&mut self, mut each: impl FnMut(Line)) -> io::Result<()> {
        self.read_on(&mut each)?;
        while let Some(next) = self.next_file()? {
            // The writer gave this one up after its last line.
            self.read_on(&mut each)?;
            self.file = next;
            self.begun.clear();
            self.read_on(&mut each)?;
        }
        Ok(())
    }

    /// The file that has taken the place of this one.
    fn next_file(&self) -> io::Result<Option<File>> {
        let named = match self.directory.open_file(OsStr::new(LOG)) {
            // The sandbox has ended, and with it the log.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let status = |file: &File| sys::file::status(file.into());
        let is_same = status(&named)?.is_same_file(&status(&self.file)?);
        Ok((!is_same).then_some(named))
    }

    fn read_on(&mut self, each: &mut impl FnMut(Line)) -> io::Result<()> {
        let mut buffer = [0; 64 << 10];
        loop {
            let count = self.file.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            self.begun
                .extend_from_slice(buffer.get(..count).unwrap_or_default());
            let end = self.begun.iter().rposition(|&byte| byte == b'\n');
            let rest = self.begun.split_off(end.map_or(0, |end| end + 1));
            let whole = std::mem::replace(&mut self.begun, rest);
            let lines = whole.split(|&byte| byte == b'\n');
            // What is no line of ours is passed over: the file is the user's.
            lines
                .filter_map(|line| serde_json::from_slice(line).ok())
                .for_each(&mut *each);
            if self.begun.len() > LONGEST_LINE {
                return Err(io::Error::other("a line is too long"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut LogReader) -> Vec<String> {
        let mut lines = Vec::new();
        reader.next_lines(|line| lines.push(line.text)).unwrap();
        lines
    }

    #[test]
    fn what_is_kept_is_bounded_and_read_in_order() {
        let place = tempfile::tempdir().unwrap();
        let open = || Directory::open_root(place.path()).unwrap();
        assert!(LogReader::open(open()).unwrap().is_none());
        let mut log = Log::make(open()).unwrap();
        let mut follower = LogReader::open(open()).unwrap().unwrap();
        let mut add = |number: u32| {
            let text = format!("{number} {}\u{fffd}", "x".repeat(10_000));
            log.add(&Line::now(Printed::Stdout, text.as_bytes()))
                .unwrap();
        };
        let numbers = |lines: Vec<String>| {
            let numbers = lines
                .iter()
                .map(|line| line.split(' ').next().unwrap().parse());
            numbers.map(Result::unwrap).collect::<Vec<u32>>()
        };
        let mut followed = Vec::new();
        for number in 0..2000 {
            add(number);
            if number % 100 == 0 {
                followed.extend(numbers(read(&mut follower)));
            }
        }
        followed.extend(numbers(read(&mut follower)));
        assert_eq!(followed, (0..2000).collect::<Vec<_>>());
        let kept = numbers(read(&mut LogReader::open(open()).unwrap().unwrap()));
        assert_eq!(kept, (2000 - kept.len() as u32..2000).collect::<Vec<_>>());
        assert!(kept.len() > 400, "{}", kept.len());
        let sizes = place.path().read_dir().unwrap();
        let size: u64 = sizes
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(size <= 2 * LONGEST, "{size}");
    }
}

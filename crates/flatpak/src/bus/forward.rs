//! File forwarding: words between `@@` and `@@` become paths that the application can open
//! (contract, 1.9).

use super::client::{BusError, Connection};
use super::documents::{self, Documents, Given};
use crate::refs::Id;
use crate::{bus::unescaped, shown_path};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display, Formatter};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Why files could not be forwarded.
#[derive(Debug)]
pub enum ForwardError {
    /// A path is empty.
    Empty,
    /// A file cannot be opened.
    Open {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The document portal refused.
    Portal(BusError),
}

impl Error for ForwardError {}

impl Display for ForwardError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("forward a file, on an empty path: there is none"),
            Self::Open { path, error } => {
                write!(out, "forward a file, on {}: {error}", shown_path(path))
            }
            Self::Portal(error) => write!(out, "forward files, to the document portal: {error}"),
        }
    }
}

/// The words of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Plain(OsString),
    /// Between `@@` and `@@`, or as a URI between `@@u` and `@@`.
    File {
        said: OsString,
        path: PathBuf,
    },
}

impl Words {
    /// Reads the words: `@@` begins and ends a list of paths, `@@u` begins one of URIs. A URI of
    /// something else than a file stays as it is. The marks themselves are left out.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, ForwardError> {
        let mut found = Self::default();
        let mut list = List::None;
        for word in words {
            match (word.as_bytes(), list) {
                (b"@@", List::None) => list = List::Paths,
                (b"@@u", List::None) => list = List::Uris,
                (b"@@", _) => list = List::None,
                _ => found.words.push(list.word(word)?),
            }
        }
        Ok(found)
    }

    /// Whether there is a file among them.
    pub fn has_files(&self) -> bool {
        self.words
            .iter()
            .any(|word| matches!(word, Word::File { .. }))
    }

    /// The words as they stand, for an application that sees all files, or without a portal.
    pub fn into_plain(self) -> Vec<OsString> {
        let words = self.words.into_iter();
        words
            .map(|word| match word {
                Word::Plain(word) | Word::File { said: word, .. } => word,
            })
            .collect()
    }

    /// Gives the application those of the files that it does not see, and names them as it will see
    /// them, below `runtime_dir`, its directory of sockets. What does not exist keeps its name.
    pub fn forward(
        self,
        sees: &dyn Fn(&Path) -> bool,
        (id, runtime_dir): (&Id, &Path),
        bus: &mut Connection,
    ) -> Result<Vec<OsString>, ForwardError> {
        let mut files = Vec::new();
        for word in &self.words {
            let file = match word {
                Word::File { path, .. } if !sees(path) => File::open(path)?,
                _ => None,
            };
            files.push(file);
        }
        let given: Vec<_> = files.iter().flatten().map(File::given).collect();
        let documents = Documents::add(bus, id, &given).map_err(ForwardError::Portal)?;
        let mut documents = documents.into_iter();
        let rows = self.words.into_iter().zip(&files);
        let words = rows.map(|(word, file)| match (word, file) {
            (Word::File { said, path }, Some(_)) => match documents.next() {
                Some(document) => named(runtime_dir, &document, (&said, &path)),
                None => said,
            },
            (Word::Plain(word) | Word::File { said: word, .. }, _) => word,
        });
        Ok(words.collect())
    }
}

#[derive(Clone, Copy)]
enum List {
    None,
    Paths,
    Uris,
}

impl List {
    fn word(self, word: OsString) -> Result<Word, ForwardError> {
        let path = match self {
            Self::None => return Ok(Word::Plain(word)),
            Self::Paths => Some(PathBuf::from(&word)),
            Self::Uris => path_of_uri(&word),
        };
        match path {
            Some(path) if path.as_os_str().is_empty() => Err(ForwardError::Empty),
            Some(path) => Ok(Word::File { said: word, path }),
            None => Ok(Word::Plain(word)),
        }
    }
}

/// An open file.
struct File {
    fd: OwnedFd,
    is_directory: bool,
}

impl File {
    /// `None` when it does not exist: the application says so in its own words.
    fn open(path: &Path) -> Result<Option<Self>, ForwardError> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let opened = open(path, flags, Mode::empty()).and_then(|fd| {
            let status = fstat(&fd)?;
            let is_directory = FileType::from_raw_mode(status.st_mode) == FileType::Directory;
            Ok(Self { fd, is_directory })
        });
        match opened.map_err(io::Error::from) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let path = path.to_owned();
                Err(ForwardError::Open { path, error })
            }
        }
    }

    fn given(&self) -> Given<'_> {
        Given {
            file: self.fd.as_fd(),
            is_directory: self.is_directory,
        }
    }
}

/// A document's name inside, as a URI where a URI was said.
fn named(runtime_dir: &Path, document: &str, (said, path): (&OsStr, &Path)) -> OsString {
    let inside = documents::path_inside(runtime_dir, document);
    let inside = match path.file_name() {
        Some(name) => inside.join(name),
        None => inside,
    };
    match path.as_os_str() == said {
        true => inside.into_os_string(),
        false => {
            let mut uri = OsString::from("file://");
            uri.push(super::address::escaped(inside.as_os_str().as_bytes()));
            uri
        }
    }
}

/// The path of `file:///PATH` or `file:/PATH` of this machine (RFC 8089).
fn path_of_uri(uri: &OsStr) -> Option<PathBuf> {
    let rest = uri.as_bytes().strip_prefix(b"file:")?;
    let path = match rest.strip_prefix(b"//") {
        Some(rest) => rest.strip_prefix(b"localhost").unwrap_or(rest),
        None => rest,
    };
    let path = unescaped(path)?;
    let whole = path.first() == Some(&b'/') && !path.contains(&0);
    whole.then(|| PathBuf::from(OsString::from_vec(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Words, ForwardError> {
        Words::parse(words.iter().map(OsString::from))
    }

    fn files(words: &Words) -> Vec<&str> {
        let files = words.words.iter().filter_map(|word| match word {
            Word::File { path, .. } => path.to_str(),
            Word::Plain(_) => None,
        });
        files.collect()
    }

    #[test]
    fn lists_of_files() {
        let words = parse(&[
            "-x",
            "@@",
            "a",
            "/b c",
            "@@",
            "d",
            "@@u",
            "file:///e%20f",
            "http://g",
            "@@",
        ]);
        let words = words.unwrap();
        assert_eq!(files(&words), ["a", "/b c", "/e f"]);
        let plain = ["-x", "a", "/b c", "d", "file:///e%20f", "http://g"];
        assert_eq!(words.into_plain(), plain);
        assert_eq!(parse(&["@@", "@@"]).unwrap().into_plain(), [""; 0]);
        assert_eq!(files(&parse(&["@@", "@@u", "a"]).unwrap()), ["@@u", "a"]);
        assert!(matches!(parse(&["@@", ""]), Err(ForwardError::Empty)));
    }

    #[test]
    fn uris() {
        let path = |text: &str| path_of_uri(OsStr::new(text));
        assert_eq!(path("file://localhost/a"), Some("/a".into()));
        assert_eq!(path("file:/a"), Some("/a".into()));
        for bad in [
            "file://host/a",
            "file:a",
            "/a",
            "file:///%00",
            "file:///%zz",
            "ftp:///a",
        ] {
            assert_eq!(path(bad), None, "{bad}");
        }
        let inside = Path::new("/run/user/1");
        let uri = named(
            inside,
            "d1",
            (OsStr::new("file:///a%20b"), Path::new("/a b")),
        );
        assert_eq!(uri, "file:///run/user/1/doc/d1/a%20b");
        let plain = named(inside, "d1", (OsStr::new("x/a b"), Path::new("x/a b")));
        assert_eq!(plain, "/run/user/1/doc/d1/a b");
    }
}

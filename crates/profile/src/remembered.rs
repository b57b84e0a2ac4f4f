//! Answers about files that are asked for once: the rules ask about the same directories again and
//! again, and one answer each keeps a spec consistent while somebody changes the files.

use crate::files::{Files, Kind};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Files whose kinds are looked up once.
pub(crate) struct Remembered<'a> {
    files: &'a dyn Files,
    followed: Known,
    itself: Known,
}

type Known = RefCell<HashMap<PathBuf, Option<Kind>>>;

impl<'a> Remembered<'a> {
    pub(crate) fn of(files: &'a dyn Files) -> Self {
        Self {
            files,
            followed: Known::default(),
            itself: Known::default(),
        }
    }
}

fn ask(known: &Known, path: &Path, files: impl FnOnce(&Path) -> Option<Kind>) -> Option<Kind> {
    if let Some(kind) = known.borrow().get(path) {
        return *kind;
    }
    let kind = files(path);
    known.borrow_mut().insert(path.to_owned(), kind);
    kind
}

impl Files for Remembered<'_> {
    fn kind(&self, path: &Path) -> Option<Kind> {
        ask(&self.followed, path, |path| self.files.kind(path))
    }

    fn kind_itself(&self, path: &Path) -> Option<Kind> {
        ask(&self.itself, path, |path| self.files.kind_itself(path))
    }

    fn names(&self, path: &Path) -> Vec<OsString> {
        self.files.names(path)
    }

    fn entries(&self, path: &Path) -> Vec<(OsString, Kind)> {
        self.files.entries(path)
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        // What is missing costs one question, and not one for each directory above it.
        self.kind(path).and_then(|_| self.files.real_path(path))
    }

    fn text(&self, path: &Path) -> Option<Vec<u8>> {
        self.files.text(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Counts the questions; everything is a directory, or nothing is.
    struct Counting {
        asked: Cell<usize>,
        kind: Option<Kind>,
    }

    impl Files for Counting {
        fn kind(&self, _: &Path) -> Option<Kind> {
            self.asked.set(self.asked.get() + 1);
            self.kind
        }
        fn kind_itself(&self, path: &Path) -> Option<Kind> {
            self.kind(path)
        }
        fn names(&self, _: &Path) -> Vec<OsString> {
            Vec::new()
        }
        fn real_path(&self, path: &Path) -> Option<PathBuf> {
            self.kind(path).map(|_| path.to_owned())
        }
        fn text(&self, _: &Path) -> Option<Vec<u8>> {
            None
        }
    }

    #[test]
    fn each_question_is_asked_once() {
        for kind in [Some(Kind::Directory), None] {
            let asked = Cell::new(0);
            let files = Counting { asked, kind };
            let remembered = Remembered::of(&files);
            for _ in 0..3 {
                assert_eq!(remembered.kind(Path::new("/a")), kind);
                assert_eq!(remembered.kind_itself(Path::new("/a")), kind);
            }
            assert_eq!(files.asked.get(), 2);
            assert_eq!(
                remembered.real_path(Path::new("/a")),
                kind.map(|_| PathBuf::from("/a"))
            );
        }
    }
}

//! An application in a folder: its metadata, and its files by descriptor.

use crate::error::RunError;
use aril_flatpak::beneath::Beneath;
use aril_flatpak::keyfile::KeyFile;
use aril_flatpak::metadata::Metadata;
use aril_flatpak::permissions::{Layer, Origin};
use aril_flatpak::refs::Kind;
use std::path::Path;

/// Metadata is a page or two; what is larger is none.
const LONGEST_METADATA: u64 = 1 << 20;

/// An application that was found.
#[derive(Debug)]
pub struct App {
    /// What it says of itself.
    pub metadata: Metadata,
    /// What appears as `/app`. Opened once; a link in the folder does not lead out of it.
    pub files: Beneath,
}

impl App {
    /// Opens the application in `folder`.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        let root = Beneath::open_root(folder)
            .map_err(|error| RunError::on("open the application", folder, error))?;
        let path = folder.join("metadata");
        let bytes = root
            .read(Path::new("metadata"), LONGEST_METADATA)
            .map_err(|error| {
                let error = RunError::on("read metadata", &path, error);
                error.with_hint(
                    "the folder of an application has a file `metadata` and a directory `files`",
                )
            })?;
        let metadata = parse(&bytes, &path)?;
        let files = root.open_dir(Path::new("files")).map_err(|error| {
            RunError::on("open the application's files", &folder.join("files"), error)
        })?;
        Ok(Self { metadata, files })
    }
}

/// Reads the metadata of an application; `path` is for the words.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Metadata, RunError> {
    let refuse = |why: String| RunError::on("read metadata", path, why);
    let file = KeyFile::parse(bytes).map_err(|error| refuse(error.to_string()))?;
    let metadata = Metadata::load(&file, &Origin::file(Layer::App, path))
        .map_err(|error| refuse(error.to_string()))?;
    if metadata.kind != Kind::App {
        return Err(refuse("it is a runtime, not an application".into()));
    }
    Ok(metadata)
}

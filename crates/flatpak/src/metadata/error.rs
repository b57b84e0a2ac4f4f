//! What can be wrong with metadata.

use crate::keyfile::KeyFileError;
use crate::permissions::PermissionError;
use crate::refs::RefError;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why metadata could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// Neither `[Application]` nor `[Runtime]`.
    NoGroup,
    /// The group has no `name`.
    NoName(&'static str),
    /// A value is not as it should be.
    KeyFile(KeyFileError),
    /// A name or ref is not valid.
    Ref(RefError),
    /// A permission is not valid.
    Permission(PermissionError),
}

impl From<KeyFileError> for MetadataError {
    fn from(error: KeyFileError) -> Self {
        Self::KeyFile(error)
    }
}

impl From<RefError> for MetadataError {
    fn from(error: RefError) -> Self {
        Self::Ref(error)
    }
}

impl From<PermissionError> for MetadataError {
    fn from(error: PermissionError) -> Self {
        Self::Permission(error)
    }
}

impl Error for MetadataError {}

impl Display for MetadataError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGroup => {
                out.write_str("read metadata, on its groups: neither [Application] nor [Runtime]")
            }
            Self::NoName(group) => write!(out, "read metadata, on [{group}]: no name"),
            Self::KeyFile(error) => write!(out, "{error}"),
            Self::Ref(error) => write!(out, "{error}"),
            Self::Permission(error) => write!(out, "{error}"),
        }
    }
}

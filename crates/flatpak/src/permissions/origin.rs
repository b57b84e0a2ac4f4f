//! Where a permission was said.

use crate::text::shown_path;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// The layers of permissions, from the lowest to the highest (contract, 1.1 step 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The runtime's metadata. Of it only the environment counts.
    Runtime,
    /// The application's metadata.
    App,
    /// `overrides/global` of a system installation.
    SystemGlobal,
    /// `overrides/ID` of a system installation.
    SystemApp,
    /// `overrides/global` of the user's installation.
    UserGlobal,
    /// `overrides/ID` of the user's installation.
    UserApp,
    /// The command line.
    CommandLine,
}

impl Layer {
    fn words(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::App => "application",
            Self::SystemGlobal => "system override for all applications",
            Self::SystemApp => "system override",
            Self::UserGlobal => "user override for all applications",
            Self::UserApp => "user override",
            Self::CommandLine => "command line",
        }
    }
}

/// The layer that said something, and the file, when it was one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The layer.
    pub layer: Layer,
    /// The file.
    pub file: Option<PathBuf>,
}

impl Origin {
    /// The command line.
    pub const COMMAND_LINE: Self = Self {
        layer: Layer::CommandLine,
        file: None,
    };

    /// A file of a layer.
    pub fn file(layer: Layer, path: &Path) -> Self {
        Self {
            layer,
            file: Some(path.to_owned()),
        }
    }

    /// A layer without a file.
    pub fn layer(layer: Layer) -> Self {
        Self { layer, file: None }
    }
}

impl Display for Origin {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(self.layer.words())?;
        match &self.file {
            None => Ok(()),
            Some(file) => write!(out, " ({})", shown_path(file)),
        }
    }
}

/// A value and the origin that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Who said it last.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value from an origin.
    pub fn new(value: T, origin: &Origin) -> Self {
        Self {
            value,
            origin: origin.clone(),
        }
    }
}

//! Places of the file system that a permission can name.
//!
//! Grammar: contract, 1.12; flatpak-metadata(5), `filesystems`.

use std::fmt::{self, Display, Formatter};

/// A directory that the user has configured (user-dirs.dirs), or one of the base directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserDir {
    /// `XDG_DESKTOP_DIR`
    Desktop,
    /// `XDG_DOCUMENTS_DIR`
    Documents,
    /// `XDG_DOWNLOAD_DIR`
    Download,
    /// `XDG_MUSIC_DIR`
    Music,
    /// `XDG_PICTURES_DIR`
    Pictures,
    /// `XDG_PUBLICSHARE_DIR`
    PublicShare,
    /// `XDG_TEMPLATES_DIR`
    Templates,
    /// `XDG_VIDEOS_DIR`
    Videos,
    /// `XDG_DATA_HOME`
    Data,
    /// `XDG_CACHE_HOME`
    Cache,
    /// `XDG_CONFIG_HOME`
    Config,
    /// `XDG_RUNTIME_DIR`; it cannot be named without something below it.
    Run,
}

/// Each directory with its word and, when the user configures it, its key in user-dirs.dirs.
const USER_DIRS: &[(UserDir, &str, Option<&str>)] = &[
    (UserDir::Desktop, "xdg-desktop", Some("XDG_DESKTOP_DIR")),
    (
        UserDir::Documents,
        "xdg-documents",
        Some("XDG_DOCUMENTS_DIR"),
    ),
    (UserDir::Download, "xdg-download", Some("XDG_DOWNLOAD_DIR")),
    (UserDir::Music, "xdg-music", Some("XDG_MUSIC_DIR")),
    (UserDir::Pictures, "xdg-pictures", Some("XDG_PICTURES_DIR")),
    (
        UserDir::PublicShare,
        "xdg-public-share",
        Some("XDG_PUBLICSHARE_DIR"),
    ),
    (
        UserDir::Templates,
        "xdg-templates",
        Some("XDG_TEMPLATES_DIR"),
    ),
    (UserDir::Videos, "xdg-videos", Some("XDG_VIDEOS_DIR")),
    (UserDir::Data, "xdg-data", None),
    (UserDir::Cache, "xdg-cache", None),
    (UserDir::Config, "xdg-config", None),
    (UserDir::Run, "xdg-run", None),
];

impl UserDir {
    /// The word in a permission.
    pub fn word(self) -> &'static str {
        USER_DIRS
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.1)
    }

    /// The key in user-dirs.dirs, when the directory is configured there.
    pub fn config_key(self) -> Option<&'static str> {
        USER_DIRS
            .iter()
            .find(|row| row.0 == self)
            .and_then(|row| row.2)
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        USER_DIRS.iter().find(|row| row.1 == word).map(|row| row.0)
    }
}

/// A place. Paths are normal: no empty part, no `.`, no `..`, no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// Almost everything.
    Host,
    /// `/usr` and its companions, at `/run/host`.
    HostOs,
    /// `/etc`, at `/run/host/etc`.
    HostEtc,
    /// `/`, at `/run/host/root`.
    HostRoot,
    /// The home directory.
    Home,
    /// A path below the home directory.
    BelowHome(String),
    /// A user's directory, or a path below it.
    User(UserDir, Option<String>),
    /// A path from the root.
    Absolute(String),
}

impl Location {
    /// The token without its mode, characters unescaped.
    fn token(&self) -> String {
        match self {
            Self::Host => "host".to_owned(),
            Self::HostOs => "host-os".to_owned(),
            Self::HostEtc => "host-etc".to_owned(),
            Self::HostRoot => "host-root".to_owned(),
            Self::Home => "home".to_owned(),
            Self::BelowHome(path) => format!("~/{path}"),
            Self::User(dir, None) => dir.word().to_owned(),
            Self::User(dir, Some(path)) => format!("{}/{path}", dir.word()),
            Self::Absolute(path) => path.clone(),
        }
    }
}

/// The token, with the escapes that keep `:` and `\` from being read as a mode.
impl Display for Location {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.token().replace('\\', "\\\\").replace(':', "\\:"))
    }
}

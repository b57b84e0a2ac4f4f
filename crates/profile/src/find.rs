//! Where profiles are, and what they come to with those that they include.

use crate::builtin::BUILT_IN;
use crate::document::{self, Document, Surroundings, Text};
use crate::error::ProfileError;
use crate::narrow::narrowed;
use crate::setting::is_name;
use crate::settings::Settings;
use crate::similar;
use aril_sandbox::Escaped;
use aril_sandbox::sys::file::O_NONBLOCK;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

/// The administrator's profiles.
const SYSTEM: &str = "/etc/aril/profiles";
/// What is said of a profile that cannot be read.
const PROFILE: &str = "read the profile";
/// Longer than a profile can sensibly be.
const LONGEST: u64 = 256 << 10;
/// So deep profiles may include one another.
const DEEPEST: usize = 16;

/// The text of a profile and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// A path, or `built-in profile NAME`.
    pub name: String,
    /// The file, if it is one.
    pub file: Option<PathBuf>,
    /// The text.
    pub text: String,
}

/// The directories that are searched, the first first; built-in profiles come last.
pub fn directories(surroundings: Surroundings<'_>) -> [PathBuf; 2] {
    let facts = surroundings.facts;
    let config = facts.variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.filter(|path| path.is_absolute());
    let config = config.unwrap_or_else(|| facts.home.join(".config"));
    [config.join("aril/profiles"), PathBuf::from(SYSTEM)]
}

/// Finds a profile by its name, or by its path, which has a slash.
pub fn find(word: &str, surroundings: Surroundings<'_>) -> Result<Found, ProfileError> {
    if word.contains('/') {
        let path = Path::new(word);
        let unread = |why: &str| ProfileError::on_path("read the profile", path, why);
        let mut found = read(PROFILE, path)?.ok_or_else(|| unread("no such file or directory"))?;
        found.file = Some(absolute(path, surroundings));
        return Ok(found);
    }
    let shown = Escaped(word.as_bytes());
    if !is_name(word) {
        let why = "a profile's name has letters, digits, `-`, `_` and `.`; a path has a slash";
        return Err(ProfileError::on(
            "find the profile",
            format_args!("`{shown}`"),
            why,
        ));
    }
    for directory in directories(surroundings) {
        if let Some(found) = read(PROFILE, &directory.join(format!("{word}.toml")))? {
            return Ok(found);
        }
    }
    let built_in = BUILT_IN.iter().find(|(name, _)| *name == word);
    if let Some((name, text)) = built_in {
        let (name, text) = (format!("built-in profile {name}"), (*text).to_owned());
        return Ok(Found {
            name,
            file: None,
            text,
        });
    }
    let error = ProfileError::on(
        "find the profile",
        format_args!("`{shown}`"),
        "there is none of that name",
    );
    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    Err(match similar::closest(word, &names) {
        Some(name) => error.with_hint(format!("did you mean `{name}`?")),
        None => error.with_hint("`aril profile list` lists them"),
    })
}

/// The path from the root, as it is called inside if it is shown there.
fn absolute(path: &Path, surroundings: Surroundings<'_>) -> PathBuf {
    let cwd = surroundings.facts.cwd.as_deref();
    // It also takes each `.` away.
    let given: PathBuf = cwd
        .unwrap_or(Path::new(""))
        .join(path)
        .components()
        .collect();
    // Behind a link `..` leads elsewhere than the words say.
    let leads_up = given.components().any(|part| part == Component::ParentDir);
    let above = given.parent().filter(|_| leads_up);
    match (
        above.and_then(|above| fs::canonicalize(above).ok()),
        given.file_name(),
    ) {
        (Some(above), Some(name)) => above.join(name),
        _ => given,
    }
}

/// What a profile asks for, with those that it includes.
pub fn load(word: &str, surroundings: Surroundings<'_>) -> Result<Settings, ProfileError> {
    load_below(word, surroundings, &mut Vec::new())
}

fn load_below(
    word: &str,
    surroundings: Surroundings<'_>,
    above: &mut Vec<String>,
) -> Result<Settings, ProfileError> {
    let found = find(word, surroundings)?;
    // A profile of the user's with the name of another one may begin with that.
    if above.contains(&found.name) || above.len() >= DEEPEST {
        let name = Escaped(found.name.as_bytes());
        return Err(ProfileError::on(
            "read the profile",
            name,
            "it includes itself",
        ));
    }
    let document = parse(&found, surroundings)?;
    above.push(found.name);
    let mut settings = Settings::default();
    for include in &document.include {
        let included = load_below(&include.value, surroundings, above)?;
        settings = settings.overlaid(included);
    }
    above.pop();
    settings.files.extend(found.file);
    Ok(settings.overlaid(document.settings))
}

/// Parses what was found.
pub fn parse(found: &Found, surroundings: Surroundings<'_>) -> Result<Document, ProfileError> {
    let text = Text {
        name: &found.name,
        text: &found.text,
    };
    document::parse(text, surroundings)
}

/// The project's own profile, `aril.toml` in the current directory, applied to what the user allows: it
/// can take away and never gives.
pub fn narrowed_by_project(
    settings: Settings,
    surroundings: Surroundings<'_>,
) -> Result<Settings, ProfileError> {
    let Some(cwd) = &surroundings.facts.cwd else {
        return Ok(settings);
    };
    let Some(found) = read(PROFILE, &cwd.join("aril.toml"))? else {
        return Ok(settings);
    };
    let document = parse(&found, surroundings)?;
    if let Some(include) = document.include.first() {
        let why = "a project's profile includes no other";
        return Err(ProfileError::on("read the profile", &include.origin, why));
    }
    narrowed(settings, document.settings)
}

/// Reads a text of a few pages; `None` if it is not there. `what` is said of an error: `read the profile`.
///
/// # Errors
/// The file cannot be read, is no regular file, is no text, or is longer than 256 KiB.
pub fn read(what: &str, path: &Path) -> Result<Option<Found>, ProfileError> {
    let failed = |why: &dyn std::fmt::Display| {
        let why = why.to_string();
        let why = why
            .split(" (os error")
            .next()
            .unwrap_or_default()
            .to_lowercase();
        ProfileError::on_path(what, path, why)
    };
    // Another user's file in a shared directory could be a pipe that never ends.
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
        Ok(found) if !found.is_file() => return Err(failed(&"it is not a regular file")),
        Ok(_) => (),
    }
    // It may have become one since.
    let mut options = fs::File::options();
    options.read(true).custom_flags(O_NONBLOCK as i32);
    let file = options.open(path).map_err(|error| failed(&error))?;
    let mut text = String::new();
    let length = file.take(LONGEST + 1).read_to_string(&mut text);
    let length = length.map_err(|error| failed(&error))?;
    if length as u64 > LONGEST {
        return Err(failed(&"it is longer than 256 KiB"));
    }
    let name = Escaped(path.as_os_str().as_bytes()).to_string();
    let file = Some(path.to_owned());
    Ok(Some(Found { name, file, text }))
}

//! What is at the path of the home directory.

use super::paths::Applied;
use crate::error::ProfileError;
use crate::facts::Facts;
use crate::files::{Files, Kind};
use crate::layer::{Place, Rank};
use crate::setting::{Home, PathRule, Reach, Stance};
use crate::settings::Settings;
use crate::system::TEMPORARY_SIZE;
use aril_sandbox::spec::Node;
use aril_sandbox::{Access, Entry};
use std::path::{Path, PathBuf};

/// The home directory inside.
pub(crate) struct HomePlace {
    pub(crate) place: Place,
    /// The rule for paths in it: they are not the host's.
    pub(crate) rule: Option<Applied>,
}

/// Where the homes are kept that have a name.
pub fn kept_homes(facts: &Facts) -> PathBuf {
    let data = facts.variable("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.filter(|path| path.is_absolute());
    let data = data.unwrap_or_else(|| facts.home.join(".local/share"));
    data.join("aril/homes")
}

pub(crate) fn place(
    settings: &Settings,
    facts: &Facts,
    files: &dyn Files,
) -> Result<HomePlace, ProfileError> {
    let target = facts.home.as_path();
    let asked = settings.home.as_ref();
    let origin = asked.map_or("built-in profile default", |asked| asked.origin.as_str());
    let source = match asked.map_or(&Home::None, |asked| &asked.value) {
        Home::None => {
            let (size, mode) = (Some(TEMPORARY_SIZE), 0o700);
            let entry = Entry::new(target, Node::Tmpfs { size, mode });
            return Ok(of(entry, target, origin));
        }
        Home::Private(name) => kept_homes(facts).join(name),
        Home::Directory(path) => path.clone(),
    };
    let is_private = matches!(asked.map(|asked| &asked.value), Some(Home::Private(_)));
    if !is_private && files.kind(&source) != Some(Kind::Directory) {
        let what = format!("give what {origin} asks for");
        return Err(ProfileError::on_path(
            &what,
            &source,
            "it is not a directory",
        ));
    }
    Ok(of(
        Entry::bind(source, target, Access::ReadWrite),
        target,
        origin,
    ))
}

fn of(entry: Entry, target: &Path, origin: &str) -> HomePlace {
    let place = Place::new(target, Rank::Default, [entry.from_origin(origin)]);
    let rule = PathRule {
        path: target.to_owned(),
        reach: Reach::Temporary,
        stance: Stance::Optional,
    };
    let origin = origin.to_owned();
    let rank = Rank::Default;
    let rule = Some(Applied { rule, origin, rank });
    HomePlace { place, rule }
}

//! The paths that were named, and what that means for every other path.

use crate::error::ProfileError;
use crate::files::{Files, Kind};
use crate::layer::{Place, Rank};
use crate::setting::{PathRule, Reach, Sourced, Stance};
use crate::settings::Settings;
use crate::system::{self, TEMPORARY_SIZE};
use aril_sandbox::spec::{Data, Link, Node};
use aril_sandbox::{Access, Entry, Escaped};
use std::path::Path;

/// A rule that applies on this host.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) rule: PathRule,
    pub(crate) origin: String,
    pub(crate) rank: Rank,
}

/// The rules whose paths exist.
pub(crate) fn named(settings: &Settings, files: &dyn Files) -> Result<Vec<Applied>, ProfileError> {
    let mut named = Vec::new();
    for asked in &settings.paths {
        let Sourced { value, origin } = asked;
        // A misspelt path to hide would hide nothing, so that it is an error too.
        let exists = value.reach == Reach::Temporary || files.kind(&value.path).is_some();
        if !exists && value.stance == Stance::Required {
            let why = "no such file or directory";
            return Err(ProfileError::of_grant(origin, &value.path, why));
        }
        if value.reach.is_shown() && files.kind(&value.path) == Some(Kind::Device) {
            let why = "it is a device, and as a file it could not be opened";
            let error = ProfileError::of_grant(origin, &value.path, why);
            return Err(error.with_hint("`--device` gives dri, kvm or fuse, and no other"));
        }
        if exists {
            let (rule, origin) = (value.clone(), origin.clone());
            let rank = Rank::Named;
            named.push(Applied { rule, origin, rank });
        }
    }
    Ok(named)
}

/// What was to be hidden and is the sandbox's own, in words.
pub(crate) fn kept(settings: &Settings) -> impl Iterator<Item = String> {
    let hidden = |asked: &&Sourced<PathRule>| {
        asked.value.reach == Reach::Hidden && system::is_own(&asked.value.path)
    };
    settings.paths.iter().filter(hidden).map(|asked| {
        let origin = Escaped(asked.origin.as_bytes());
        format!("{origin}: it stays, and is the sandbox's own: nothing of the host's is in it")
    })
}

/// What can be done with each path of the user's.
pub(crate) struct Visibility<'a> {
    rules: Vec<&'a Applied>,
}

impl<'a> Visibility<'a> {
    pub(crate) fn new(
        named: &'a [Applied],
        home: Option<&'a Applied>,
        cwd: Option<&'a Applied>,
    ) -> Self {
        let is_named = |path: &Path| named.iter().any(|rule| rule.rule.path == path);
        let default = [home, cwd].into_iter().flatten();
        let default = default.filter(|rule| !is_named(&rule.rule.path));
        let mut rules: Vec<&Applied> = named.iter().chain(default).collect();
        rules.sort_by_key(|rule| rule.rule.path.components().count());
        let mut kept: Vec<&Applied> = Vec::new();
        for rule in rules {
            // The nearest of those above it, of which the deepest is the last.
            let above = kept
                .iter()
                .rev()
                .find(|above| rule.rule.path.starts_with(&above.rule.path));
            let is_less = above.is_some_and(|above| above.rule.reach == Reach::ReadWrite);
            let gives = rule.rule.stance == Stance::Narrowing && rule.rule.reach == Reach::ReadOnly;
            if !gives || is_less {
                kept.push(rule);
            }
        }
        Self { rules: kept }
    }

    /// What the nearest rule at or above a path says; `None` if no rule speaks of it.
    pub(crate) fn reach(&self, path: &Path) -> Option<Reach> {
        self.nearest(path).map(|rule| rule.rule.reach)
    }

    fn nearest(&self, path: &Path) -> Option<&'a Applied> {
        let mut above = self.rules.iter().rev();
        above
            .find(|rule| path.starts_with(&rule.rule.path))
            .copied()
    }

    /// Whether a place of the system's is there: where a rule shows the host's own, only what the sandbox
    /// mounts instead of it, and nothing where a rule shows nothing. Files and links are made by writing,
    /// and there they would be the host's.
    pub(crate) fn leaves_room_for(&self, place: &Place, files: &dyn Files) -> bool {
        let is_mounted_over = |entry: &Entry| match &entry.node {
            Node::Proc(_) | Node::Dev | Node::Tmpfs { .. } | Node::Data { .. } => {
                files.kind(&entry.target).is_some()
            }
            // The rest of what is at its place.
            Node::ReadOnly => true,
            _ => false,
        };
        match self.nearest(&place.target) {
            None => true,
            Some(rule) if rule.rule.path == place.target => true,
            // The home directory.
            Some(rule) if rule.rank == Rank::Default && rule.rule.reach == Reach::Temporary => true,
            Some(rule) => match rule.rule.reach {
                Reach::ReadOnly | Reach::ReadWrite => place.entries.iter().all(is_mounted_over),
                Reach::Hidden | Reach::Temporary => false,
            },
        }
    }

    /// Whether files of the host can be written there.
    pub(crate) fn is_writable(&self, path: &Path) -> bool {
        // What the sandbox mounts instead of the host's is nearer than a rule for the root.
        let nearest = self
            .nearest(path)
            .filter(|rule| rule.rule.reach == Reach::ReadWrite);
        nearest.is_some_and(|rule| !system::is_nearer(path, &rule.rule.path))
    }

    /// The directories that a rule makes writable.
    pub(crate) fn writable_directories(&self, files: &dyn Files) -> Vec<&'a Path> {
        let rules = self.rules.iter();
        let rules = rules.filter(|rule| rule.rule.reach == Reach::ReadWrite);
        let paths = rules.map(|rule| rule.rule.path.as_path());
        paths
            .filter(|path| files.kind(path) == Some(Kind::Directory))
            .collect()
    }

    /// The entries of every rule, in the order of their depth.
    pub(crate) fn places(&self, files: &dyn Files) -> Vec<Place> {
        let rules = self.rules.iter();
        // The home directory's own place is made elsewhere.
        let is_home =
            |rule: &Applied| rule.rank == Rank::Default && rule.rule.reach == Reach::Temporary;
        let rules = rules.filter(|rule| !is_home(rule));
        let places = rules.flat_map(|rule| {
            let is_less = rule.rule.reach != Reach::ReadWrite;
            let fixed = is_less.then(|| self.fixed((&rule.rule.path, rule.rank), files));
            let place = self.place(rule, files);
            fixed.into_iter().flatten().chain(place)
        });
        places.collect()
    }

    /// What keeps a path leading where it leads: below a directory that can be written a link could be
    /// replaced, and a directory be renamed and made anew. The rule about the path would then be one
    /// about something else, and what the host finds there be the payload's.
    pub(crate) fn fixed(&self, (path, rank): (&Path, Rank), files: &dyn Files) -> Vec<Place> {
        let real = files.real_path(path);
        let real = real.iter().flat_map(|real| real.ancestors().skip(1));
        let mut places: Vec<Place> = Vec::new();
        for at in path.ancestors().chain(real) {
            let is_rule = at != path && self.rules.iter().any(|rule| rule.rule.path == at);
            let is_movable = at.parent().is_some_and(|above| self.is_writable(above));
            if is_rule || !is_movable || places.iter().any(|place| place.target == at) {
                continue;
            }
            let (access, link, rank) = match files.kind_itself(at) {
                // The rule for the very path comes after this, and has the same rank.
                Some(Kind::Link) if at == path => (Access::ReadOnly, Link::Itself, rank),
                Some(Kind::Link) => (Access::ReadOnly, Link::Itself, Rank::Guard),
                Some(Kind::Directory) if at != path => {
                    (Access::ReadWrite, Link::Followed, Rank::Guard)
                }
                _ => continue,
            };
            let entry = Entry::new(at, Node::Pin { access, link });
            let entry = entry.from_origin("the rule for paths below a writable directory");
            places.push(Place::new(at, rank, [entry]));
        }
        places
    }

    /// The mode of a hidden directory: nobody enters it but on the way to what is shown below.
    fn way_through(&self, path: &Path) -> u32 {
        let is_below = |rule: &Path| rule != path && rule.starts_with(path);
        let mut rules = self.rules.iter().map(|rule| &rule.rule);
        let leads_on = rules.any(|rule| is_below(&rule.path) && rule.reach != Reach::Hidden);
        if leads_on { 0o555 } else { 0o000 }
    }

    fn place(&self, applied: &Applied, files: &dyn Files) -> Option<Place> {
        let path = applied.rule.path.as_path();
        let above = path.parent().and_then(|above| self.nearest(above));
        let entries = match applied.rule.reach {
            Reach::Hidden if above.is_none_or(is_empty) && !is_of_system(path) => {
                return None;
            }
            Reach::Hidden => hidden(path, self.way_through(path), files),
            Reach::Temporary => vec![tmpfs(path)],
            Reach::ReadOnly => vec![shown(path, Access::ReadOnly, above)],
            Reach::ReadWrite => vec![shown(path, Access::ReadWrite, above)],
        };
        let origin = &applied.origin;
        let entries = entries.into_iter().map(|entry| entry.from_origin(origin));
        Some(Place::new(path, applied.rank, entries))
    }
}

/// Whether the system has the host's files there.
fn is_of_system(path: &Path) -> bool {
    system::is_visible(path) || system::is_listed(path)
}

/// Whether nothing of the host's is below it.
fn is_empty(rule: &Applied) -> bool {
    matches!(rule.rule.reach, Reach::Hidden | Reach::Temporary)
}

/// Below a directory that can be written, what a path leads to may be changed by a sandbox that runs
/// already: there it is found inside, where a symlink does not lead out.
fn shown(path: &Path, access: Access, above: Option<&Applied>) -> Entry {
    match above {
        Some(above) if above.rule.reach == Reach::ReadWrite => {
            let link = Link::Followed;
            // Something that is writable there already only has to stay.
            Entry::new(path, Node::Pin { access, link })
        }
        _ => Entry::bind(path, path, access),
    }
}

/// A profile that the payload could change would be no border for the next one. What a link leads to is
/// a file of its own.
pub(crate) fn profile_file(path: &Path, files: &dyn Files) -> Option<Place> {
    if files.kind_itself(path) == Some(Kind::Link) {
        return None;
    }
    let (access, link) = (Access::ReadOnly, Link::Followed);
    let entry = Entry::new(path, Node::Pin { access, link });
    let entry = entry.from_origin("the rule for profiles that are in use");
    Some(Place::new(path, Rank::Guard, [entry]))
}

fn tmpfs(path: &Path) -> Entry {
    let (size, mode) = (Some(TEMPORARY_SIZE), 0o755);
    Entry::new(path, Node::Tmpfs { size, mode })
}

/// The smallest size the kernel takes: one page.
const NOTHING: u64 = 4096;

fn hidden(path: &Path, mode: u32, files: &dyn Files) -> Vec<Entry> {
    if files.kind(path) == Some(Kind::Directory) {
        let size = Some(NOTHING);
        let cover = Entry::new(path, Node::Tmpfs { size, mode });
        return vec![cover, Entry::new(path, Node::ReadOnly)];
    }
    let (data, access) = (Data::Bytes(Vec::new()), Access::ReadOnly);
    let mode = 0o000;
    vec![Entry::new(path, Node::Data { mode, data, access })]
}

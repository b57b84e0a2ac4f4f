//! The paths that are exposed, and the resolving of symbolic links on the way to them.

use super::Exposure;
use super::facts::{PathFacts, PathKind};
use super::reserved::{self, Refusal};
use crate::permissions::{Grant, Origin};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The kernel's own limit.
const MAX_LINKS: usize = 40;

/// One exposed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// What is there in the sandbox.
    pub exposure: Exposure,
    /// Whether the directory is made when it is missing.
    pub create: bool,
    /// What is there on the host.
    pub kind: PathKind,
    /// Who granted it; `None` for what every application gets.
    pub origin: Option<Origin>,
}

/// A path that was granted and is not exposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The path as it was granted.
    pub path: PathBuf,
    /// Whether it was to be hidden.
    pub hidden: bool,
    /// Whether the permission names this very path. `host` stands for many.
    pub named: bool,
    /// Why.
    pub why: Refusal,
    /// Who granted it.
    pub origin: Option<Origin>,
}

/// A path of a base directory that also shows in the application's own directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The path on the host, without links in it.
    pub source: PathBuf,
    /// Where, relative to `~/.var/app/ID`.
    pub target: PathBuf,
    /// The access.
    pub grant: Grant,
}

/// Everything that an application sees of the host's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The paths, parents before what is in them.
    pub paths: BTreeMap<PathBuf, Exposed>,
    /// The home directory, without links in its path; `None` where it would be reserved.
    pub home: Option<PathBuf>,
    /// `~/.var/app/ID`, without links in its path.
    pub app_directory: Option<PathBuf>,
    /// What was granted and is not exposed.
    pub refused: Vec<Refused>,
    /// The access to `/usr` and its companions at `/run/host`.
    pub host_os: Option<Grant>,
    /// The access to `/etc` at `/run/host/etc`.
    pub host_etc: Option<Grant>,
    /// The access to `/` at `/run/host/root`.
    pub host_root: Option<Grant>,
    /// Whether the home directory is shared: persistent paths then do not count.
    pub home_access: bool,
    /// The lines of user-dirs.dirs for directories that are shared.
    pub user_dirs: Vec<(&'static str, PathBuf)>,
    /// What also shows in the application's own directory.
    pub mirrors: Vec<Mirror>,
}

/// A path without links, what is there, and the links that were met on the way.
struct Resolved {
    path: PathBuf,
    kind: Option<PathKind>,
    links: Vec<(PathBuf, PathBuf)>,
}

/// What is said about a path.
pub(super) struct Said<'a> {
    pub(super) path: &'a Path,
    pub(super) exposure: Exposure,
    pub(super) origin: Option<&'a Origin>,
    pub(super) named: bool,
}

impl View {
    /// Says something about a path; of two things said about one path the stronger stays. Gives
    /// the path without links, if it is there now.
    pub(super) fn put(&mut self, facts: &impl PathFacts, said: Said<'_>) -> Option<PathBuf> {
        let resolved = look(facts, &said);
        match resolved {
            Ok((resolved, shown)) => {
                let path = resolved.path.clone();
                self.insert_all(resolved, shown);
                Some(path)
            }
            Err(why) => {
                self.refused.push(Refused {
                    path: said.path.to_owned(),
                    hidden: said.exposure == Exposure::Hidden,
                    named: said.named,
                    why,
                    origin: said.origin.cloned(),
                });
                None
            }
        }
    }

    fn insert_all(&mut self, resolved: Resolved, shown: Exposed) {
        let origin = shown.origin.clone();
        self.insert(resolved.path, shown);
        for (path, target) in resolved.links {
            let link = Exposed {
                exposure: Exposure::Link(target.clone()),
                create: false,
                kind: PathKind::Link(target),
                origin: origin.clone(),
            };
            self.insert(path, link);
        }
    }

    fn insert(&mut self, path: PathBuf, shown: Exposed) {
        match self.paths.get_mut(&path) {
            None => {
                self.paths.insert(path, shown);
            }
            Some(old) => {
                let create = old.create || shown.create;
                if shown.exposure > old.exposure {
                    *old = shown;
                }
                old.create = create;
            }
        }
    }

    /// The access that the application has to a path of the host: the nearest path decides. What is
    /// missing can be made where writing is allowed, and is nothing elsewhere.
    pub fn access(&self, facts: &impl PathFacts, path: &Path) -> Grant {
        let Ok(resolved) = resolve(facts, path) else {
            return Grant::Nothing;
        };
        if !resolved.links.iter().all(|(link, _)| self.link_shows(link)) {
            return Grant::Nothing;
        }
        match self.nearest(resolved.path.ancestors()) {
            Some(Exposure::Bound(Grant::ReadOnly)) if resolved.kind.is_none() => Grant::Nothing,
            Some(Exposure::Bound(grant)) => *grant,
            _ => Grant::Nothing,
        }
    }

    /// Whether a link on the way to a path is there in the sandbox too.
    fn link_shows(&self, link: &Path) -> bool {
        let made = self.paths.get(link).map(|shown| &shown.exposure);
        matches!(made, Some(Exposure::Link(_))) || self.parent_shows(link)
    }

    /// What the first of these paths says that says something. A directory that is there whatever
    /// else says nothing about what is in it.
    fn nearest<'a>(&self, mut paths: impl Iterator<Item = &'a Path>) -> Option<&Exposure> {
        paths.find_map(|path| {
            let exposure = &self.paths.get(path)?.exposure;
            (*exposure != Exposure::Directory).then_some(exposure)
        })
    }

    /// Whether what lies around a path on the host shows in the sandbox.
    pub fn parent_shows(&self, path: &Path) -> bool {
        matches!(
            self.nearest(path.ancestors().skip(1)),
            Some(Exposure::Bound(_))
        )
    }
}

/// Resolves a path and tells what is to be shown there.
fn look(facts: &impl PathFacts, said: &Said<'_>) -> Result<(Resolved, Exposed), Refusal> {
    let resolved = resolve(facts, said.path)?;
    let create = said.exposure == Exposure::Bound(Grant::Create);
    let always = said.exposure == Exposure::Directory;
    // Where a link leads nowhere, nothing is made.
    let dangles = || matches!(facts.kind(said.path), Some(PathKind::Link(_)));
    let kind = match resolved.kind.clone() {
        None if always || (create && !dangles()) => PathKind::Directory,
        None => return Err(Refusal::Missing),
        Some(PathKind::Other) => return Err(Refusal::Kind),
        Some(kind) => kind,
    };
    let shown = Exposed {
        exposure: said.exposure.clone(),
        create,
        kind,
        origin: said.origin.cloned(),
    };
    Ok((resolved, shown))
}

/// Follows the symbolic links of every component. The result and each link on the way must not be
/// reserved: a link at `/usr/x` could not be made either.
fn resolve(facts: &impl PathFacts, path: &Path) -> Result<Resolved, Refusal> {
    let mut links = Vec::new();
    let mut path = normal(path);
    'again: loop {
        reserved::check(&path)?;
        let mut prefixes: Vec<&Path> = path.ancestors().collect();
        prefixes.reverse();
        let mut kind = None;
        for prefix in prefixes.into_iter().skip(1) {
            kind = facts.kind(prefix);
            let target = match &kind {
                Some(PathKind::Link(target)) => target,
                Some(PathKind::Silent) => return Err(Refusal::Silent),
                _ => continue,
            };
            if links.len() == MAX_LINKS {
                return Err(Refusal::Loop);
            }
            let parent = prefix.parent().unwrap_or(Path::new("/"));
            let target = normal(&parent.join(target));
            let rest = path.strip_prefix(prefix).unwrap_or(Path::new(""));
            let next = target.join(rest);
            links.push((prefix.to_owned(), target));
            path = normal(&next);
            continue 'again;
        }
        reserved::check_end(&path)?;
        return Ok(Resolved { path, kind, links });
    }
}

/// A path from the root without `.` and `..`. What precedes a `..` has no links in it any more.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    out
}

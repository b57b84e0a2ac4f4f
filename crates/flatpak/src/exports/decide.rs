//! From permissions to exposed paths.

use super::Exposure;
use super::facts::{HostPlaces, PathFacts};
use super::reserved::Refusal;
use super::view::{Mirror, Refused, View};
use crate::permissions::{Context, Grant, Location, Origin, Sourced, UserDir};
use std::path::{Path, PathBuf};

/// Names in `/` that the token `host` leaves out (contract, 1.12).
const NOT_OF_HOST: &[&str] = &[
    "app", "bin", "boot", "dev", "efi", "etc", "lib", "lib32", "lib64", "proc", "root", "run",
    "sbin", "sys", "tmp", "usr", "var",
];

struct Deciding<'a, F> {
    view: View,
    places: &'a HostPlaces,
    facts: &'a F,
}

impl View {
    /// Decides what the permissions expose on this host.
    pub fn decide(context: &Context, places: &HostPlaces, facts: &impl PathFacts) -> Self {
        let mut deciding = Deciding {
            view: Self::default(),
            places,
            facts,
        };
        deciding.host(context);
        for (location, grant) in &context.filesystems {
            deciding.location(location, grant);
        }
        deciding.own_directories();
        deciding.view
    }
}

impl<F: PathFacts> Deciding<'_, F> {
    fn put(&mut self, path: &Path, grant: Grant, origin: &Origin) -> bool {
        let exposure = match grant {
            Grant::Nothing => Exposure::Hidden,
            grant => Exposure::Bound(grant),
        };
        self.view.put(self.facts, path, exposure, Some(origin))
    }

    /// `host` and the tokens that it includes.
    fn host(&mut self, context: &Context) {
        let host = context
            .filesystems
            .get(&Location::Host)
            .filter(|host| granted(host));
        if let Some(host) = host {
            self.view.home_access = true;
            let names = self.places.root_names.iter();
            let names = names.filter(|name| !NOT_OF_HOST.iter().any(|left_out| name == left_out));
            let mut paths: Vec<PathBuf> = names.map(|name| Path::new("/").join(name)).collect();
            paths.push(PathBuf::from("/run/media"));
            for path in paths {
                self.put(&path, host.value, &host.origin);
            }
        }
        let at_least_host = |location| {
            let grant = context.grant(&location).max(context.grant(&Location::Host));
            (grant != Grant::Nothing).then_some(grant)
        };
        self.view.host_os = at_least_host(Location::HostOs);
        self.view.host_etc = at_least_host(Location::HostEtc);
        self.view.host_root = at_least_host(Location::HostRoot);
        if let Some(home) = context
            .filesystems
            .get(&Location::Home)
            .filter(|home| granted(home))
        {
            self.view.home_access = true;
            let grant = home.value.max(context.grant(&Location::Host));
            self.put(&self.places.home.clone(), grant, &home.origin);
        }
    }

    fn location(&mut self, location: &Location, grant: &Sourced<Grant>) {
        match location {
            Location::Host | Location::HostOs | Location::HostEtc | Location::HostRoot => {}
            Location::Home => {}
            Location::BelowHome(below) => {
                self.put(&self.places.home.join(below), grant.value, &grant.origin);
            }
            Location::Absolute(path) => {
                self.put(Path::new(path), grant.value, &grant.origin);
            }
            Location::User(dir, below) => self.user_dir(*dir, below.as_deref(), grant),
        }
    }

    /// A user's directory that is not configured is passed over; one that is the home directory is
    /// switched off.
    fn user_dir(&mut self, dir: UserDir, below: Option<&str>, grant: &Sourced<Grant>) {
        let Some(directory) = self.places.user_dirs.get(&dir).cloned() else {
            return;
        };
        if directory == self.places.home {
            let why = Refusal::IsHome(directory.clone());
            let origin = Some(grant.origin.clone());
            self.view.refused.push(Refused {
                path: directory,
                why,
                origin,
            });
            return;
        }
        let path = below.map_or(directory.clone(), |below| directory.join(below));
        let there = self.put(&path, grant.value, &grant.origin);
        let shows = there && grant.value != Grant::Nothing;
        let known = |key: &&str| self.view.user_dirs.iter().any(|(known, _)| known == key);
        if let Some(key) = dir.config_key().filter(|key| shows && !known(key)) {
            self.view.user_dirs.push((key, directory));
        }
        if let (Some(name), Some(below), true) = (mirror(dir), below, shows) {
            let target = Path::new(name).join(below);
            self.view.mirrors.push(Mirror {
                source: path,
                target,
                grant: grant.value,
            });
        }
    }

    /// The application's own directory among those of the others, which are hidden, and a home
    /// directory in any case.
    fn own_directories(&mut self) {
        let facts = self.facts;
        if let Some(own) = &self.places.app_directory {
            if let Some(all) = own.parent() {
                self.hide(all);
            }
            let previous = self.places.previous_app_directories.iter();
            for path in previous.chain([own]) {
                let exposure = Exposure::Bound(Grant::ReadWrite);
                self.view.put(facts, path, exposure, None);
            }
        }
        if let Some(installation) = &self.places.user_installation {
            self.hide(installation);
        }
        self.view
            .put(facts, &self.places.home, Exposure::Directory, None);
    }

    /// What is not there needs no hiding.
    fn hide(&mut self, path: &Path) {
        if self.facts.kind(path).is_some() {
            self.view.put(self.facts, path, Exposure::Hidden, None);
        }
    }
}

fn granted(grant: &Sourced<Grant>) -> bool {
    grant.value != Grant::Nothing
}

fn mirror(dir: UserDir) -> Option<&'static str> {
    match dir {
        UserDir::Config => Some("config"),
        UserDir::Data => Some("data"),
        UserDir::Cache => Some("cache"),
        _ => None,
    }
}

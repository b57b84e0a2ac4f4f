//! From permissions to exposed paths.

use super::Exposure;
use super::facts::{HostPlaces, PathFacts, Remembered};
use super::reserved::Refusal;
use super::view::{Mirror, Refused, Said, View};
use crate::permissions::{Context, Grant, Location, Origin, Sourced, UserDir};
use std::path::{Path, PathBuf};

/// Names in `/` that the token `host` leaves out (contract, 1.12), and the two under which an
/// OSTree system has all its files a second time: what is hidden would show there.
const NOT_OF_HOST: &[&str] = &[
    "app", "bin", "boot", "dev", "efi", "etc", "lib", "lib32", "lib64", "libx32", "ostree", "proc",
    "root", "run", "sbin", "sys", "sysroot", "tmp", "usr", "var",
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
            facts: &Remembered::new(facts),
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
    fn put(&mut self, path: &Path, grant: Grant, origin: &Origin) -> Option<PathBuf> {
        let exposure = exposure(grant);
        let origin = Some(origin);
        let named = true;
        let said = Said {
            path,
            exposure,
            origin,
            named,
        };
        self.view.put(self.facts, said)
    }

    /// One of the many paths that `host` stands for.
    fn put_of_host(&mut self, path: &Path, host: &Sourced<Grant>) {
        let said = Said {
            path,
            exposure: exposure(host.value),
            origin: Some(&host.origin),
            named: false,
        };
        self.view.put(self.facts, said);
    }

    /// What every application gets.
    fn put_always(&mut self, path: &Path, exposure: Exposure) -> Option<PathBuf> {
        let said = Said {
            path,
            exposure,
            origin: None,
            named: false,
        };
        self.view.put(self.facts, said)
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
                self.put_of_host(&path, host);
            }
        }
        let at_least_host = |location| {
            let grant = context.grant(&location).max(context.grant(&Location::Host));
            (grant != Grant::Nothing).then_some(grant)
        };
        self.view.host_os = at_least_host(Location::HostOs);
        self.view.host_etc = at_least_host(Location::HostEtc);
        // `host` does not include it: with it come the sockets of every service, and whatever is
        // hidden elsewhere.
        let root = context.grant(&Location::HostRoot);
        self.view.host_root = (root != Grant::Nothing).then_some(root);
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
                hidden: grant.value == Grant::Nothing,
                named: true,
                why,
                origin,
            });
            return;
        }
        let path = below.map_or(directory.clone(), |below| directory.join(below));
        let there = self.put(&path, grant.value, &grant.origin);
        let shows = there.filter(|_| grant.value != Grant::Nothing);
        let known = |key: &&str| self.view.user_dirs.iter().any(|(known, _)| known == key);
        if let Some(key) = dir
            .config_key()
            .filter(|key| shows.is_some() && !known(key))
        {
            self.view.user_dirs.push((key, directory));
        }
        if let (Some(name), Some(below), Some(path)) = (mirror(dir), below, shows) {
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
        if let Some(own) = &self.places.app_directory {
            if let Some(all) = own.parent() {
                self.put_always(all, Exposure::Hidden);
            }
            for path in &self.places.previous_app_directories {
                self.put_always(path, Exposure::Bound(Grant::ReadWrite));
            }
            self.view.app_directory = self.put_always(own, Exposure::Bound(Grant::ReadWrite));
        }
        if let Some(installation) = &self.places.user_installation {
            self.put_always(installation, Exposure::Hidden);
        }
        self.view.home = self.put_always(&self.places.home, Exposure::Directory);
    }
}

fn exposure(grant: Grant) -> Exposure {
    match grant {
        Grant::Nothing => Exposure::Hidden,
        grant => Exposure::Bound(grant),
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

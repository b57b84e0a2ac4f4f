//! The sandbox's name, by which `aril ps`, `enter` and `kill` find it.

use crate::error::RunError;
use crate::registry::{Confinement, Facts, Log, Name, Registration};
use aril_flatpak::instances::RuntimeDir;
use aril_sandbox::{Created, Spec};
use std::ffi::{OsStr, OsString};

/// A name that is taken, and what is told under it.
#[derive(Debug)]
pub struct Entry {
    registration: Registration,
    command: Vec<String>,
    profile: Option<String>,
    confinement: Confinement,
}

impl Entry {
    /// Takes the name that was asked for, or else one like the command's. Where the user has no directory
    /// for what runs, a sandbox without a name of its own gets none.
    ///
    /// `None` is for those that cannot be found by others.
    pub fn take(
        asked: Option<&str>,
        profile: Option<&str>,
        command: &[OsString],
        spec: &mut Spec,
    ) -> Result<Option<Self>, RunError> {
        if asked.is_none() && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
            return Ok(None);
        }
        let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
        if asked.is_none() && runtime.reason().is_some() {
            return Ok(None);
        }
        let registration = match asked {
            Some(name) => Registration::take(&runtime, &name.parse()?)?,
            None => {
                let first = command.first().map_or(OsStr::new(""), OsString::as_os_str);
                Registration::take_like(&runtime, &Name::of_command(first))?
            }
        };
        let confinement = Confinement::of(spec)?;
        // The launcher alone holds the lock: everything inside ends with it.
        spec.supervision.announce = true;
        let words = command.iter();
        let shown = |word: &OsString| aril_flatpak::shown(word.as_encoded_bytes()).to_string();
        Ok(Some(Self {
            registration,
            command: words.map(shown).collect(),
            profile: profile.map(ToOwned::to_owned),
            confinement,
        }))
    }

    /// A new log of what it prints.
    pub fn log(&self) -> Result<Log, RunError> {
        self.registration.log()
    }

    /// Keeps what `aril enter` needs to confine others in the same way.
    pub fn keep_confinement(&self) -> Result<(), RunError> {
        self.registration.keep(&self.confinement)
    }

    /// Tells of the first process inside; its program has not begun.
    pub fn announce(&self, created: &Created) -> Result<(), RunError> {
        let mut facts = Facts::new(self.command.clone(), created);
        facts.profile.clone_from(&self.profile);
        self.registration.announce(&facts)
    }
}

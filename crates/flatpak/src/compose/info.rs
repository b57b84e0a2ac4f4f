//! `/.flatpak-info`, by which portals know who asks.

use super::data::DataDirectory;
use super::error::ComposeError;
use super::request::Request;
use super::required::FLATPAK_VERSION;
use super::subject::{Files, Subject};
use crate::extensions::Extensions;
use crate::instance_info::{Flags, InstanceInfo, Origin};
use crate::permissions::{Context, Facts};
use crate::refs::Kind;

/// What the text is made from.
#[derive(Debug)]
pub(crate) struct Described<'a> {
    /// What was asked for.
    pub(crate) request: &'a Request,
    /// What is run.
    pub(crate) subject: &'a Subject,
    /// What is on `/app`.
    pub(crate) app: Option<&'a Files>,
    /// What is on `/usr`.
    pub(crate) usr: &'a Files,
    /// The extensions of the application and of the runtime.
    pub(crate) extensions: [&'a Extensions; 2],
    /// All permissions.
    pub(crate) permissions: &'a Context,
    /// What their conditions are evaluated by.
    pub(crate) facts: Facts,
    /// The directory that is kept.
    pub(crate) data: Option<&'a DataDirectory>,
    /// The number of the instance.
    pub(crate) instance: &'a str,
    /// Which buses go through a proxy: the session bus, the system bus.
    pub(crate) proxies: (bool, bool),
}

impl Described<'_> {
    /// The text.
    pub(crate) fn text(&self) -> Result<String, ComposeError> {
        let subject = self.subject;
        let reference = &subject.reference;
        let runtime = subject.runtime.reference();
        let info = InstanceInfo {
            kind: reference.kind,
            id: reference.id.clone(),
            runtime: runtime.cloned(),
            instance_id: self.instance.to_owned(),
            instance_path: self.data.map(|data| data.path.clone()),
            app: self.origin(subject.app.as_ref(), self.app, self.extensions[0]),
            usr: self.origin(
                Some(subject.runtime.files()),
                Some(self.usr),
                self.extensions[1],
            ),
            branch: reference.branch.clone(),
            arch: reference.arch.clone(),
            flatpak_version: FLATPAK_VERSION.to_owned(),
            flags: Flags {
                session_bus_proxy: self.proxies.0,
                system_bus_proxy: self.proxies.1,
                sandbox: self.request.sandboxed,
                build: false,
                devel: self.request.devel,
            },
            extra_args: self.request.permissions.to_options(),
            permissions: self.permissions.clone(),
            facts: self.facts,
        };
        debug_assert!(reference.kind == Kind::App || subject.app.is_none());
        Ok(info.to_key_file()?.to_string())
    }

    /// The directory that is mounted and, where that is another, the one that belongs there.
    fn origin(&self, own: Option<&Files>, shown: Option<&Files>, of: &Extensions) -> Origin {
        let own_path = own.map(|files| files.path.clone());
        let path = shown.map(|files| files.path.clone());
        Origin {
            original_path: own_path.filter(|own| Some(own) != path.as_ref()),
            path,
            commit: own.and_then(|files| files.commit.clone()),
            extensions: of.commits(),
        }
    }
}

//! From a request to a spec: every decision, in the order of the sandbox's tree.

mod files;
mod host;
mod session;
mod spec;

use super::buses::Asked;
use super::composed::{Composed, Purpose};
use super::entries::file;
use super::error::ComposeError;
use super::extension_mounts;
use super::facts::Facts;
use super::filesystems::{Missing, WritableDirectory};
use super::parent::Parent;
use super::request::Request;
use super::subject::{Files, Subject};
use super::{Part, required, sockets, system};
use crate::bus::SessionHelper;
use crate::instances::Instance;
use crate::permissions::{self, Context, Granted};
use aril_sandbox::Host;
use std::ffi::OsString;
use std::path::PathBuf;

/// What is decided step by step.
struct Composing<'a> {
    request: &'a Request,
    facts: &'a Facts,
    host: &'a Host,
    purpose: Purpose,
    subject: Subject,
    app: Option<Files>,
    usr: Option<Files>,
    permissions: Context,
    conditions: permissions::Facts,
    granted: Granted,
    arguments: Vec<OsString>,
    part: Part,
    locks: Vec<PathBuf>,
    parent: Parent,
    /// Directories of the host that show and that the application can write.
    writable: Vec<WritableDirectory>,
}

/// Decides everything about one sandbox.
pub fn compose(
    request: &Request,
    (facts, host): (&Facts, &Host),
    purpose: Purpose,
) -> Result<Composed, ComposeError> {
    let parent = request.parent.map(|parent| Parent::find(parent, facts));
    let parent = parent.transpose()?.unwrap_or_default();
    let mut subject = Subject::find(request, facts)?;
    subject
        .notes
        .extend(required::see_version(&subject.metadata)?);
    let permissions = subject.permissions(request);
    let conditions = conditions(facts);
    let granted = permissions.granted(&conditions);
    let composing = Composing {
        app: files::other_files(&request.app_files)?,
        usr: files::other_files(&request.usr_files)?,
        part: Part::default(),
        locks: Vec::new(),
        arguments: request.arguments.clone(),
        request,
        facts,
        host,
        purpose,
        subject,
        permissions,
        conditions,
        granted,
        parent,
        writable: Vec::new(),
    };
    composing.compose()
}

impl Composing<'_> {
    fn compose(mut self) -> Result<Composed, ComposeError> {
        let extensions = extension_mounts::find(&self.subject, self.facts)?;
        let data = self.data()?;
        let instance = self.instance()?;
        let mut session = self.asked().session();
        if self.purpose == Purpose::Launch {
            self.asked().ask(&mut session);
        }
        let info = self.info((&extensions, data.as_ref()), instance.as_ref())?;
        let number = instance.as_ref().map_or("0", Instance::id);
        let proxy = match self.purpose {
            Purpose::Launch => session.start_proxy((&info, number), self.facts, self.host)?,
            Purpose::Explain => None,
        };
        self.files(&extensions);
        let trees = self.part.tree.clone();
        self.part.tree.extend(system::kernel());
        self.part.tree.extend(system::links());
        let etc = self.etc()?;
        self.part.tree.extend(etc);
        let cached = self.libraries((&extensions, data.as_ref()), &trees)?;
        let sealed = self.devices(instance.as_ref())?;
        let helper = match self.purpose {
            Purpose::Launch => session.helper(),
            Purpose::Explain => SessionHelper::default(),
        };
        let view = self.host_files((instance.as_ref(), data.as_ref()), &helper)?;
        if self.purpose == Purpose::Explain {
            let data = self.data_to_be(data.as_ref());
            self.part.tree.extend(data);
            let promised = self.promised();
            self.part.notes.extend(promised);
        }
        self.sockets(number)?;
        self.documents(&mut session, &view)?;
        self.part.notes.append(&mut session.routes.notes);
        if let Some(proxy) = proxy {
            self.part.extend(proxy.part()?);
        }
        self.bound_fds(&view)?;
        self.runtime_links(instance.as_ref());
        let extensions = (!cached).then_some(&extensions);
        self.variables(extensions, data.as_ref());
        self.part.tree.extend(sealed);
        let entry = file("/.flatpak-info", info.as_str()).from_origin("every application");
        self.part.tree.push(entry);
        self.enter_scope(number);
        let spec = self.spec(instance.as_ref())?;
        let notes = std::mem::take(&mut self.part.notes);
        Ok(Composed {
            spec,
            notes,
            lives: self.lives(data, instance, info),
        })
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            request: self.request,
            facts: self.facts,
            id: &self.subject.reference.id,
            permissions: &self.permissions,
            granted: &self.granted,
        }
    }

    fn instance(&self) -> Result<Option<Instance>, ComposeError> {
        match self.purpose {
            Purpose::Launch => {
                super::session::allocate(self.facts, &self.subject.reference.id).map(Some)
            }
            Purpose::Explain => Ok(None),
        }
    }

    fn missing(&self) -> Missing {
        match self.purpose {
            Purpose::Launch => Missing::Make,
            Purpose::Explain => Missing::Leave,
        }
    }
}

/// What conditions of permissions are about.
fn conditions(facts: &Facts) -> permissions::Facts {
    permissions::Facts {
        has_wayland: sockets::has_wayland(facts),
        ..permissions::Facts::default()
    }
}

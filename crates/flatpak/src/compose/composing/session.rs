//! What the session gives: sockets, documents, a scope.

use super::Composing;
use crate::bus::Connection;
use crate::compose::buses::Session;
use crate::compose::sockets::{self, Sockets};
use crate::compose::{ComposeError, Note, Purpose};
use crate::exports::{HostFacts, View};
use crate::instances::Instance;
use crate::permissions::{Grant, Socket, Word};
use std::os::fd::AsFd;
use std::path::Path;

impl Composing<'_> {
    pub(super) fn sockets(&mut self, instance: &str) -> Result<(), ComposeError> {
        let sockets = Sockets {
            granted: &self.granted,
            id: &self.subject.reference.id,
            instance,
        };
        // What Wayland needs is made on the host.
        if self.purpose == Purpose::Launch {
            let part = sockets::part(&sockets, self.facts)?;
            self.part.extend(part);
        }
        Ok(())
    }

    pub(super) fn documents(
        &mut self,
        session: &mut Session,
        view: &View,
    ) -> Result<(), ComposeError> {
        if self.purpose == Purpose::Explain {
            return Ok(());
        }
        let sees = |path: &Path| view.access(&HostFacts, path) != Grant::Nothing;
        let (part, arguments) = self.asked().documents(session, &sees)?;
        self.part.extend(part);
        self.arguments = arguments;
        Ok(())
    }

    pub(super) fn runtime_links(&mut self, instance: Option<&Instance>) {
        let instance = instance.filter(|_| !self.request.sandboxed);
        let directory = instance.map(|instance| instance.per_app().xdg_run.as_fd());
        let inside = self.facts.runtime_dir_inside();
        let links = std::mem::take(&mut self.part.runtime_links);
        let links = sockets::runtime_links(&links, directory, &inside);
        self.part.tree.extend(links);
    }

    /// Where systemd runs the session its tools then show the application under its name.
    pub(super) fn enter_scope(&mut self, instance: &str) {
        let directory = self.facts.runtime_dir.as_deref();
        let directory = directory.filter(|it| it.join("systemd/private").exists());
        let (Some(directory), Purpose::Launch) = (directory, self.purpose) else {
            return;
        };
        let id = &self.subject.reference.id;
        if let Err(error) = Connection::enter_scope(directory, id, instance) {
            self.part.notes.push(Note::Detail(error.to_string()));
        }
    }

    /// What is made on the host at a start alone, and so is not among the entries.
    pub(super) fn promised(&self) -> Option<Note> {
        let sockets = self.granted.sockets.keys().map(|socket| socket.word());
        let buses = self.permissions.buses.keys().map(|(_, name)| name.as_str());
        let promised: Vec<&str> = sockets.chain(buses).collect();
        let text = format!("reachable once it runs: {}", promised.join(", "));
        (!promised.is_empty()).then_some(Note::Warning(text))
    }

    /// A bus that is not granted as it is goes through the proxy, or is not there.
    pub(super) fn filtered_buses(&self) -> (bool, bool) {
        let raw = |socket| self.granted.sockets.contains_key(&socket);
        (!raw(Socket::SessionBus), !raw(Socket::SystemBus))
    }
}

//! Message buses: the proxy is started, the document portal asked.

use super::error::ComposeError;
use super::facts::Facts;
use super::request::{BusChoice, Request};
use super::{Note, Part};
use crate::bus::{
    Address, AskedDocuments, BusError, Buses, Connection, Documents, Proxy, ProxyError, ProxyFiles,
    Routes, SessionHelper, Words, find_program,
};
use crate::permissions::{Bus, Context, Granted};
use crate::refs::Id;
use aril_sandbox::Host;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What decides.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request,
    pub(crate) facts: &'a Facts,
    pub(crate) id: &'a Id,
    pub(crate) permissions: &'a Context,
    pub(crate) granted: &'a Granted,
}

/// The session's bus as far as the launcher asks it, and the routes of the application.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Option<Connection>,
    documents: Option<Result<AskedDocuments, BusError>>,
    program: Option<PathBuf>,
    pub(crate) routes: Routes,
}

impl Asked<'_> {
    /// Decides which buses the application reaches.
    pub(crate) fn session(&self) -> Session {
        let buses = self.buses();
        let program = find_program(self.facts);
        let mut connection = None;
        if Address::of(Bus::Session, self.facts).is_ok() {
            connection = Connection::to_session_bus(self.facts).ok();
        }
        let accessibility = match Address::of(Bus::Accessibility, self.facts) {
            Ok(address) => Some(address),
            Err(_) if buses.wants_accessibility_address(self.facts) => connection
                .as_mut()
                .and_then(|bus| bus.accessibility_bus().ok()),
            Err(_) => None,
        };
        let mut routes = buses.routes(self.facts, accessibility);
        if program.is_none() && !routes.routes.is_empty() {
            routes.routes.clear();
            let text = "xdg-dbus-proxy is not installed, so there is no message bus";
            routes.notes.push(Note::Detail(text.to_owned()));
        }
        Session {
            connection,
            documents: None,
            program,
            routes,
        }
    }

    fn wants_documents(&self) -> bool {
        self.request.buses.documents && !self.request.sandboxed
    }

    fn buses(&self) -> Buses<'_> {
        let asked = &self.request.buses;
        let choices = [
            (Bus::Session, asked.session, false),
            (Bus::Accessibility, asked.accessibility, false),
            (Bus::System, BusChoice::Default, asked.log_system),
        ];
        let refused = choices.iter().filter(|(_, choice, _)| match choice {
            BusChoice::Absent => true,
            BusChoice::Default => self.request.sandboxed,
            BusChoice::Reached | BusChoice::Logged => false,
        });
        let logged = choices.iter();
        let logged = logged.filter(|(_, choice, logged)| *logged || *choice == BusChoice::Logged);
        Buses {
            id: self.id,
            permissions: self.permissions,
            granted: self.granted,
            sandboxed: self.request.sandboxed,
            refused: refused.map(|(bus, ..)| *bus).collect::<BTreeSet<_>>(),
            logged: logged.map(|(bus, ..)| *bus).collect(),
        }
    }

    /// Asks for the documents; the answer comes while the proxy starts.
    pub(crate) fn ask(&self, session: &mut Session) {
        if self.wants_documents() {
            session.documents = session.connection.as_mut().map(AskedDocuments::ask);
        }
    }

    /// The documents, and the arguments with the names of the files that are handed in.
    pub(crate) fn documents(
        &self,
        session: &mut Session,
        sees: &dyn Fn(&Path) -> bool,
    ) -> Result<(Part, Vec<OsString>), ComposeError> {
        let arguments = self.request.arguments.clone();
        let words = match self.request.file_forwarding {
            true => Some(Words::parse(arguments.clone())?),
            false => None,
        };
        let forwards = words.as_ref().is_some_and(Words::has_files);
        let plain = |words: Option<Words>| words.map_or(arguments, Words::into_plain);
        if !self.wants_documents() {
            return Ok((Part::default(), plain(words)));
        }
        let (documents, bus) = match self.shown_documents(session) {
            Ok(found) => found,
            Err(why) => {
                let mut part = Part::default();
                part.notes.push(match forwards {
                    true => Note::Warning(format!("no file is handed in: {why}")),
                    false => Note::Detail(why),
                });
                return Ok((part, plain(words)));
            }
        };
        let inside = self.facts.runtime_dir_inside();
        let arguments = match words {
            Some(words) if forwards => words.forward(sees, (self.id, &inside), bus)?,
            words => plain(words),
        };
        Ok((documents, arguments))
    }

    /// The filesystem of documents, with the bus by which files get there; or why there is none.
    fn shown_documents<'b>(
        &self,
        session: &'b mut Session,
    ) -> Result<(Part, &'b mut Connection), String> {
        let bus = session.connection.as_mut();
        let (bus, asked) = bus
            .zip(session.documents.take())
            .ok_or("there is no session bus")?;
        let documents = asked.and_then(|asked| Documents::answered(bus, &asked));
        let documents = documents.map_err(|error| error.to_string())?;
        let part = documents.part(self.id);
        Ok((part.map_err(|error| error.to_string())?, bus))
    }
}

impl Session {
    /// What the session helper has, where there is a bus and the helper is installed.
    pub(crate) fn helper(&mut self) -> SessionHelper {
        let found = self.connection.as_mut().map(SessionHelper::find);
        match found {
            Some(Ok(helper)) => helper,
            Some(Err(why)) => {
                self.routes.notes.push(Note::Detail(why.to_string()));
                SessionHelper::default()
            }
            None => SessionHelper::default(),
        }
    }

    /// Starts the proxy, and does not wait for it.
    pub(crate) fn start_proxy(
        &self,
        (info, instance): (&str, &str),
        facts: &Facts,
        host: &Host,
    ) -> Result<Option<Proxy>, ProxyError> {
        let (Some(program), false) = (&self.program, self.routes.routes.is_empty()) else {
            return Ok(None);
        };
        let files = ProxyFiles {
            info: info.as_bytes(),
            instance,
            program,
            log: None,
        };
        Proxy::start(&self.routes.routes, &files, facts, host).map(Some)
    }
}

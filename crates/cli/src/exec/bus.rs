//! The session bus, through a proxy that lets pass what is for the names that were asked for.

use super::beside::Beside;
use super::bus_log::Log;
use super::display::ID;
use crate::error::RunError;
use aril_flatpak::bus::find_program;
use aril_flatpak::bus::{Address, AddressError, Connection, Proxy, ProxyError, ProxyFiles, Route};
use aril_flatpak::compose::Facts;
use aril_profile::{Composed, Net, Settings};
use aril_sandbox::Host;
use rustix::io::Errno;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// A bus that answers, and the program that is put before it.
#[derive(Debug)]
pub struct Bus {
    route: Route,
    program: PathBuf,
    facts: Facts,
    note: Option<String>,
}

/// A proxy that has been started, and is perhaps not ready yet.
#[derive(Debug)]
pub struct Starting {
    proxy: Proxy,
    log: Option<Log>,
    note: Option<String>,
}

impl Bus {
    /// Finds what the names need that were asked for; `None` where none was. Nothing is started: a service
    /// of the session, or a proxy, that is not to be had stops the start here.
    pub fn find(settings: &Settings, host: &Host) -> Result<Option<Self>, RunError> {
        if settings.bus_names.is_empty() {
            return Ok(None);
        }
        let environment = host.environment.iter().cloned();
        let facts = Facts::gather((host.uid, host.gid), environment).map_err(RunError::new)?;
        let address = Address::of_session(&facts).map_err(unknown)?;
        // The proxy would start all the same, and each program would be told nothing but an end of file.
        Connection::to_bus(&address).map_err(|error| RunError::new(error).with_hint(START))?;
        refuse_way_around(&address, settings, host)?;
        let program = find_program(&facts).ok_or_else(|| {
            let why = "filter the session bus, by xdg-dbus-proxy: it is not installed";
            RunError::new(why).with_hint("sudo apt install xdg-dbus-proxy")
        })?;
        let names = settings.bus_names.iter().map(|name| name.value.as_str());
        Ok(Some(Self {
            route: Route::talking(address, names),
            program,
            facts,
            note: other_user(settings, host),
        }))
    }

    /// Starts the proxy, and does not wait for it. Only where it `is_told` it tells of messages, since
    /// that makes each of them slower.
    pub fn start(self, host: &Host, is_told: bool) -> Result<Starting, RunError> {
        let failed = |errno: Errno| RunError::new(format_args!("make a pipe: {errno}"));
        let log = is_told.then(Log::open).transpose().map_err(failed)?;
        let (log, writer) = log.unzip();
        let instance = format!("exec-{}", std::process::id());
        let info = info(&instance);
        let files = ProxyFiles {
            info: info.as_bytes(),
            instance: &instance,
            program: &self.program,
            log: writer.as_ref().map(AsRawFd::as_raw_fd),
        };
        let route = if is_told {
            self.route.logged()
        } else {
            self.route
        };
        let proxy = Proxy::start(&[route], &files, &self.facts, host);
        let proxy = proxy.map_err(not_started)?;
        let note = self.note;
        Ok(Starting { proxy, log, note })
    }
}

impl Starting {
    /// Waits until the proxy listens, and adds its socket to the sandbox.
    pub fn join(self, composed: &mut Composed, beside: &mut Beside) -> Result<(), RunError> {
        let part = self.proxy.part().map_err(not_started)?;
        beside.bus_log = self.log;
        composed.notes.extend(self.note);
        beside.join(part, composed);
        Ok(())
    }
}

/// An abstract name belongs to the network, and where that is the host's only Landlock parts it.
fn refuse_way_around(address: &Address, settings: &Settings, host: &Host) -> Result<(), RunError> {
    let shares_network = settings
        .net
        .as_ref()
        .is_some_and(|net| net.value == Net::Host);
    // The X server may be on such a name, so that with it none is kept out.
    let has_scopes = !settings.shows_x11() && host.has_landlock_scopes();
    if address.path().is_some() || !shares_network || has_scopes {
        return Ok(());
    }
    let why = format_args!(
        "filter the session bus, on {address}: it is reached past the filter, by the network"
    );
    Err(RunError::new(why).with_hint("`--net none` closes that way"))
}

/// What programs say of themselves to the bus is their id inside, which it compares with the one outside.
fn other_user(settings: &Settings, host: &Host) -> Option<String> {
    let user = settings.user.as_ref()?;
    (user.value.uid != host.uid).then(|| {
        let origin = aril_flatpak::shown(user.origin.as_bytes());
        format!("{origin}: the session bus refuses most programs, which tell it this id")
    })
}

const START: &str = "`dbus-run-session -- COMMAND` starts a session bus";

fn unknown(error: AddressError) -> RunError {
    RunError::new(format_args!("find the session bus: {error}")).with_hint(START)
}

fn not_started(error: ProxyError) -> RunError {
    match error {
        ProxyError::NoRuntimeDirectory => RunError::new(error).with_hint(
            "a login session sets it; `export XDG_RUNTIME_DIR=DIR`, mode 0700, does too",
        ),
        error => RunError::new(error),
    }
}

/// What services see of the proxy's root: a portal asks the user before it does what an application of
/// this name wants, and does much unasked for programs without such a file.
fn info(instance: &str) -> String {
    format!(
        "[Application]\nname={ID}\n\n[Instance]\ninstance-id={instance}\nsession-bus-proxy=true\n"
    )
}

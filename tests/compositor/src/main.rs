//! A compositor that shows nothing and tells who calls: `aril-compositor NAME LOG` listens on NAME in
//! `$XDG_RUNTIME_DIR`, says so, and writes a line for each client into the file LOG.
//!
//! The compositors of a stable distribution may lack `security-context-v1`; this has it from smithay.

#![forbid(unsafe_code)]

use smithay::delegate_security_context;
use smithay::reexports::calloop::generic::Generic;
use smithay::reexports::calloop::{EventLoop, Interest, LoopHandle, Mode, PostAction};
use smithay::reexports::wayland_server::backend::{ClientData, ClientId, DisconnectReason};
use smithay::reexports::wayland_server::{Display, DisplayHandle};
use smithay::wayland::security_context::{
    SecurityContext, SecurityContextHandler, SecurityContextListenerSource, SecurityContextState,
};
use smithay::wayland::socket::ListeningSocketSource;
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// What the protocols work on.
struct Compositor {
    display: DisplayHandle,
    events: LoopHandle<'static, Compositor>,
    log: File,
}

/// A client, with the context on whose socket it called.
struct Caller(Option<SecurityContext>);

impl ClientData for Caller {
    fn initialized(&self, _: ClientId) {}
    fn disconnected(&self, _: ClientId, _: DisconnectReason) {}
}

impl Compositor {
    fn tell(&mut self, line: &str) {
        if let Err(error) = writeln!(self.log, "{line}") {
            eprintln!("write the log: {error}");
        }
    }

    fn welcome(&mut self, stream: UnixStream, context: Option<SecurityContext>) {
        let who = context.as_ref().map_or("of nobody".to_owned(), words);
        self.tell(&format!("client {who}"));
        let caller = Arc::new(Caller(context));
        if let Err(error) = self.display.insert_client(stream, caller) {
            self.tell(&format!("refused: {error}"));
        }
    }
}

impl SecurityContextHandler for Compositor {
    fn context_created(&mut self, source: SecurityContextListenerSource, context: SecurityContext) {
        self.tell(&format!("context {}", words(&context)));
        let inserted = self
            .events
            .insert_source(source, move |stream, (), compositor| {
                compositor.welcome(stream, Some(context.clone()));
            });
        if let Err(error) = inserted {
            self.tell(&format!("refused: {error}"));
        }
    }
}

delegate_security_context!(Compositor);

fn words(context: &SecurityContext) -> String {
    let word = |word: &Option<String>| word.clone().unwrap_or_default();
    let instance = match word(&context.instance_id).parse::<u32>() {
        Ok(_) => "a number",
        Err(_) => "none",
    };
    let [engine, app] = [&context.sandbox_engine, &context.app_id].map(word);
    format!("engine={engine} app={app} instance={instance}")
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let name = words.next().ok_or("the name of a socket")?;
    let log = File::create(words.next().ok_or("the name of a log")?)?;
    let mut events = EventLoop::try_new()?;
    let mut display = Display::<Compositor>::new()?;
    let mut compositor = Compositor {
        display: display.handle(),
        events: events.handle(),
        log,
    };
    // Who is in a context makes no other one.
    SecurityContextState::new::<Compositor, _>(&display.handle(), |client| {
        let caller = client.get_data::<Caller>();
        caller.is_some_and(|caller| caller.0.is_none())
    });
    let socket = ListeningSocketSource::with_name(&name)?;
    events
        .handle()
        .insert_source(socket, |stream, (), compositor| {
            compositor.welcome(stream, None);
        })?;
    let requests = display.as_fd().try_clone_to_owned()?;
    let requests = Generic::new(requests, Interest::READ, Mode::Level);
    events
        .handle()
        .insert_source(requests, |_, _, _| Ok(PostAction::Continue))?;
    println!("listening");
    loop {
        events.dispatch(None, &mut compositor)?;
        display.dispatch_clients(&mut compositor)?;
        display.flush_clients()?;
    }
}

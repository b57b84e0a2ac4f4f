//! The client against a compositor of a few lines. Another test has a real one.

use super::*;
use std::io::{Read, Write};
use std::thread;

/// An event with these words.
fn event(object: u32, opcode: u16, of: impl FnOnce(Request) -> Request) -> Vec<u8> {
    of(Request::new(object, opcode)).to_bytes()
}

/// Answers the registry with `globals` and the second sync with `end`; returns what was asked.
fn compositor(
    listener: UnixListener,
    globals: &'static [&'static str],
    end: Vec<u8>,
) -> Vec<Message> {
    let mut stream = listener.accept().unwrap().0;
    let mut seen = Vec::new();
    let mut syncs = 0;
    while let Ok(request) = Message::read(&mut stream) {
        if (request.object, request.opcode) == (DISPLAY, 0) {
            syncs += 1;
            if syncs == 1 {
                for (number, name) in (7..).zip(globals) {
                    let global = event(REGISTRY, 0, |e| e.number(number).string(name).number(1));
                    stream.write_all(&global).unwrap();
                }
                let done = event(FIRST_SYNC, 0, |e| e.number(0));
                stream.write_all(&done).unwrap();
            } else {
                stream.write_all(&end).unwrap();
            }
        }
        seen.push(request);
    }
    seen
}

fn run(
    globals: &'static [&'static str],
    end: Vec<u8>,
) -> (
    Result<Option<Listening>, SecurityContextError>,
    Vec<Message>,
    tempfile::TempDir,
) {
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("wayland-0");
    let listener = UnixListener::bind(&socket).unwrap();
    let server = thread::spawn(move || compositor(listener, globals, end));
    let identity = Identity {
        id: "org.x.Y",
        instance: "42",
    };
    let made = listen(&socket, place.path(), &identity);
    (made, server.join().unwrap(), place)
}

#[test]
fn the_compositor_learns_who_it_is() {
    let done = event(LAST_SYNC, 0, |e| e.number(0));
    let (made, seen, _place) = run(&["wl_seat", MANAGER], done);
    let mut made = made.unwrap().unwrap();
    assert!(made.path.ends_with(".flatpak/wl/wayland-42") && made.path.exists());
    let of_context: Vec<_> = seen
        .iter()
        .filter(|request| request.object == CONTEXT)
        .collect();
    let strings: Vec<_> = of_context
        .iter()
        .filter_map(|request| request.words().string())
        .collect();
    assert_eq!(strings, [&b"org.flatpak"[..], b"org.x.Y", b"42"]);
    assert_eq!(of_context.last().unwrap().opcode, 4);
    let bind = seen
        .iter()
        .find(|request| request.object == REGISTRY)
        .unwrap();
    assert_eq!(bind.words().number(), Some(8));
    // Nobody has received the other end: it closed with the connection.
    let mut pipe = fs::File::from(made.open_while_used.try_clone().unwrap());
    assert!(pipe.write_all(b"x").is_err() && pipe.read(&mut [0]).is_err());
    made.path.clear();
}

#[test]
fn a_compositor_without_it() {
    let (made, ..) = run(&["wl_seat"], Vec::new());
    assert!(made.unwrap().is_none());
}

#[test]
fn a_refusal_is_an_error_and_leaves_nothing() {
    let refused = event(DISPLAY, 0, |e| {
        e.number(CONTEXT).number(3).string("no\u{1b}")
    });
    let (made, _, place) = run(&[MANAGER], refused);
    let said = made.unwrap_err().to_string();
    assert!(said.contains("the compositor says: no\\x1b"), "{said}");
    assert_eq!(
        fs::read_dir(place.path().join(".flatpak/wl"))
            .unwrap()
            .count(),
        0
    );
    let (made, ..) = run(&[MANAGER], b"\x06\0\0\0\0\0\0\0".to_vec());
    let said = made.unwrap_err().to_string();
    assert!(said.contains("its answer is not understood"), "{said}");
}

//! What holds for every list of words. The random tests and the fuzz targets share it.

use aril_bwrap::{Caller, Invocation, Parsed, Request};
use aril_sandbox::Node;
use aril_sandbox::spec::{Bind, Data, Entry, Namespaces, PidNs, ProcSource, Source, UserNs};
use std::ffi::OsString;

/// Parses, twice, and checks what comes out. `data` is what every descriptor gives.
pub(crate) fn check(words: &[OsString], caller: Caller, data: &[u8]) -> Parsed {
    let parse = || aril_bwrap::parse(words, caller, &mut |_| Ok(data.to_vec()));
    let parsed = parse();
    assert_eq!(parsed, parse(), "the same words mean the same");
    for warning in &parsed.notes.warnings {
        check_text(&warning.to_string());
    }
    match &parsed.request {
        Ok(Request::Run(invocation)) => check_invocation(words, caller, invocation),
        Ok(Request::Answer(_) | Request::NoCommand) => (),
        Err(error) => check_text(&error.to_string()),
    }
    parsed
}

/// A message is one line, and nothing in it steers a terminal.
fn check_text(text: &str) {
    assert!(!text.is_empty());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn check_invocation(words: &[OsString], caller: Caller, invocation: &Invocation) {
    let spec = &invocation.spec;
    let command: Vec<&OsString> = std::iter::once(&spec.program.path)
        .chain(&spec.program.args)
        .collect();
    let tail = &words[words.len() - command.len()..];
    assert!(
        tail.iter().eq(command),
        "the command is the end of the words"
    );
    for entry in &spec.tree {
        check_entry(entry, &spec.namespaces);
    }
    let reports = invocation
        .info_fd
        .into_iter()
        .chain(invocation.json_status_fd);
    assert!(spec.supervision.launcher_fds.iter().copied().eq(reports));
    assert!(spec.supervision.launcher_fds.iter().all(|&fd| fd >= 0));
    let may_share = caller.uid == 0 && caller.is_administrator;
    assert!(may_share || spec.namespaces.user != UserNs::Host);
    assert_ne!(spec.credentials.uid, Some(u32::MAX));
    assert_ne!(spec.credentials.gid, Some(u32::MAX));
}

fn check_entry(entry: &Entry, namespaces: &Namespaces) {
    assert!(!entry.target.as_os_str().is_empty());
    assert_eq!(entry.parents & !0o755, 0);
    match &entry.node {
        Node::Bind(Bind {
            source: Source::Path(path),
            ..
        }) => {
            assert!(!path.as_os_str().is_empty());
        }
        Node::Bind(Bind {
            source: Source::Fd(fd),
            ..
        })
        | Node::File {
            data: Data::Fd(fd), ..
        }
        | Node::Data {
            data: Data::Fd(fd), ..
        } => assert!(*fd >= 0),
        Node::Proc(source) => {
            let own = namespaces.pid != PidNs::Host;
            assert_eq!(*source == ProcSource::New, own);
        }
        Node::Overlay(overlay) => assert!(!overlay.layers.is_empty()),
        Node::Tmpfs { mode, size } => {
            assert!(*mode <= 0o7777);
            assert_ne!(*size, Some(0));
        }
        _ => (),
    }
}

//! Helpers for the tests beside the rows, and tests of the parser's general rules.

use crate::{Caller, Invocation, ParseError, Parsed, Request};
use aril_sandbox::spec::{Entry, Nesting, Node, Spec, UserNs};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

pub(crate) const USER: Caller = Caller {
    uid: 1000,
    gid: 100,
    is_administrator: false,
};
const ROOT: Caller = Caller {
    uid: 0,
    gid: 0,
    is_administrator: true,
};

fn parse_as(caller: Caller, words: &[OsString]) -> Parsed {
    crate::parse(words, caller, &mut |fd| panic!("fd {fd} is read"))
}

/// The words of a text without empty ones.
pub(crate) fn words(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(OsString::from).collect()
}

pub(crate) fn parse_words(words: &[OsString]) -> Parsed {
    parse_as(USER, words)
}

pub(crate) fn parse_text(text: &str) -> Parsed {
    parse_words(&words(text))
}

fn made(parsed: Parsed) -> Invocation {
    match parsed.request {
        Ok(Request::Run(invocation)) => *invocation,
        other => panic!("no invocation: {other:?}"),
    }
}

/// What an ordinary user's words mean.
pub(crate) fn invocation(text: &str) -> Invocation {
    made(parse_text(text))
}

pub(crate) fn spec(text: &str) -> Spec {
    invocation(text).spec
}

pub(crate) fn spec_of(words: &[&str]) -> Spec {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    made(parse_words(&words)).spec
}

/// What root's words mean.
pub(crate) fn root_spec(text: &str) -> Spec {
    made(parse_as(ROOT, &words(text))).spec
}

fn fails(parsed: Parsed, text: &str) {
    let error = parsed.request.expect_err(text);
    assert_eq!(error.to_string(), text);
}

pub(crate) fn refused(words: &str, text: &str) {
    fails(parse_text(words), text);
}

pub(crate) fn refused_words(words: &[&str], text: &str) {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    fails(parse_words(&words), text);
}

pub(crate) fn root_refused(text: &str, error: &str) {
    fails(parse_as(ROOT, &words(text)), error);
}

/// What `true` without options means to an ordinary user.
pub(crate) fn base() -> Spec {
    let mut base = crate::draft::Draft::new(USER).spec;
    base.program.path = "true".into();
    base.namespaces.user = UserNs::New(aril_sandbox::spec::NewUserNs {
        nesting: Nesting::Allowed,
        ..Default::default()
    });
    base
}

pub(crate) fn entry(target: &str, parents: u32, node: Node) -> Entry {
    Entry {
        target: target.into(),
        parents,
        node,
        origin: None,
    }
}

#[test]
fn nothing_is_unshared_but_what_must_be() {
    assert_eq!(spec("true"), base());
}

#[test]
fn options_end_at_the_command_or_at_two_dashes() {
    for text in ["a --chdir -- -x", "-- a --chdir -- -x"] {
        let mut expected = base();
        expected.program.path = "a".into();
        expected.program.args = words("--chdir -- -x");
        assert_eq!(spec(text), expected);
    }
    assert_eq!(spec("-- -- x").program.path, "--");
    assert_eq!(spec_of(&[""]).program.path, "");
}

#[test]
fn an_option_is_its_whole_name() {
    for word in [
        "-",
        "-h",
        "--chdir=/",
        "--unshare-al",
        "--BIND",
        "--unshare-pid ",
    ] {
        refused_words(&[word, "true"], &format!("Unknown option {word}"));
    }
    let word = OsString::from_vec(b"--\xff\n".to_vec());
    let error = parse_words(std::slice::from_ref(&word)).request;
    assert_eq!(error, Err(ParseError::UnknownOption(word)));
    let shown = error.expect_err("it is unknown").to_string();
    assert_eq!(shown, "Unknown option --\\xff\\n");
}

#[test]
fn paths_need_not_be_text() {
    let path = OsString::from_vec(b"/\xff".to_vec());
    let parsed = parse_words(&["--dir".into(), path.clone(), "true".into()]);
    assert_eq!(made(parsed).spec.tree[0].target.as_os_str(), path);
}

#[test]
fn without_a_command_there_is_nothing_to_do() {
    for text in ["", "--unshare-all", "--ro-bind / / --"] {
        assert_eq!(parse_text(text).request, Ok(Request::NoCommand), "{text}");
    }
    // Conflicts between options come first, needs of options after.
    refused(
        "--disable-userns",
        "--disable-userns requires --unshare-user",
    );
    assert_eq!(parse_text("--as-pid-1").request, Ok(Request::NoCommand));
}

#[test]
fn words_are_counted_before_they_are_looked_at() {
    let limit = "Exceeded maximum number of arguments 9000";
    let mut many = words("--bogus");
    many.resize(9000, "x".into());
    fails(parse_words(&many), "Unknown option --bogus");
    many.push("x".into());
    fails(parse_words(&many), limit);

    let line = words("--args 9 true");
    let with =
        |count: usize| crate::parse(&line, USER, &mut |_| Ok(b"--unshare-ipc\0".repeat(count)));
    assert!(with(8997).request.is_ok());
    fails(with(8998), limit);
}

#[test]
fn errors_are_found_in_the_order_of_the_words() {
    refused("--bogus --uid x", "Unknown option --bogus");
    refused("--uid x --bogus", "Invalid uid: x");
    refused("--hostname h --as-pid-1 --bogus", "Unknown option --bogus");
    refused(
        "--userns-block-fd 9 --hostname h --as-pid-1 true",
        "--userns-block-fd requires --unshare-user",
    );
    refused(
        "--as-pid-1 --hostname h true",
        "Specifying --hostname requires --unshare-uts",
    );
}

#[test]
fn root_without_its_powers_gets_a_user_namespace() {
    let caller = Caller {
        is_administrator: false,
        ..ROOT
    };
    let spec = made(parse_as(caller, &words("true"))).spec;
    assert_eq!(spec.namespaces, base().namespaces);
    let words = words("--uid 3 true");
    assert_eq!(made(parse_as(caller, &words)).spec.credentials.uid, Some(3));
}

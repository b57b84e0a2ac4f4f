//! `aril explain run`, in each of its shapes.

mod support;

use serde_json::Value;
use support::{Case, ID, text};

const METADATA: &str = "[Application]\nname=org.aril.Hello\ncommand=hello\n\
    [Context]\nshared=network;\n[Environment]\nA=<script>&\u{1b}[2K\nMY_TOKEN=hunter2\n";

fn explained(shape: &str) -> String {
    let case = Case::new();
    case.metadata(METADATA);
    let output = case.aril(&["explain", shape, "run", case.example(), "an argument"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!case.home().join(".var").exists(), "it only explains");
    text(&output.stdout)
}

/// The place at a path of the tree.
fn place<'a>(mount: &'a Value, path: &str) -> Option<&'a Value> {
    if mount["path"] == path {
        return Some(mount);
    }
    let children = mount["children"].as_array().unwrap();
    children.iter().find_map(|child| place(child, path))
}

#[test]
fn as_json() {
    let json: Value = serde_json::from_str(&explained("--json")).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["title"], ID);
    assert_eq!(json["command"][1], "an argument");
    let access = |path: &str| place(&json["mounts"], path).unwrap()["access"].clone();
    assert_eq!(access("/"), "read-only");
    assert_eq!(access("/usr"), "read-only");
    assert_eq!(access("/tmp"), "temporary");
    assert_eq!(json["network"][0]["openness"], "open");
    let rules = json["system_calls"]["rules"].as_array().unwrap();
    let mount = rules
        .iter()
        .find(|rule| rule["syscall"] == "mount")
        .unwrap();
    assert_eq!(mount["action"], "fail with EPERM");
    assert_eq!(mount["reason"], "the mount tree is the sandbox");
}

/// What is explained as writable is what a process inside can write.
#[test]
fn it_is_true() {
    let case = Case::new();
    let output = case.aril(&["explain", "--json", "run", case.example()]);
    let json: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let own = case
        .home()
        .canonicalize()
        .unwrap()
        .join(".var/app")
        .join(ID);
    let own = own.to_str().unwrap();
    let paths = [
        "/",
        "/usr",
        "/app",
        "/etc/passwd",
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        own,
    ];
    for path in paths {
        let explained = place(&json["mounts"], path);
        let explained = explained.map(|place| place["access"].clone());
        let explained = explained.unwrap_or_else(|| panic!("{path} is not explained"));
        let (status, _) = case.inside(&format!("test -w '{path}'"));
        assert_eq!(
            status == Some(0),
            explained != "read-only",
            "{path}: {explained}"
        );
    }
}

#[test]
fn as_text() {
    let case = Case::new();
    case.metadata(METADATA);
    let output = case.aril(&["explain", "run", case.example()]);
    let said = text(&output.stdout);
    for line in [
        "  ├─ usr ",
        "  ! the host's, with its addresses, services and abstract sockets",
        "  - A=<script>&\\x1b[2K",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "no terminal, no colour");
}

#[test]
fn as_a_page() {
    let page = explained("--html");
    assert!(page.starts_with("<!doctype html>"));
    assert!(page.contains("A=&lt;script&gt;&amp;\\x1b[2K"), "{page}");
    assert!(!page.contains("<script") && !page.contains('\u{1b}'));
    for loads in ["http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(!page.contains("hunter2") && page.contains("MY_TOKEN=(not shown)"));
}

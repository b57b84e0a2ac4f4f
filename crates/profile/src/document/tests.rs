use super::*;
use crate::files::Kind;
use crate::setting::{Net, Reach, Stance};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A host that has one directory, `/nix`.
struct Nix;

impl Files for Nix {
    fn kind(&self, path: &Path) -> Option<Kind> {
        (path == Path::new("/nix")).then_some(Kind::Directory)
    }
    fn kind_itself(&self, path: &Path) -> Option<Kind> {
        self.kind(path)
    }
    fn names(&self, _: &Path) -> Vec<OsString> {
        Vec::new()
    }
    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        Some(path.to_owned())
    }
    fn text(&self, _: &Path) -> Option<Vec<u8>> {
        None
    }
}

fn parsed(text: &str) -> Result<Document, String> {
    let facts = Facts {
        cwd: Some("/work".into()),
        environment: vec![("SET".into(), "1".into())],
        has_terminal: true,
        ..Facts::of_u()
    };
    let around = Surroundings {
        facts: &facts,
        files: &Nix,
        name: None,
    };
    parse(
        Text {
            name: "p.toml",
            text,
        },
        around,
    )
    .map_err(|error| error.to_string())
}

#[test]
fn keys_become_settings_with_their_lines() {
    let text = "description = 'x'\ninclude = ['a', 'b']\nnet = 'host'\nro = [\n '~/.x',\n '{cwd}/y',\n]\n\
                limit = { pids = 5, memory = '1G' }\nenv = ['A={home}', 'B']\n";
    let document = parsed(text).unwrap();
    assert_eq!(document.description.as_deref(), Some("x"));
    assert_eq!(document.include.len(), 2);
    let settings = document.settings;
    assert_eq!(settings.net, Some(Sourced::new(Net::Host, "p.toml:3")));
    let paths: Vec<_> = settings
        .paths
        .iter()
        .map(|path| (path.value.path.to_str().unwrap(), path.origin.as_str()))
        .collect();
    assert_eq!(paths, [("/home/u/.x", "p.toml:5"), ("/work/y", "p.toml:6")]);
    assert!(
        settings.paths.iter().all(
            |path| path.value.reach == Reach::ReadOnly && path.value.stance == Stance::Optional
        )
    );
    assert_eq!(settings.limits.len(), 2);
    assert_eq!(settings.environment[0].value.value, Some("/home/u".into()));
}

#[test]
fn conditions_decide() {
    for (condition, holds) in [
        ("if-exists = '/nix'", true),
        ("if-exists = '/gnu'", false),
        ("if-missing = '/gnu'", true),
        ("if-env = 'SET'", true),
        ("if-env = 'UNSET'", false),
        ("if-exists = '/nix'\nif-env = 'UNSET'", false),
        ("if-arch = 'pdp11'", false),
    ] {
        let document = parsed(&format!("[[when]]\n{condition}\nnet = 'host'\n")).unwrap();
        assert_eq!(document.settings.net.is_some(), holds, "{condition}");
    }
}

#[test]
fn errors_name_the_place_and_what_was_meant() {
    for (text, expected) in [
        (
            "hdie = '/x'",
            "p.toml:1:1: unknown key `hdie`\nhint: did you mean `hide`?",
        ),
        (
            "\nnet = 'hots'",
            "p.toml:2:7: `hots` is not one of none, host\nhint: did you mean `host`?",
        ),
        (
            "ro = 5",
            "p.toml:1:6: a string, or a list of strings belongs here, not integer",
        ),
        ("ro = 'x'", "p.toml:1:6: a path begins with"),
        (
            "ro = '{hme}/x'",
            "unknown variable `{hme}`\nhint: did you mean `{home}`?",
        ),
        ("ro = '{name}/x'", "`{name}` has no value here"),
        ("ro = '{home/x'", "ends with `}`"),
        (
            "limit = { memroy = 1 }",
            "p.toml:1:11: `memroy` is not one of",
        ),
        ("new-session = 'yes'", "true or false belongs here"),
        ("ro = '/x'\nrw = '/x'", "p.toml:2:6: `/x` is named twice"),
        (
            "[[when]]\nif-exsts = '/'",
            "p.toml:2:1: unknown condition `if-exsts`\nhint: did you mean `if-exists`?",
        ),
        ("when = 1", "written as tables"),
        ("net = \"\x1b[2K\"", "p.toml:1:"),
        ("net = 'none'\nnet = 'host'", "p.toml:2:1"),
        ("[", "p.toml:1:"),
    ] {
        let error = parsed(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(!error.contains('\x1b'), "{text}");
    }
}

#[test]
fn nothing_panics() {
    // Each prefix of a text with everything in it, and each with a byte that does not belong there.
    let text = "description='ü'\n[[when]]\nif-env='é'\nro=['{home}/ü','/x']\nlimit={pids=1,cpu='1%'}\ntimeout='1m'\n";
    for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
        for more in ["", "\u{0}", "{", "'", "\u{202e}"] {
            match parsed(&format!("{}{more}", &text[..end])) {
                Ok(_) => (),
                Err(words) => assert!(words.starts_with("read the profile, on p.toml:"), "{words}"),
            }
        }
    }
}

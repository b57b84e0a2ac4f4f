//! Layers of the host, united.

use super::option;
use crate::draft::Draft;
use crate::error::ParseError;
use crate::table::{DEST, Kind, Row, SRC, value};
use aril_sandbox::spec::{Node, Overlay, Upper};
use std::ffi::{OsStr, OsString};

pub(crate) const ROWS: &[Row] = &[
    option(
        "--overlay-src",
        &[SRC],
        "Add a layer for the overlay that follows",
        take_source,
    )
    .more("The first one is the lowest. Another --overlay-src or an overlay must come next.")
    .since("0.11.0"),
    option(
        "--overlay",
        &[
            value("RWSRC", Kind::Directory),
            value("WORKDIR", Kind::Directory),
            DEST,
        ],
        "Mount the layers at DEST, and keep what is written in RWSRC",
        take_overlay,
    )
    .more("WORKDIR is an empty directory on the same filesystem as RWSRC.")
    .since("0.11.0"),
    option(
        "--tmp-overlay",
        &[DEST],
        "Mount the layers at DEST, and forget what is written",
        take_temporary,
    )
    .since("0.11.0"),
    option(
        "--ro-overlay",
        &[DEST],
        "Mount the layers at DEST, to be read only",
        take_read_only,
    )
    .more("It needs two layers.")
    .since("0.11.0"),
];

fn take_source(draft: &mut Draft, _: &Row, values: &[OsString]) -> Result<(), ParseError> {
    draft.layers.push(values[0].clone().into());
    Ok(())
}

fn take_overlay(draft: &mut Draft, _: &Row, values: &[OsString]) -> Result<(), ParseError> {
    let upper = Upper::Kept {
        changes: values[0].clone().into(),
        work: values[1].clone().into(),
    };
    let lacking = (1, "--overlay requires at least one --overlay-src");
    unite(draft, &values[2], upper, lacking)
}

fn take_temporary(draft: &mut Draft, _: &Row, values: &[OsString]) -> Result<(), ParseError> {
    let lacking = (1, "--tmp-overlay requires at least one --overlay-src");
    unite(draft, &values[0], Upper::Temporary, lacking)
}

fn take_read_only(draft: &mut Draft, _: &Row, values: &[OsString]) -> Result<(), ParseError> {
    let lacking = (2, "--ro-overlay requires at least two --overlay-src");
    unite(draft, &values[0], Upper::None, lacking)
}

fn unite(
    draft: &mut Draft,
    target: &OsStr,
    upper: Upper,
    (needed, text): (usize, &'static str),
) -> Result<(), ParseError> {
    if draft.layers.len() < needed {
        return Err(ParseError::Rule(text));
    }
    let layers = std::mem::take(&mut draft.layers);
    draft.push(target, Node::Overlay(Overlay { layers, upper }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry, refused, spec};
    use super::*;

    fn made(text: &str, layers: &[&str], upper: Upper) {
        let layers = layers.iter().map(Into::into).collect();
        let node = Node::Overlay(Overlay { layers, upper });
        assert_eq!(spec(text).tree, [entry("/o", 0o700, node)], "{text}");
    }

    #[test]
    fn three_kinds() {
        made(
            "--overlay-src a --overlay-src /b --overlay /rw /work /o true",
            &["a", "/b"],
            Upper::Kept {
                changes: "/rw".into(),
                work: "/work".into(),
            },
        );
        made(
            "--overlay-src /a --tmp-overlay /o true",
            &["/a"],
            Upper::Temporary,
        );
        let text = "--overlay-src /a --overlay-src /b --ro-overlay /o true";
        made(text, &["/a", "/b"], Upper::None);
    }

    #[test]
    fn layers_are_needed_and_used_up() {
        let one = "requires at least one --overlay-src";
        refused("--overlay /a /b /c true", &format!("--overlay {one}"));
        refused("--tmp-overlay /a true", &format!("--tmp-overlay {one}"));
        let two = "--ro-overlay requires at least two --overlay-src";
        refused("--ro-overlay /a true", two);
        refused("--overlay-src /a --ro-overlay /a true", two);
        let text = "--overlay-src /a --tmp-overlay /b --tmp-overlay /c true";
        refused(text, &format!("--tmp-overlay {one}"));
        refused("--overlay-src", "--overlay-src takes an argument");
    }

    #[test]
    fn an_overlay_must_follow() {
        let text = "--overlay-src must be followed by another --overlay-src or one of --overlay, \
                    --tmp-overlay, or --ro-overlay";
        for words in [
            "--dir /x true",
            "--perms 700 --dir /x",
            "true",
            "-- true",
            "",
        ] {
            refused(&format!("--overlay-src /a {words}"), text);
        }
    }
}

//! Who the payload is, and what it may.

use super::{Taken, option};
use crate::draft::Draft;
use crate::error::ParseError;
use crate::numbers;
use crate::table::{Kind, Row, Value, value};
use aril_sandbox::Capabilities;
use aril_sandbox::spec::CapabilityChange;
use std::ffi::OsStr;

const CAPABILITY: Value = value("CAP", Kind::Capability);

pub(crate) const ROWS: &[Row] = &[
    option(
        "--uid",
        &[value("UID", Kind::Word)],
        "Be this user inside",
        |draft, _, values| {
            draft.spec.credentials.uid = Some(id("uid", &values[0])?);
            Ok(())
        },
    )
    .more("It needs a user namespace.")
    .last_wins(),
    option(
        "--gid",
        &[value("GID", Kind::Word)],
        "Be of this group inside",
        |draft, _, values| {
            draft.spec.credentials.gid = Some(id("gid", &values[0])?);
            Ok(())
        },
    )
    .more("It needs a user namespace.")
    .last_wins(),
    option(
        "--cap-add",
        &[CAPABILITY],
        "Add a capability, such as CAP_NET_RAW, or ALL",
        |draft, _, values| change(draft, CapabilityChange::Add(capabilities(&values[0])?)),
    )
    .more("These options act in order. An ordinary user begins with none."),
    option(
        "--cap-drop",
        &[CAPABILITY],
        "Take a capability away, or ALL",
        |draft, _, values| change(draft, CapabilityChange::Drop(capabilities(&values[0])?)),
    ),
];

fn id(kind: &'static str, word: &OsStr) -> Result<u32, ParseError> {
    numbers::id(word).ok_or_else(|| ParseError::Id {
        kind,
        word: word.to_owned(),
    })
}

fn capabilities(word: &OsStr) -> Result<Capabilities, ParseError> {
    // A set has 64 bits; a larger number names none of them.
    let in_range = |name: &&str| name.parse::<u32>().map_or(true, |number| number < 64);
    let known = word.to_str().filter(in_range).map(Capabilities::parse);
    match known {
        Some(Ok(set)) => Ok(set),
        Some(Err(_)) | None => Err(ParseError::Capability(word.to_owned())),
    }
}

fn change(draft: &mut Draft, change: CapabilityChange) -> Taken {
    draft.spec.credentials.capabilities.push(change);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{base, refused, root_refused, root_spec, spec};
    use super::*;

    #[test]
    fn ids_up_to_the_last_one_are_taken() {
        let mut expected = base();
        expected.credentials.uid = Some(12);
        expected.credentials.gid = Some(u32::MAX - 1);
        let text = "--unshare-user --uid 12 --gid 4294967294 true";
        assert_eq!(spec(text), expected);
        for word in ["-1", "x", "4294967295", "4294967296"] {
            refused(
                &format!("--uid {word} true"),
                &format!("Invalid uid: {word}"),
            );
            refused(
                &format!("--gid {word} true"),
                &format!("Invalid gid: {word}"),
            );
        }
    }

    #[test]
    fn root_needs_a_user_namespace_for_another_id() {
        root_refused(
            "--uid 3 true",
            "Specifying --uid requires --unshare-user or --userns",
        );
        root_refused(
            "--gid 3 true",
            "Specifying --gid requires --unshare-user or --userns",
        );
        assert_eq!(root_spec("--uid 0 --gid 0 true"), root_spec("true"));
        let joined = root_spec("--userns 5 --uid 3 true");
        assert_eq!(joined.credentials.uid, Some(3));
        let tried = root_spec("--unshare-user-try --uid 3 true");
        assert_eq!(tried.credentials.uid, Some(3));
    }

    #[test]
    fn capabilities_act_in_order() {
        let net_raw = Capabilities(1 << 13);
        let made = spec("--cap-drop ALL --cap-add cap_net_raw --cap-drop 13 true");
        assert_eq!(
            made.credentials.capabilities,
            [
                CapabilityChange::Drop(Capabilities::ALL),
                CapabilityChange::Add(net_raw),
                CapabilityChange::Drop(net_raw),
            ]
        );
        for name in ["foo", "net_raw", "cap_", "41", "64", "4294967296"] {
            refused(
                &format!("--cap-add {name} true"),
                &format!("unknown cap: {name}"),
            );
            refused(
                &format!("--cap-drop {name} true"),
                &format!("unknown cap: {name}"),
            );
        }
    }
}

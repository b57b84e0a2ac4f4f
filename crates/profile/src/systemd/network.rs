//! Which network a unit has: several keys together say it.

use super::draft::Draft;
use super::from::Unit;
use super::unit::Assignment;
use super::values::is_off;

/// The families of sockets that the rules of every sandbox leave.
const FAMILIES: [&str; 4] = ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"];
/// Those that lead to a network.
const INTERNET: [&str; 2] = ["AF_INET", "AF_INET6"];

/// The profile's line.
pub(super) fn line(assignments: &[Assignment]) -> String {
    let mut backwards = assignments.iter().rev();
    let own = backwards.find(|one| one.key == "PrivateNetwork");
    if let Some(own) = own.filter(|own| !is_off(&own.value)) {
        return format!("net = \"none\" # {} PrivateNetwork\n", own.origin);
    }
    let of_families = assignments
        .iter()
        .filter(|one| one.key == "RestrictAddressFamilies");
    let of_families: Vec<&Assignment> = of_families.collect();
    let begin = of_families.iter().rposition(|one| one.value.is_empty());
    let kept = &of_families[begin.map_or(0, |at| at + 1)..];
    match kept.last() {
        Some(last) if is_local(kept) => {
            format!("net = \"none\" # {} RestrictAddressFamilies\n", last.origin)
        }
        _ => "net = \"host\" # as every unit without PrivateNetwork=yes\n".to_owned(),
    }
}

/// Whether no family is left that leads to a network: the first list says whether it allows or denies,
/// later ones add to it or take away.
fn is_local(lists: &[&Assignment]) -> bool {
    let denies = lists.first().is_some_and(|one| one.value.starts_with('~'));
    let mut left: Vec<&str> = if denies {
        INTERNET.to_vec()
    } else {
        Vec::new()
    };
    for list in lists {
        match list.value.strip_prefix('~') {
            Some(denied) => {
                left.retain(|name| !denied.split_whitespace().any(|word| word == *name))
            }
            None => left.extend(list.value.split_whitespace()),
        }
    }
    !left.iter().any(|name| INTERNET.contains(name))
}

/// What of a list is not said by the network.
pub(super) fn families(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    let names = by.value.strip_prefix('~');
    if let Some(names) = names {
        let single = names
            .split_whitespace()
            .any(|name| FAMILIES.contains(&name));
        match single && !is_local(&[by]) {
            true => draft.without(by, "of these families a profile takes all or none: net"),
            false => draft.always(by, "only Unix, IPv4, IPv6 and netlink sockets can be made"),
        }
        return;
    }
    draft.always(by, "only Unix, IPv4, IPv6 and netlink sockets can be made");
    for name in by.value.split_whitespace() {
        match name {
            "AF_BLUETOOTH" => draft.ask("seccomp", "+bluetooth", by),
            "AF_CAN" => draft.ask("seccomp", "+canbus", by),
            "none" => (),
            name if FAMILIES.contains(&name) => (),
            _ => draft.without(by, format!("{name} sockets cannot be made in a sandbox")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(value: &str) -> Assignment {
        Assignment {
            section: "Service".to_owned(),
            key: "RestrictAddressFamilies".to_owned(),
            value: value.to_owned(),
            origin: "a:1".to_owned(),
        }
    }

    #[test]
    fn families_without_a_network() {
        let line = |values: &[&str]| {
            line(
                &values
                    .iter()
                    .map(|value| assigned(value))
                    .collect::<Vec<_>>(),
            )
        };
        for local in [
            &["AF_UNIX"] as &[&str],
            &["none"],
            &["AF_UNIX AF_NETLINK"],
            &["~AF_INET AF_INET6"],
            &["~AF_INET", "~AF_INET6"],
            &["AF_UNIX AF_INET", "~AF_INET"],
            &["AF_INET", "", "AF_UNIX"],
        ] {
            assert!(line(local).contains("none"), "{local:?}");
        }
        for other in [
            &[] as &[&str],
            &["AF_INET"],
            &["AF_UNIX", "AF_INET6"],
            &["~AF_INET"],
            &["~AF_PACKET"],
            &["AF_UNIX", ""],
        ] {
            assert!(line(other).contains("host"), "{other:?}");
        }
    }
}

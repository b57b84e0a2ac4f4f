//! `--info-fd` and `--json-status-fd`. Clients search these texts without a JSON parser, so every
//! blank is contract.

use aril_sandbox::spec::{Namespaces, Network, PidNs, Share};

/// A number and its key.
pub(crate) type Fact = (&'static str, u64);

/// The namespaces that are told, in this order: the name in `/proc/PID/ns` and the key. The mount
/// namespace is always new; user and time namespaces are never told.
const KINDS: [(&str, &str); 6] = [
    ("cgroup", "cgroup-namespace"),
    ("ipc", "ipc-namespace"),
    ("mnt", "mnt-namespace"),
    ("net", "net-namespace"),
    ("pid", "pid-namespace"),
    ("uts", "uts-namespace"),
];

/// What is told of a sandbox's first process. `id_of` looks a namespace up; one that an option only
/// tries for, and that the kernel does not have, is left out.
pub(crate) fn facts(
    pid: i32,
    namespaces: &Namespaces,
    id_of: &dyn Fn(&str) -> Option<u64>,
) -> Vec<Fact> {
    let new = KINDS.iter().filter(|(name, _)| is_new(namespaces, name));
    let ids = new.filter_map(|(name, key)| Some((*key, id_of(name)?)));
    std::iter::once(("child-pid", pid.unsigned_abs().into()))
        .chain(ids)
        .collect()
}

fn is_new(namespaces: &Namespaces, name: &str) -> bool {
    match name {
        "cgroup" => namespaces.cgroup != Share::Host,
        "ipc" => namespaces.ipc != Share::Host,
        "net" => namespaces.network != Network::Host,
        "pid" => matches!(namespaces.pid, PidNs::New | PidNs::NewBelow(_)),
        "uts" => namespaces.uts != Share::Host,
        _ => true,
    }
}

fn pairs(facts: &[Fact], separator: &str) -> String {
    let pairs: Vec<String> = facts
        .iter()
        .map(|(key, number)| format!("\"{key}\": {number}"))
        .collect();
    pairs.join(separator)
}

/// The document of `--info-fd`.
pub(crate) fn document(facts: &[Fact]) -> String {
    format!("{{\n    {}\n}}\n", pairs(facts, ",\n    "))
}

/// A line of `--json-status-fd`.
pub(crate) fn line(facts: &[Fact]) -> String {
    format!("{{ {} }}\n", pairs(facts, ", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Namespaces {
        Namespaces {
            network: Network::Host,
            ipc: Share::Host,
            uts: Share::Host,
            cgroup: Share::Host,
            pid: PidNs::Host,
            ..Namespaces::default()
        }
    }

    #[test]
    fn the_document() {
        let facts = facts(7, &Namespaces::default(), &|name| Some(name.len() as u64));
        let text = "{\n    \"child-pid\": 7,\n    \"cgroup-namespace\": 6,\n    \"ipc-namespace\": 3,\n    \
                    \"mnt-namespace\": 3,\n    \"net-namespace\": 3,\n    \"pid-namespace\": 3,\n    \
                    \"uts-namespace\": 3\n}\n";
        assert_eq!(document(&facts), text);
    }

    #[test]
    fn the_lines() {
        let facts = facts(7, &shared(), &|_| Some(4026531841));
        assert_eq!(
            line(&facts),
            "{ \"child-pid\": 7, \"mnt-namespace\": 4026531841 }\n"
        );
        assert_eq!(line(&[("exit-code", 42)]), "{ \"exit-code\": 42 }\n");
    }

    #[test]
    fn a_joined_pid_namespace_is_not_new() {
        let with = |pid| Namespaces { pid, ..shared() };
        let keys = |namespaces: &Namespaces| facts(1, namespaces, &|_| Some(1)).len();
        assert_eq!(keys(&with(PidNs::Join(3))), 2);
        assert_eq!(keys(&with(PidNs::NewBelow(3))), 3);
    }

    #[test]
    fn a_kind_that_the_kernel_lacks_is_left_out() {
        let tried = Namespaces {
            cgroup: Share::NewIfPossible,
            ..shared()
        };
        let facts = facts(1, &tried, &|name| (name != "cgroup").then_some(1));
        assert_eq!(facts, [("child-pid", 1), ("mnt-namespace", 1)]);
    }
}

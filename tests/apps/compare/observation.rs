//! What an application sees, as words by what they are about, so that two sandboxes can be compared.

use crate::case::{Case, Runner};
use aril_tests::{Facts, facts, mountinfo};
use std::collections::BTreeMap;

/// What it is about, and what was found: `mount /usr` and `ext4 /x/files ro,nosuid`.
pub(crate) type Observation = BTreeMap<String, String>;

/// Lists the tree, prints small files that are generated, and tries system calls.
pub(crate) const LOOK: &str = include_str!("look.sh");
const CALLS: &str = include_str!("calls.pl");

/// Options, the id, and what is set up before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) id: &'static str,
    pub(crate) options: &'static [&'static str],
    pub(crate) environment: &'static [(&'static str, &'static str)],
}

/// Runs the application three times with a setting, and looks around in it.
pub(crate) fn observe(case: &Case, runner: Runner, setting: &Setting) -> Observation {
    let run = |command: &str| {
        let command = format!("--command={command}");
        let words = [setting.options, &[command.as_str(), setting.id]].concat();
        let start = case.run(runner, &words);
        let environment = setting.environment.iter();
        environment.fold(start, |run, (name, value)| run.env(name, value))
    };
    let mut found = Observation::new();
    let done = run("probe").finish().success();
    found.insert("standard error".into(), normal(case, &done.stderr));
    of_facts(case, &done.facts(), &mut found);
    let looked = run("sh").args(["-c", LOOK]).finish().success();
    of_lines(case, &looked.stdout, &mut found);
    let called = run("perl").args(["-e", CALLS]).finish().success();
    of_lines(case, &called.stdout, &mut found);
    found
}

/// Takes what was printed by [`LOOK`], a line `FACTS`, and by the probe. Nothing where nothing was.
pub(crate) fn of_all(case: &Case, printed: &str) -> Observation {
    let mut found = Observation::new();
    if let Some((looked, facts)) = printed.split_once("FACTS\n") {
        of_lines(case, looked, &mut found);
        let facts = serde_json::from_str(facts).unwrap_or_else(|error| panic!("{error}: {facts}"));
        of_facts(case, &facts, &mut found);
    }
    found
}

/// Takes lines of `ABOUT\tFOUND`.
fn of_lines(case: &Case, text: &str, found: &mut Observation) {
    for line in text.lines() {
        let (about, value) = line.split_once('\t').unwrap_or((line, ""));
        let value = match about {
            "info [Instance] instance-id" => "a number".to_owned(),
            // A list of nothing may be left out.
            _ if about.starts_with("info [Context]") && value.is_empty() => continue,
            _ if about.starts_with("info ") => sorted(value),
            _ => value.to_owned(),
        };
        found.insert(normal(case, about), normal(case, &value));
    }
}

/// A list whose order says nothing: flatpak's is that of a hash table.
fn sorted(list: &str) -> String {
    let mut items: Vec<&str> = list.split_terminator(';').collect();
    items.sort_unstable();
    items.join(";")
}

fn of_facts(case: &Case, facts: &Facts, found: &mut Observation) {
    let mut add = |about: String, value: String| {
        found.insert(normal(case, &about), normal(case, &value));
    };
    for (name, value) in &facts.environ {
        add(format!("variable {name}"), value.clone());
    }
    for mount in mountinfo::reachable(facts.mounts.as_ref().expect("a mount table")) {
        add(format!("mount {}", mount.target), in_words(mount));
    }
    for (number, target) in facts.fds() {
        add(format!("descriptor {number}"), kind_of_file(target));
    }
    for (name, limit) in &facts.limits {
        add(format!("limit {name}"), format!("{limit:?}"));
    }
    let host = facts::namespaces("self").expect("namespaces");
    for (kind, number) in facts.namespaces.as_ref().expect("namespaces") {
        let own = if host[kind] == *number {
            "the host's"
        } else {
            "own"
        };
        add(format!("namespace {kind}"), own.into());
    }
    for (about, value) in [
        ("user id", format!("{:?}", facts.uid)),
        ("group id", format!("{:?}", facts.gid)),
        ("groups", format!("{:?}", facts.groups)),
        ("user map", format!("{:?}", facts.uid_map)),
        ("group map", format!("{:?}", facts.gid_map)),
        ("setgroups", format!("{:?}", facts.setgroups)),
        ("working directory", format!("{:?}", facts.cwd)),
        ("umask", format!("{:o}", facts.umask)),
        ("host name", facts.hostname.clone()),
        ("arguments", format!("{:?}", facts.argv)),
        ("process id", facts.pid.to_string()),
        ("session", (facts.sid == Some(0)).to_string()),
    ] {
        add(about.into(), value);
    }
    let status = facts.status();
    for (about, value) in [
        ("inheritable capabilities", status.inheritable),
        ("permitted capabilities", status.permitted),
        ("effective capabilities", status.effective),
        ("bounding capabilities", status.bounding),
        ("ambient capabilities", status.ambient),
        ("no_new_privs", u64::from(status.no_new_privs)),
        ("seccomp mode", u64::from(status.seccomp)),
        ("seccomp filters", u64::from(status.seccomp_filters)),
    ] {
        add(about.into(), format!("{value:x}"));
    }
}

fn in_words(mount: &mountinfo::Mount) -> String {
    let matter = ["ro", "nosuid", "nodev", "noexec"];
    let flags: Vec<&str> = matter.into_iter().filter(|flag| mount.has(flag)).collect();
    let propagation = match mount.propagation.first() {
        Some(word) => word.split(':').next().unwrap_or_default(),
        None => "",
    };
    // What lies where on a file system in memory is the sandbox's own affair.
    let root = match mount.kind.as_str() {
        "tmpfs" | "nsfs" => "",
        _ => &mount.root,
    };
    let words = [&mount.kind, root, &flags.join(","), propagation];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// What a descriptor is: numbers of pipes and names of anonymous files do not matter.
fn kind_of_file(target: &str) -> String {
    let end = target.find([':', '(']).unwrap_or(target.len());
    match target.starts_with('/') {
        true => target
            .split(" (deleted)")
            .next()
            .unwrap_or(target)
            .to_owned(),
        false => target[..end].to_owned(),
    }
}

/// Without what is different each time: the case's directory, numbers of instances, and names of
/// sockets.
fn normal(case: &Case, text: &str) -> String {
    let text = text.replace(case.place().to_str().expect("text"), "CASE");
    if let Some((head, tail)) = text.split_once("-bus-proxy-") {
        return format!("{head}-bus-proxy-NAME{}", tail.get(6..).unwrap_or_default());
    }
    let mut result = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(".flatpak/") {
        let (head, tail) = rest.split_at(at + ".flatpak/".len());
        result.push_str(head);
        let digits = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        if digits > 0 {
            result.push_str("INSTANCE");
        }
        rest = &tail[digits..];
    }
    result + rest
}

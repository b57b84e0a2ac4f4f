//! What is true inside a sandbox, as a program in there sees it.

mod support;

use aril_sandbox::spec::{
    CapabilityChange, Data, IdMaps, MissingTargets, Nesting, Network, NewUserNs, Node,
    ResourceLimit, Share, TimeNs, UserNs, WorkingDirectory,
};
use aril_sandbox::{Access, Capabilities, Entry, Host, Outcome, Plan, PlanError};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use support::{output, output_on, run, shell};

fn status_lines(text: &str, names: &[&str]) -> Vec<String> {
    let value = |name: &&str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .expect("a line");
        line.trim_start_matches(':').trim().to_owned()
    };
    names.iter().map(value).collect()
}

#[test]
fn the_payload_has_no_privilege_and_can_get_none() {
    let status = output(&shell("cat /proc/self/status"));
    let sets = status_lines(&status, &["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]);
    assert_eq!(sets, ["0000000000000000"; 5]);
    assert_eq!(status_lines(&status, &["NoNewPrivs"]), ["1"]);
}

#[test]
fn capabilities_are_exactly_those_asked_for() {
    let mut spec = shell("grep Cap /proc/self/status");
    spec.credentials.capabilities = vec![
        CapabilityChange::Drop(Capabilities::ALL),
        CapabilityChange::Add(Capabilities(1 << 10 | 1 << 13)),
    ];
    let status = output(&spec);
    let sets = status_lines(&status, &["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]);
    assert_eq!(sets, ["0000000000002400"; 5]);
}

#[test]
fn every_namespace_is_another_than_the_hosts() {
    let script = "for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done";
    let inside = output(&shell(script));
    let names = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];
    for (line, name) in inside.lines().zip(names) {
        let host = std::fs::read_link(format!("/proc/self/ns/{name}")).expect("a link");
        assert_ne!(line, host.to_str().expect("text"), "{name}");
    }
    assert_eq!(inside.lines().count(), names.len());
}

#[test]
fn namespaces_that_are_kept_are_the_hosts() {
    let mut spec = shell("for n in net ipc uts cgroup; do readlink /proc/self/ns/$n; done");
    spec.namespaces.network = Network::Host;
    spec.namespaces.ipc = Share::Host;
    spec.namespaces.uts = Share::Host;
    spec.namespaces.cgroup = Share::Host;
    let inside = output(&spec);
    for (line, name) in inside.lines().zip(["net", "ipc", "uts", "cgroup"]) {
        let host = std::fs::read_link(format!("/proc/self/ns/{name}")).expect("a link");
        assert_eq!(line, host.to_str().expect("text"), "{name}");
    }
}

#[test]
fn clocks_have_the_offsets_asked_for() {
    let mut spec = shell("cut -d. -f1 /proc/uptime");
    let before: f64 = uptime();
    spec.namespaces.time = TimeNs::New {
        monotonic: 0,
        boot: 1_000_000,
    };
    let inside: f64 = output(&spec).trim().parse().expect("a number");
    assert!(inside - before >= 999_999.0, "{inside} {before}");
    assert!(inside - before <= 1_000_600.0, "{inside} {before}");
}

fn uptime() -> f64 {
    let text = std::fs::read_to_string("/proc/uptime").expect("uptime");
    text.split(' ')
        .next()
        .expect("a field")
        .parse()
        .expect("a number")
}

#[test]
fn only_the_loopback_interface_exists_and_works() {
    let script = "cat /proc/net/dev; perl -MIO::Socket::INET -e '\
        $s = IO::Socket::INET->new(Listen => 1, LocalAddr => \"127.0.0.1\") or die;\
        $c = IO::Socket::INET->new(PeerAddr => \"127.0.0.1\", PeerPort => $s->sockport) or die;\
        print \"connected\\n\"'";
    let mut host = Host::gather().expect("facts");
    // Made by a helper, and by the way.
    for busy in [false, true] {
        host.busy = busy;
        let text = output_on(&host, &shell(script));
        let devices: Vec<&str> = text
            .lines()
            .skip(2)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.trim())
            .collect();
        assert_eq!(devices, ["lo"], "{text}");
        assert!(text.ends_with("connected\n"), "{text}");
    }
}

#[test]
fn process_one_is_init_and_the_payload_its_child() {
    let text = output(&shell(
        // The process that made the network ends by itself, and init reaps it in its own time.
        "while test -e /proc/300; do :; done; cat /proc/1/comm; echo $$; set -- /proc/[0-9]*; echo $#",
    ));
    // The shell beside init.
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["aril-init", "2", "2"],
        "{text}"
    );
}

#[test]
fn ids_inside_are_as_asked_up_to_the_largest() {
    for id in [0, 1, 4_294_967_294] {
        let mut spec = shell("id -u; id -g; cat /proc/self/uid_map");
        spec.credentials.uid = Some(id);
        spec.credentials.gid = Some(id);
        let text = output(&spec);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(id.to_string().as_str()));
        assert_eq!(lines.next(), Some(id.to_string().as_str()));
        let mapped = lines
            .next()
            .and_then(|line| line.split_whitespace().next().map(str::to_owned));
        assert_eq!(mapped, Some(id.to_string()));
    }
}

#[test]
fn the_invalid_id_is_refused() {
    let mut spec = shell("true");
    spec.credentials.uid = Some(u32::MAX);
    let refused = Plan::new(&spec, &Host::gather().expect("facts"));
    assert_eq!(refused.err(), Some(PlanError::Id { id: u32::MAX }));
}

#[test]
fn further_user_namespaces_are_refused_unless_allowed() {
    let script = "unshare -U true && echo made || echo refused";
    assert!(output(&shell(script)).ends_with("refused\n"));
    let mut spec = shell(script);
    let nesting = Nesting::Allowed;
    spec.namespaces.user = UserNs::New(NewUserNs {
        maps: IdMaps::Single,
        nesting,
    });
    assert!(output(&spec).ends_with("made\n"), "the control");
}

#[test]
fn exactly_the_declared_descriptors_reach_the_payload() {
    let (reader, _writer) = std::io::pipe().expect("a pipe");
    let spec = shell("ls /proc/self/fd");
    // `ls` has one of its own, on the directory it reads.
    assert_eq!(
        output(&spec).lines().collect::<Vec<_>>(),
        ["0", "1", "2", "3"]
    );
    let mut spec = shell("ls /proc/$$/fd");
    let number = reader.as_raw_fd();
    spec.program.descriptors = aril_sandbox::spec::Descriptors::Only(vec![number]);
    let text = output(&spec);
    let mut expected = vec!["0".to_owned(), "1".into(), "2".into(), number.to_string()];
    expected.sort();
    let mut found: Vec<String> = text.lines().map(str::to_owned).collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_environment_is_what_was_said() {
    let text = output(&shell("env"));
    let mut names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split('=').next())
        .collect();
    names.sort();
    // The shell adds `_`.
    names.retain(|name| *name != "_" && *name != "OLDPWD" && *name != "SHLVL");
    assert_eq!(names, ["PATH", "PWD"]);
}

#[test]
fn limits_umask_host_name_and_directory_are_as_asked() {
    let mut spec = shell("ulimit -n; umask; hostname; pwd");
    // RLIMIT_NOFILE is 7 (asm-generic/resource.h).
    spec.credentials.limits = vec![ResourceLimit {
        resource: 7,
        soft: 64,
        hard: 64,
    }];
    spec.program.umask = Some(0o027);
    spec.namespaces.host_name = Some("inside".into());
    spec.program.working_directory = WorkingDirectory::Path("/usr/bin".into());
    assert_eq!(output(&spec), "64\n0027\ninside\n/usr/bin\n");
}

#[test]
fn a_root_that_is_sealed_cannot_be_written_and_one_that_is_not_can() {
    let script = "touch /x 2>/dev/null && echo written || echo refused";
    assert_eq!(output(&shell(script)), "written\n", "the control");
    let mut spec = shell(script);
    spec.root.access = Access::ReadOnly;
    assert_eq!(output(&spec), "refused\n");
}

#[test]
fn a_root_has_the_size_that_was_asked_for() {
    let script = "head -c 2000000 /dev/zero > /big 2>/dev/null && echo fits || echo full";
    assert_eq!(output(&shell(script)), "fits\n", "the control");
    let mut spec = shell(script);
    spec.root.size = Some(1 << 20);
    assert_eq!(output(&spec), "full\n");
}

#[test]
fn a_missing_target_in_the_users_own_tree_is_refused_and_not_made() {
    let directory = std::env::temp_dir().join(format!("aril-ghost-{}", std::process::id()));
    std::fs::create_dir(&directory).expect("a directory");
    let mut spec = shell("true");
    spec.tree
        .push(Entry::bind(&directory, "/work", Access::ReadWrite));
    spec.tree.push(Entry::tmpfs("/work/a/b"));
    let ran = run(&spec);
    let Outcome::SetupFailed(failure) = ran.outcome else {
        panic!("{ran:?}")
    };
    assert!(
        failure.to_string().contains("tmpfs on /work/a/b"),
        "{failure}"
    );
    assert!(
        failure
            .hint
            .is_some_and(|hint| hint.contains("host's own tree")),
        "{failure}"
    );
    assert_eq!(std::fs::read_dir(&directory).expect("a list").count(), 0);
    std::fs::remove_dir(&directory).expect("it is empty");
}

#[test]
fn a_file_of_the_users_own_is_neither_overwritten_nor_given_another_mode() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("f");
    for node in [
        Node::File {
            mode: 0o600,
            data: Data::Bytes(b"evil".to_vec()),
        },
        Node::Mode { mode: 0o777 },
    ] {
        let attempt = |missing| {
            std::fs::write(&file, "old").expect("a file");
            let before = std::fs::metadata(&file).expect("it is there").mode();
            let mut spec = shell("true");
            spec.root.missing = missing;
            let bind = Entry::bind(directory.path(), "/work", Access::ReadWrite);
            spec.tree
                .extend([bind, Entry::new("/work/f", node.clone())]);
            let outcome = run(&spec).outcome;
            let now = std::fs::metadata(&file).expect("it is there").mode();
            let is_kept = std::fs::read_to_string(&file).is_ok_and(|text| text == "old");
            (outcome, is_kept && now == before)
        };
        let (outcome, is_kept) = attempt(MissingTargets::Refuse);
        let Outcome::SetupFailed(failure) = outcome else {
            panic!("{outcome:?}")
        };
        let hint = failure.hint.unwrap_or_default();
        assert!(hint.contains("changed in the host's own tree"), "{failure}");
        assert!(is_kept, "{node:?}");
        let control = attempt(MissingTargets::Create);
        assert_eq!(
            control,
            (Outcome::Exited(0), false),
            "the control: {node:?}"
        );
    }
}

#[test]
fn many_layers_make_an_overlay_and_host_paths_are_not_told() {
    let base = std::env::temp_dir().join(format!("aril-layers-{}", std::process::id()));
    let layers: Vec<_> = (0..120)
        .map(|index| base.join(format!("layer-{index}")))
        .collect();
    for (index, layer) in layers.iter().enumerate() {
        std::fs::create_dir_all(layer).expect("a directory");
        std::fs::write(layer.join("top"), index.to_string()).expect("a file");
        std::fs::write(layer.join(format!("f{index}")), "").expect("a file");
    }
    let mut spec = shell("ls /o | wc -l; cat /o/top; echo; grep -c layer- /proc/self/mountinfo");
    spec.program.args[1] = "ls /o | wc -l; cat /o/top; echo; grep -c layer- /proc/self/mountinfo; \
        echo new > /o/top && cat /o/top"
        .into();
    let upper = aril_sandbox::spec::Upper::Temporary;
    let overlay = aril_sandbox::spec::Overlay { layers, upper };
    spec.tree.push(Entry::new("/o", Node::Overlay(overlay)));
    assert_eq!(output(&spec), "121\n119\n0\nnew\n");
    let old = Host {
        kernel: (6, 1),
        ..Host::gather().expect("facts")
    };
    let plan = Plan::new(&spec, &old).expect("a plan for the older interface");
    assert_eq!(
        plan.launch().expect("a start").wait(),
        Ok(Outcome::Exited(0))
    );
    assert_eq!(
        std::fs::read_to_string(base.join("layer-119/top")).expect("a file"),
        "119"
    );
    std::fs::remove_dir_all(&base).expect("removed");
}

#[test]
fn securebits_are_as_asked() {
    // SECBIT_NOROOT and its lock (linux/securebits.h).
    let mut spec = shell("capsh --print | grep 'Securebits:'");
    let before = output(&spec);
    spec.credentials.secure_bits = Some(0b11);
    let after = output(&spec);
    assert!(before.starts_with("Securebits: 00/0x0/"), "{before}");
    assert!(after.starts_with("Securebits: 03/0x3/"), "{after}");
}

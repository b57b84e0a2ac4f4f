//! A spec and a host written by hand, and the plan that they make, as text.
//!
//! This stands in for mocking the kernel: what is decided is tested here, what is done in `facts`.

use aril_sandbox::spec::{
    CapabilityBase, IdMaps, Init, Landlock, Nesting, Network, NewUserNs, Node, PidNs, ProcSource,
    ResourceLimit, Share, UserNs,
};
use aril_sandbox::{Access, Entry, Host, Plan, PlanError, Spec};

fn host() -> Host {
    Host {
        uid: 1000,
        gid: 1000,
        capabilities: 0,
        known_capabilities: (1 << 41) - 1,
        kernel: (6, 1),
        working_directory: Some("/home/someone".into()),
        environment: vec![("HOME".into(), "/home/someone".into())],
        own_program_writable: false,
        terminal: None,
        user_namespaces: true,
        cgroup_namespaces: true,
        time_namespaces: true,
        busy: false,
        landlock: Some(7),
        hard_limits: Vec::new(),
        cgroups: Vec::new(),
        swap: false,
    }
}

fn example() -> Spec {
    let mut spec = Spec::new("/bin/true");
    spec.tree
        .push(Entry::bind("/usr", "/usr", Access::ReadOnly));
    spec.tree.push(Entry::symlink("usr/bin", "/bin"));
    spec.tree.push(Entry::proc("/proc"));
    spec.tree.push(Entry::dev("/dev"));
    spec
}

fn plan(spec: &Spec, host: &Host) -> String {
    Plan::new(spec, host).expect("a plan").to_string()
}

fn assert_golden(found: &str, golden: &str) {
    assert_eq!(found.trim_end(), golden.trim_end(), "\nfound:\n{found}");
}

#[test]
fn the_example_as_an_ordinary_user() {
    assert_golden(
        &plan(&example(), &host()),
        include_str!("golden/example.txt"),
    );
}

#[test]
fn the_example_as_root_in_the_hosts_user_namespace() {
    let mut spec = example();
    spec.namespaces.user = UserNs::Host;
    spec.credentials.capability_base = CapabilityBase::Callers;
    let host = Host {
        uid: 0,
        gid: 0,
        capabilities: u64::MAX,
        ..host()
    };
    assert_golden(&plan(&spec, &host), include_str!("golden/root.txt"));
}

#[test]
fn a_bind_of_the_root_is_the_root() {
    let mut spec = Spec::new("true");
    spec.tree.push(Entry::bind("/", "/", Access::ReadOnly));
    let text = plan(&spec, &host());
    assert!(!text.contains("root tmpfs"), "{text}");
    spec.tree[0] = Entry::bind("/", "/", Access::ReadOnly).optional();
    assert!(
        plan(&spec, &host()).contains("root tmpfs"),
        "an optional one may be missing"
    );
}

#[test]
fn only_a_payload_that_must_be_the_first_process_has_no_init() {
    let mut spec = example();
    assert!(plan(&spec, &host()).contains("become init"));
    spec.supervision.init = Init::PayloadIsFirst;
    assert!(!plan(&spec, &host()).contains("become init"));
}

#[test]
fn the_network_is_made_beside_unless_the_maps_are_anothers() {
    let mut spec = example();
    assert!(plan(&spec, &host()).contains("begin to make a network namespace"));
    let maps = IdMaps::External { ready: 0 };
    spec.namespaces.user = UserNs::New(NewUserNs {
        maps,
        nesting: Nesting::Allowed,
    });
    let text = plan(&spec, &host());
    assert!(
        text.contains("(user, mount, pid, network, ipc, uts, cgroup)"),
        "{text}"
    );
    spec.namespaces.network = Network::Host;
    assert!(!plan(&spec, &host()).contains("network"));
}

#[test]
fn the_network_is_made_by_the_way_where_the_processors_are_busy() {
    let busy = Host {
        busy: true,
        ..host()
    };
    let text = plan(&example(), &busy);
    assert!(text.contains("(user, mount, pid, network, ipc, uts, cgroup)"));
    assert!(text.contains("loopback"), "{text}");
    assert!(!text.contains("begin to make a network namespace"));
}

#[test]
fn what_this_host_cannot_do_is_refused_with_words() {
    let old = Host {
        kernel: (5, 10),
        ..host()
    };
    let refused = Plan::new(&example(), &old).expect_err("too old");
    assert_eq!(refused, PlanError::OldKernel { version: (5, 10) });
    assert!(
        refused.to_string().contains("5.14 is the oldest"),
        "{refused}"
    );

    let without = Host {
        cgroup_namespaces: false,
        ..host()
    };
    let refused = Plan::new(&example(), &without).expect_err("no cgroup namespaces");
    assert!(
        refused.to_string().contains("cgroup namespace"),
        "{refused}"
    );
    let mut spec = example();
    spec.namespaces.cgroup = Share::NewIfPossible;
    assert!(Plan::new(&spec, &without).is_ok());
}

#[test]
fn contradictions_and_bad_strings_are_refused() {
    type Spoil = fn(&mut Spec);
    let cases: [(Spoil, &str); 9] = [
        (
            |spec| spec.program.path = "a\0b".into(),
            "the program: it has a NUL byte",
        ),
        (
            |spec| spec.tree[0].target = "".into(),
            "a target: it is empty",
        ),
        (
            |spec| spec.tree[0].target = "x".repeat(4096).into(),
            "longer than 4095 bytes",
        ),
        (
            |spec| spec.namespaces.host_name = Some("h".repeat(65).into()),
            "longer than 64",
        ),
        (
            |spec| {
                spec.namespaces.host_name = Some("h".into());
                spec.namespaces.uts = Share::Host;
            },
            "it needs a UTS namespace",
        ),
        (
            |spec| {
                spec.namespaces.user = UserNs::Host;
                spec.credentials.uid = Some(1);
            },
            "it needs a user namespace",
        ),
        (
            |spec| spec.supervision.block_fd = Some(9999),
            "from fd 9999: Bad file descriptor",
        ),
        (
            |spec| spec.seccomp = vec![aril_sandbox::spec::SeccompProgram::Bytes(vec![0; 9])],
            "9 bytes: it must be 1 to 4096 instructions",
        ),
        (
            |spec| spec.tree.push(Entry::symlink("", "/x")),
            "what a symlink points to: it is empty",
        ),
    ];
    for (spoil, words) in cases {
        let mut spec = example();
        spoil(&mut spec);
        let refused = Plan::new(&spec, &host()).expect_err(words);
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

#[test]
fn the_hosts_proc_is_bound_only_when_asked_for() {
    let mut spec = example();
    assert!(!plan(&spec, &host()).contains("that of the host"));
    spec.tree[2].node = Node::Proc(ProcSource::NewElseHost);
    assert!(plan(&spec, &host()).contains("new proc, else that of the host"));
}

#[test]
fn landlock_comes_last_before_the_filters_and_is_in_words() {
    let mut spec = example();
    spec.namespaces.network = Network::Host;
    let mut landlock = Landlock::around(&spec);
    landlock.tcp_connect = Some(vec![443]);
    spec.landlock = Some(landlock);
    let last = |host: &Host| {
        let text = plan(&spec, host);
        let lines: Vec<_> = text.lines().rev().take(4).map(|line| &line[12..]).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    };
    let full = "give up rights by Landlock (files: all, but for / all, /proc all, /dev all; connect \
         TCP only to [443]; no abstract sockets outside) — a second border, which does not depend on \
         what is mounted\n\
         tell the launcher — from here on only the exec can fail\n\
         execute the program — the payload begins";
    assert!(last(&host()).ends_with(full), "{}", last(&host()));
    let old = Host {
        landlock: Some(3),
        ..host()
    };
    let fewer = "go without Landlock for files (ioctl_dev), TCP ports, abstract sockets and signals — \
         this kernel's Landlock is older than that\n";
    assert!(last(&old).contains(fewer), "{}", last(&old));
}

#[test]
fn a_limit_is_enforced_or_refused() {
    let mut spec = example();
    spec.limits.open_files = Some(64);
    spec.limits.file_size = Some(1 << 20);
    spec.limits.processes = Some(5);
    let host = Host {
        hard_limits: vec![ResourceLimit {
            resource: 7,
            soft: 32,
            hard: 32,
        }],
        ..host()
    };
    let text = plan(&spec, &host);
    for words in [
        "let each process have at most 32 open files",
        "let no file grow beyond 1048576 bytes",
        "let the user have at most 6 processes in the user namespace",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let mut without_init = spec.clone();
    without_init.namespaces.pid = PidNs::Host;
    let text = plan(&without_init, &host);
    assert!(text.contains("at most 5 processes"), "{text}");
    let refused = |spec: &Spec, host: &Host| {
        let error = Plan::new(spec, host).expect_err("it cannot be enforced");
        error.to_string()
    };
    let root = Host {
        uid: 0,
        ..host.clone()
    };
    let words = refused(&spec, &root);
    assert!(
        words.contains("a limit on processes: the kernel does not count"),
        "{words}"
    );
    assert!(
        words.contains("\nhint: start it in a cgroup of your own"),
        "{words}"
    );
    spec.namespaces.user = UserNs::Join(0);
    assert!(refused(&spec, &host).contains("the user's other processes count"));
    let mut spec = example();
    spec.limits.memory = Some(1 << 30);
    assert!(refused(&spec, &host).contains("a limit on memory: only a cgroup"));
    let mut spec = example();
    spec.limits.processor_percent = Some(150);
    assert!(refused(&spec, &host).contains("a limit on processor time: only a cgroup"));
}

#[test]
fn the_nearest_cgroup_that_has_the_controllers_is_used() {
    use aril_sandbox::{Controller, Delegation};
    let place = |directory: &str, controllers: &[Controller]| Delegation {
        directory: directory.into(),
        controllers: controllers.iter().copied().collect(),
    };
    let all = [
        Controller::Memory,
        Controller::Processes,
        Controller::Processor,
    ];
    let host = Host {
        cgroups: vec![
            place("/cg/app/own", &[]),
            place("/cg/app", &all[..2]),
            place("/cg", &all),
        ],
        ..host()
    };
    let first = |change: fn(&mut Spec)| {
        let mut spec = example();
        change(&mut spec);
        let text = plan(&spec, &host);
        text.lines().next().map(str::to_owned).unwrap_or_default()
    };
    let memory = first(|spec| {
        spec.limits.memory = Some(1 << 31);
        spec.limits.processes = Some(200);
    });
    assert_eq!(
        memory,
        "  0 launch  make a cgroup in /cg/app (memory.max 2147483648, memory.swap.max 0, \
         memory.oom.group 1, pids.max 201) — limits that all processes share"
    );
    let cpu = first(|spec| spec.limits.processor_percent = Some(150));
    assert!(
        cpu.contains("make a cgroup in /cg (cpu.max 150000 100000)"),
        "{cpu}"
    );
    let none = first(|spec| spec.limits.open_files = Some(9));
    assert!(none.contains("start a process"), "{none}");
    let named = first(|spec| {
        spec.limits.cgroup = aril_sandbox::spec::CgroupPlace::In("/cg/named".into());
        spec.limits.processes = Some(1);
    });
    assert!(
        named.contains("make a cgroup in /cg/named (pids.max 2)"),
        "{named}"
    );
}

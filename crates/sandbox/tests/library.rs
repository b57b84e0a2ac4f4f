//! The library inside other programs: threads, memory, children that end.

mod support;

use aril_sandbox::{Host, Outcome, Plan};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use support::{eventually, is_alive, shell};

/// An allocator that ends a process that is not the one it was made for: what runs between clone and
/// exec shares this memory, and must not allocate.
struct Tripwire;

static OWNER: AtomicI32 = AtomicI32::new(0);

fn check_owner() {
    let owner = OWNER.load(Relaxed);
    if owner != 0 && aril_sandbox::sys::process::id() != owner {
        aril_sandbox::sys::process::exit_now(99);
    }
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Tripwire {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check_owner();
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        check_owner();
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static TRIPWIRE: Tripwire = Tripwire;

#[test]
fn nothing_is_allocated_between_clone_and_exec() {
    OWNER.store(aril_sandbox::sys::process::id(), Relaxed);
    let mut spec = shell("exit 3");
    spec.namespaces.host_name = Some("x".into());
    spec.tree
        .push(aril_sandbox::Entry::symlink("/nowhere", "/link"));
    spec.tree.push(aril_sandbox::Entry::tmpfs("/link/a/b"));
    spec.landlock = Some(aril_sandbox::spec::Landlock::around(&spec));
    spec.limits.open_files = Some(64);
    let native = aril_seccomp::Arch::native().expect("an ABI with rules");
    let rules = aril_seccomp::RuleSet::default().policy(native);
    let program = aril_seccomp::compile(&rules).expect("a program");
    spec.seccomp = vec![aril_sandbox::spec::SeccompProgram::Reported(
        program.to_bytes(),
    )];
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    assert_eq!(
        plan.launch().expect("a start").wait(),
        Ok(Outcome::Exited(3))
    );
    // The control: the tripwire does go off in a process with another id.
    assert_ne!(OWNER.load(Relaxed), 0);
}

#[test]
fn any_thread_may_launch_while_others_allocate() {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut kept = Vec::new();
                while !done.load(Relaxed) {
                    kept.push(vec![1_u8; 4096]);
                    if kept.len() > 1000 {
                        kept.clear();
                    }
                }
            });
        }
        let launchers: Vec<_> = (0..4_u8)
            .map(|thread| {
                scope.spawn(move || {
                    for round in 0..20 {
                        let status = thread * 20 + round;
                        let spec = shell(&format!("exit {status}"));
                        let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("plan");
                        let outcome = plan.launch().expect("a start").wait();
                        assert_eq!(outcome, Ok(Outcome::Exited(status)));
                    }
                })
            })
            .collect();
        let results: Vec<_> = launchers
            .into_iter()
            .map(|launcher| launcher.join())
            .collect();
        done.store(true, Relaxed);
        assert!(results.iter().all(Result::is_ok));
    });
}

#[test]
fn a_plan_can_be_launched_again_and_again() {
    let spec = shell("exit 5");
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    for _ in 0..5 {
        assert_eq!(
            plan.launch().expect("a start").wait(),
            Ok(Outcome::Exited(5))
        );
    }
}

#[test]
fn a_dropped_sandbox_is_killed_and_a_detached_one_is_not() {
    let spec = shell("exec sleep 300");
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let dropped = plan.launch().expect("a start");
    let pid = dropped.payload_pid().expect("a pid");
    assert!(is_alive(pid));
    drop(dropped);
    eventually("the payload is gone", || !is_alive(pid));

    let detached = plan.launch().expect("a start");
    let (pid, first) = (
        detached.payload_pid().expect("a pid"),
        detached.instance().pid,
    );
    detached.detach();
    assert!(is_alive(pid));
    let killed = std::process::Command::new("kill")
        .args(["-9", &first.to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    eventually("the payload is gone with its init", || !is_alive(pid));
}

#[test]
fn a_signal_ends_the_payload_and_is_told() {
    let plan = Plan::new(&shell("exec sleep 300"), &Host::gather().expect("facts")).expect("plan");
    let mut sandbox = plan.launch().expect("a start");
    sandbox.signal(15).expect("it was sent");
    assert_eq!(sandbox.wait(), Ok(Outcome::Signaled(15)));
}

#[test]
fn the_status_comes_when_the_payload_ends_though_others_live_on() {
    let mut spec = shell("sleep 300 & exit 4");
    spec.program.streams[1] = aril_sandbox::spec::Stream::Null;
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(4)));
    let first = sandbox.instance().pid;
    assert!(is_alive(first), "init waits for the other");
    drop(sandbox);
    eventually("the rest is killed on drop", || !is_alive(first));

    spec.supervision.kill_at_exit = true;
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(4)));
    let first = sandbox.instance().pid;
    eventually("init ends with the payload", || !is_alive(first));
}

#[test]
fn init_can_be_neither_traced_nor_read_from_inside() {
    let script = "cat /proc/1/environ /proc/1/maps; ls /proc/1/cwd/ /proc/1/root/";
    let ran = support::run(&shell(script));
    assert!(
        matches!(ran.outcome, Outcome::Exited(code) if code != 0),
        "{ran:?}"
    );
    // Two files and two directories, each refused.
    assert_eq!(
        ran.output.matches("Permission denied").count(),
        4,
        "{}",
        ran.output
    );
    let control = support::output(&shell("ls /proc/self/fd"));
    assert!(control.starts_with("0\n1\n2\n"), "the control: {control}");
}

/// The first range that a file like `/etc/subuid` gives to the user who runs the tests.
fn subordinate(file: &str, name: &str) -> Option<(u32, u32)> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}:")).map(str::to_owned))?;
    let (first, count) = line.split_once(':')?;
    Some((first.parse().ok()?, count.parse().ok()?))
}

#[test]
fn ranges_of_ids_are_mapped_and_65534_is_an_id_like_others() {
    use aril_sandbox::spec::{IdMaps, IdRange, Nesting, NewUserNs, UserNs};
    let host = Host::gather().expect("facts");
    let name = std::process::Command::new("id")
        .arg("-un")
        .output()
        .expect("id runs")
        .stdout;
    let name = String::from_utf8(name).expect("text");
    let (users, groups) = if host.uid == 0 {
        ((100_000, 65_536), (100_000, 65_536))
    } else {
        let range = |file| subordinate(file, name.trim());
        match (range("/etc/subuid"), range("/etc/subgid")) {
            (Some(users), Some(groups)) => (users, groups),
            _ => {
                eprintln!(
                    "skipped: {} has no subordinate ids in /etc/subuid",
                    name.trim()
                );
                return;
            }
        }
    };
    let range = |(outside, count)| {
        vec![IdRange {
            inside: 0,
            outside,
            count,
        }]
    };
    let maps = IdMaps::Ranges {
        users: range(users),
        groups: range(groups),
    };
    let nesting = Nesting::Allowed;
    for id in [0, 1, 65_533, 65_534] {
        let mut spec = shell("id -u; id -g; id -G; head -n 1 /proc/self/uid_map");
        spec.namespaces.user = UserNs::New(NewUserNs {
            maps: maps.clone(),
            nesting,
        });
        spec.tree
            .retain(|entry| entry.node != aril_sandbox::Node::Dev || id == 0);
        spec.credentials.uid = Some(id);
        spec.credentials.gid = Some(id);
        let text = support::output(&spec);
        let mut lines = text.lines();
        let expected = id.to_string();
        for what in ["uid", "gid", "groups"] {
            assert_eq!(lines.next(), Some(expected.as_str()), "{what}: {text}");
        }
        let map: Vec<&str> = lines.next().unwrap_or("").split_whitespace().collect();
        assert_eq!(map, ["0", &users.0.to_string(), &users.1.to_string()]);
    }
}

#[test]
fn a_directory_of_the_hosts_cannot_be_entered_even_if_it_is_deleted() {
    use aril_sandbox::spec::WorkingDirectory;
    use std::os::fd::AsRawFd;
    let base = std::env::temp_dir().join(format!("aril-deleted-{}", std::process::id()));
    std::fs::create_dir_all(base.join("gone")).expect("a directory");
    let open = std::fs::File::open(base.join("gone")).expect("it opens");
    std::fs::remove_dir(base.join("gone")).expect("removed");
    // Without close-on-exec, as a careless program has it.
    let number = aril_sandbox::sys::file::duplicate((&open).into(), 50).expect("a copy");
    aril_sandbox::sys::file::set_close_on_exec(number, false).expect("set");
    for number in [open.as_raw_fd(), number.number()] {
        for path in [format!("/proc/self/fd/{number}"), "/work/link".to_owned()] {
            let link = base.join("link");
            if link.is_symlink() {
                std::fs::remove_file(&link).expect("removed");
            }
            std::os::unix::fs::symlink(format!("/proc/self/fd/{number}"), link).expect("made");
            let mut spec = shell("ls ..");
            spec.tree.push(aril_sandbox::Entry::bind(
                &base,
                "/work",
                aril_sandbox::Access::ReadOnly,
            ));
            spec.program.working_directory = WorkingDirectory::Path(path.into());
            let ran = support::run(&spec);
            assert!(matches!(ran.outcome, Outcome::SetupFailed(_)), "{ran:?}");
        }
    }
    std::fs::remove_dir_all(&base).expect("removed");
}

#[test]
fn a_launcher_that_ignores_sigchld_still_learns_the_status() {
    // In a process of its own: the disposition is the whole process's.
    if std::env::var_os("ARIL_IGNORE_SIGCHLD").is_some() {
        let plan = Plan::new(&shell("exit 7"), &Host::gather().expect("facts")).expect("a plan");
        assert_eq!(
            plan.launch().expect("a start").wait(),
            Ok(Outcome::Exited(7))
        );
        return;
    }
    let name = "a_launcher_that_ignores_sigchld_still_learns_the_status";
    let own = std::env::current_exe().expect("a path");
    let script = format!("trap '' CHLD; exec {} --exact {name}", own.display());
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .env("ARIL_IGNORE_SIGCHLD", "1")
        .status();
    assert!(status.is_ok_and(|status| status.success()));
}

#[test]
fn a_panic_while_announcing_leaves_nothing() {
    let mut spec = shell("exit 0");
    spec.supervision.announce = true;
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let seen = AtomicI32::new(0);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        plan.launch_announced(&mut |created| {
            seen.store(created.pid, Relaxed);
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert!(!is_alive(seen.load(Relaxed)), "the child is gone");
    assert_eq!(
        plan.launch().expect("a start").wait(),
        Ok(Outcome::Exited(0))
    );
}

#[test]
fn an_exec_that_fails_behind_a_filter_is_told() {
    // Everything is allowed but sendmsg (46), which fails: errno 1, `SECCOMP_RET_ERRNO`.
    let filter: [(u16, u8, u8, u32); 4] = [
        (0x20, 0, 0, 0),
        (0x15, 0, 1, 46),
        (0x06, 0, 0, 0x0005_0001),
        (0x06, 0, 0, 0x7fff_0000),
    ];
    let bytes = filter.iter().flat_map(|(code, jt, jf, k)| {
        let mut bytes = code.to_ne_bytes().to_vec();
        bytes.extend([*jt, *jf]);
        bytes.extend(k.to_ne_bytes());
        bytes
    });
    let mut spec = shell("true");
    spec.program.path = "/nonexistent".into();
    spec.seccomp = vec![aril_sandbox::spec::SeccompProgram::Bytes(bytes.collect())];
    let ran = support::run(&spec);
    let Outcome::SetupFailed(failure) = ran.outcome else {
        panic!("{ran:?}")
    };
    assert_eq!(
        failure.to_string(),
        "execute \"/nonexistent\": no such file or directory"
    );
}

/// Inside a sandbox whose `/proc` is masked, as a container masks its own.
fn in_a_masked_place() {
    use aril_sandbox::spec::{IdMaps, Nesting, NewUserNs, ProcSource, UserNs};
    let mut spec = shell("test -e /proc/self/status");
    // The limit is written in /proc/sys, which is read-only here too.
    let nesting = Nesting::Allowed;
    let maps = IdMaps::Single;
    spec.namespaces.user = UserNs::New(NewUserNs { maps, nesting });
    let proc = |source| aril_sandbox::Entry::new("/proc", aril_sandbox::Node::Proc(source));
    let is_proc = |entry: &aril_sandbox::Entry| matches!(entry.node, aril_sandbox::Node::Proc(_));
    let at = spec.tree.iter().position(is_proc).expect("it is there");
    let ran = support::run(&spec);
    let Outcome::SetupFailed(failure) = ran.outcome else {
        panic!("a whole proc was granted: {ran:?}")
    };
    let words = failure.to_string();
    assert!(
        words.contains("new proc on /proc") && words.contains("hint: "),
        "{words}"
    );
    assert!(words.contains("masks"), "{words}");

    spec.tree[at] = proc(ProcSource::NewElseHost);
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    let fallbacks = sandbox.instance().fallbacks.clone();
    assert_eq!(fallbacks.len(), 1, "the status tells of it");
    let step = plan.steps()[fallbacks[0]].step.to_string();
    assert!(step.contains("new proc, else that of the host"), "{step}");
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(0)));
}

#[test]
fn a_masked_proc_is_told_and_the_hosts_stands_in_only_when_asked() {
    use aril_sandbox::spec::{EnvChange, IdMaps, Nesting, NewUserNs, UserNs};
    const INSIDE: &str = "ARIL_MASKED";
    if std::env::var_os(INSIDE).is_some() {
        return in_a_masked_place();
    }
    let name = "a_masked_proc_is_told_and_the_hosts_stands_in_only_when_asked";
    let own = std::env::current_exe().expect("a path");
    let mut spec = shell(&format!("exec {} --exact {name}", own.display()));
    let host = aril_sandbox::Entry::bind("/", "/", aril_sandbox::Access::ReadOnly);
    spec.tree = vec![
        host,
        aril_sandbox::Entry::proc("/proc"),
        aril_sandbox::Entry::dev("/dev"),
        aril_sandbox::Entry::tmpfs("/proc/bus"),
    ];
    let nesting = Nesting::Allowed;
    let maps = IdMaps::Single;
    spec.namespaces.user = UserNs::New(NewUserNs { maps, nesting });
    // Since 5.12 a map of id 0 needs CAP_SETFCAP, which the payload does not have.
    spec.credentials.uid = Some(1000);
    spec.credentials.gid = Some(1000);
    spec.program
        .environment
        .push(EnvChange::Set(INSIDE.into(), "1".into()));
    let ran = support::run(&spec);
    assert_eq!(ran.outcome, Outcome::Exited(0), "{}", ran.output);
}

#[test]
fn the_network_is_whole_without_an_init_too() {
    use aril_sandbox::spec::{Network, PidNs};
    let mut host = Host::gather().expect("facts");
    // The helper that makes it shares descriptors with the process that closes them: a race, so often.
    // On a busy host there is none.
    for round in 0..60 {
        host.busy = round >= 50;
        let mut spec = shell("cat /proc/net/dev | grep -c lo:");
        spec.namespaces.pid = PidNs::Host;
        spec.namespaces.network = Network::None;
        spec.tree
            .retain(|entry| !matches!(entry.node, aril_sandbox::Node::Proc(_)));
        spec.tree.push(aril_sandbox::Entry::bind(
            "/proc",
            "/proc",
            aril_sandbox::Access::ReadOnly,
        ));
        assert_eq!(support::output_on(&host, &spec), "1\n");
    }
}

#[test]
fn nothing_is_made_in_the_hosts_directories() {
    let place = tempfile::tempdir().expect("a directory");
    let attempt = |missing| {
        let mut spec = shell("exit 3");
        spec.root.missing = missing;
        let bind = aril_sandbox::Entry::bind(place.path(), "/d", aril_sandbox::Access::ReadWrite);
        spec.tree.push(bind);
        spec.tree.push(aril_sandbox::Entry::tmpfs("/d/ghost"));
        let outcome = support::run(&spec).outcome;
        let is_there = place.path().join("ghost").exists();
        (outcome == Outcome::Exited(3), is_there)
    };
    assert_eq!(attempt(Default::default()), (false, false));
    let create = aril_sandbox::spec::MissingTargets::Create;
    assert_eq!(attempt(create), (true, true), "the control");
}

#[test]
fn secure_bits_are_in_force() {
    // PR_GET_SECUREBITS; SECBIT_NOROOT and its lock.
    let script = "perl -e 'print syscall(157, 27, 0, 0, 0, 0)'";
    if !cfg!(target_arch = "x86_64") {
        println!("skipped: the number of prctl(2) is another one here");
        return;
    }
    let ask = |bits| {
        let mut spec = shell(script);
        spec.credentials.secure_bits = bits;
        support::output(&spec)
    };
    assert_eq!(ask(Some(3)), "3");
    assert_eq!(ask(None), "0", "the control");
}

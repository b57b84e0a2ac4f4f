//! Files of the host: what can be read, what can be written, and by which ways.

use crate::place::{Place, SECRET, aril, attack};
use aril_tests::{Canary, fds, is_root};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Says which of the paths can be read.
const READ: &str = "
import sys
for path in sys.argv[1:]:
    try:
        with open(path, 'rb') as file:
            file.read(1)
            print(path, flush=True)
    except OSError:
        pass
";

attack!(secrets_cannot_be_read_by_any_way, {
    let place = Place::new();
    let key = place.scratch.file("home/.ssh/id", SECRET);
    let other = place.scratch.file("other", SECRET);
    symlink(&key, place.in_project("link")).expect("make a link");
    symlink("/proc/self/root/etc", place.in_project("etc")).expect("make a link");
    let own = std::process::id();
    let mut paths = vec![
        "../.ssh/id".to_owned(),
        "link".into(),
        "etc/login.defs".into(),
        format!("/proc/self/root{key}"),
        format!("/proc/self/cwd/../../other"),
        format!("/proc/{own}/root{other}"),
        format!("/proc/{own}/environ"),
        "/etc/login.defs".into(),
        "/etc/fstab".into(),
        "/var/lib/dpkg/status".into(),
        key,
        other,
    ];
    if is_root() {
        paths.extend(["/etc/shadow".into(), "/dev/mem".into(), "/dev/kmsg".into()]);
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_eq!(place.inside(READ, &paths), "");
    let outside = place.outside(READ, &paths);
    let there = paths.iter().filter(|path| fs::File::open(path).is_ok());
    assert!(
        outside.lines().count() >= 8.min(there.count()),
        "the control: {outside}"
    );
});

attack!(every_directory_above_is_empty_of_the_hosts_files, {
    let place = Place::new();
    place.scratch.file("beside", SECRET);
    let list = "
import os
for at in ['..', '../..', '/run', '/mnt', '/media', '/srv', '/boot', '/sys', '/root']:
    try:
        print(at, sorted(os.listdir(at)))
    except OSError:
        print(at, '-')
";
    let found = place.inside(list, &[]);
    // Of what is above there are the ways to the project and to the home directory.
    assert!(
        found.starts_with(".. ['project']\n../.. ['home']\n"),
        "{found}"
    );
    assert!(!found.contains("beside"), "{found}");
    for gone in [
        "/mnt -",
        "/media -",
        "/srv -",
        "/boot -",
        "/sys -",
        "/run ['user']",
    ] {
        assert!(found.contains(gone), "{gone}: {found}");
    }
    assert!(place.outside(list, &[]).contains("'beside'"), "the control");
});

/// Every process's environment and words.
const ENVIRONMENTS: &str = "
import glob
for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):
    try:
        print(open(path, 'rb').read())
    except OSError as error:
        print(error.errno)
";

attack!(variables_that_were_not_asked_for_are_nowhere, {
    let place = Place::new();
    let found = place.inside(ENVIRONMENTS, &[]);
    assert!(
        found.contains("container=aril") && !found.contains(SECRET),
        "{found}"
    );
    assert!(
        !found.contains("\\x00exec\\x00"),
        "the launcher's words: {found}"
    );
    assert!(
        place.outside(ENVIRONMENTS, &[]).contains(SECRET),
        "the control"
    );
    let given = place.python(place.exec(&["--env", "TOKEN"]), ENVIRONMENTS, &[]);
    assert!(given.contains(SECRET), "the control: {given}");
});

/// Lists descriptors, reads what they are open on, and what lies below them.
const DESCRIPTORS: &str = "
import os
for fd in range(0, 1100):
    try:
        os.fstat(fd)
    except OSError:
        continue
    print('open', fd)
    for path in ['file', 'etc/passwd']:
        try:
            print('below', fd, os.read(os.open(path, os.O_RDONLY, dir_fd=fd), 100))
        except OSError:
            pass
    try:
        print('read', fd, os.pread(fd, 100, 0))
    except OSError:
        pass
";

attack!(descriptors_left_open_do_not_come_along, {
    let place = Place::new();
    let canary = Canary::new(&place.scratch);
    let file = format!("{}/file", canary.path());
    let leak = |program: aril_tests::Bwrap| {
        let program = program
            .fd(7, fds::open(&file))
            .fd(8, fds::open(canary.path()));
        let program = program
            .fd(9, fds::open_path("/"))
            .fd(1000, fds::open_path(canary.path()));
        place.python(program, DESCRIPTORS, &[])
    };
    let found = leak(place.exec(&["--"]));
    assert_eq!(
        found
            .lines()
            .filter(|line| line.starts_with("open"))
            .count(),
        3,
        "{found}"
    );
    assert!(!found.contains(Canary::SECRET), "{found}");
    let outside = leak(place.bare());
    assert!(
        outside.matches(Canary::SECRET).count() >= 3,
        "the control: {outside}"
    );
});

attack!(a_directory_as_standard_input_leads_nowhere, {
    // CVE-2024-21626 is the same with another descriptor.
    let place = Place::new();
    let canary = Canary::new(&place.scratch);
    let script = "echo in; cat /proc/self/fd/0/file /proc/self/fd/0/../host/sub/file; \
                  cd /proc/self/fd/0 && cat file; true";
    let on = |program: aril_tests::Bwrap| {
        let input = Stdio::from(fds::open(canary.path()));
        program.stdin(input).args(["sh", "-c", script]).finish()
    };
    let done = on(place.exec(&["--"]));
    assert_eq!((done.code(), done.stdout.as_str()), (125, ""), "{done:?}");
    assert!(
        on(place.bare()).stdout.contains(Canary::SECRET),
        "the control"
    );
});

attack!(only_the_directory_and_memory_can_be_written, {
    let place = Place::new();
    let canary = Canary::new(&place.scratch);
    let host = place.at("host/new");
    let script = format!(
        "for d in {host} ../new ../../new /usr/new /etc/new /opt/new /var/new /new /dev/new \
         /proc/sys/kernel/core_pattern /proc/sysrq-trigger /sys/new /usr/bin/env /etc/passwd \
         /proc/1/oom_score_adj; do (echo x >>$d) 2>/dev/null && echo $d; done; echo x >made"
    );
    let done = place.shell(&[], &script).success();
    // The directories of the way to the project are in memory; those of the host are not there.
    assert!(
        done.stdout.lines().all(|line| line.starts_with("../")),
        "{}",
        done.stdout
    );
    canary.unchanged("something was written");
    assert!(
        !fs::exists(place.at("home/new")).expect("look"),
        "it is the host's"
    );
    assert!(
        !fs::exists(place.at("new")).expect("look"),
        "it is the host's"
    );
    assert!(
        fs::exists(place.in_project("made")).expect("look"),
        "the control"
    );
    // As an ordinary user only what is the user's own can be written outside; root would harm the host.
    if !is_root() {
        let control = place.bare().args(["sh", "-c", &script]).finish();
        assert!(control.stdout.contains(&host), "the control: {control:?}");
        assert!(canary.is_changed(), "the control");
    }
});

attack!(every_mount_that_can_be_written_is_known, {
    let place = Place::new();
    let out = place.inside("print(open('/proc/self/mountinfo').read())", &[]);
    let project = place.at("home/project");
    for line in out.lines().filter(|line| !line.is_empty()) {
        let (mount, source) = line.split_once(" - ").expect("two halves");
        let fields: Vec<&str> = mount.split(' ').collect();
        let (target, options) = (fields[4], fields[5]);
        assert!(options.contains("nosuid"), "{line}");
        assert!(
            !mount.contains("shared:") && !mount.contains("master:"),
            "{line}"
        );
        let kind = source.split(' ').next().expect("a kind");
        if target == "/" {
            assert!(options.starts_with("ro"), "{line}");
            assert!(source.contains("size="), "{line}");
        }
        let is_node = target.starts_with("/dev/") && kind != "tmpfs";
        assert!(options.contains("nodev") || is_node, "{line}");
        if options.starts_with("rw") {
            let is_memory = ["tmpfs", "proc", "devpts"].contains(&kind);
            assert!(is_memory || is_node || target == project, "{line}");
        }
    }
});

attack!(
    what_was_opened_to_be_read_is_not_opened_again_to_be_written,
    {
        // The link of /proc leads to the host's file, past every mount of the sandbox: Landlock alone holds.
        let has_landlock = "import ctypes; print(ctypes.CDLL(None).syscall(444, 0, 0, 1))";
        let place = Place::new();
        if place.outside(has_landlock, &[]) == "-1\n" {
            aril_tests::skip::skip("this kernel has no Landlock");
        }
        let file = place.scratch.file("input", "old");
        let script = "cat; (echo evil >/proc/self/fd/0) 2>/dev/null; (cat /proc/self/fd/0) 2>/dev/null; true";
        let on = |program: aril_tests::Bwrap| {
            let input = Stdio::from(fds::open(&file));
            let done = program.stdin(input).args(["sh", "-c", script]).finish();
            (
                done.success().stdout,
                fs::read_to_string(&file).expect("read"),
            )
        };
        let (said, now) = on(place.exec(&["--"]));
        assert_eq!(
            (said.as_str(), now.as_str()),
            ("old", "old"),
            "it can be read, once"
        );
        let (_, now) = on(place.bare());
        assert_eq!(now, "evil\n", "the control");
    }
);

attack!(a_planted_link_does_not_bring_files_in, {
    // The command of before has left links where the next one's files will be looked for.
    let place = Place::new();
    let canary = Canary::new(&place.scratch);
    for name in [
        ".git",
        ".vscode",
        ".envrc",
        "aril.toml",
        "pyvenv.cfg",
        ".husky",
    ] {
        symlink(canary.path(), place.in_project(name)).expect("make a link");
    }
    let script = "for f in .git .vscode .envrc pyvenv.cfg .husky; do cat $f/file; echo x >$f/file; \
                  rm -f $f; ln -s /tmp $f; done; true";
    let done = place.shell(&[], script);
    assert!(!done.stdout.contains(Canary::SECRET), "{done:?}");
    canary.unchanged("a link was followed");
    let bare = place.bare().args(["sh", "-c", script]).finish();
    assert!(bare.stdout.contains(Canary::SECRET), "the control");
});

attack!(a_program_that_is_hidden_runs_by_no_name, {
    let place = Place::new();
    let script = "cp /usr/bin/id ./other && ./other -u; /lib64/ld-linux-x86-64.so.2 /usr/bin/id -u; \
                  /proc/self/root/usr/bin/id -u; true";
    let done = place.shell(&["--hide", "/usr/bin/id"], script);
    assert_eq!(done.stdout, "", "{done:?}");
    let shown = place.shell(&[], script);
    assert!(shown.stdout.lines().count() >= 2, "the control: {shown:?}");
});

attack!(a_directory_that_is_swapped_for_a_link_is_not_given, {
    // Another sandbox that may write above, or another user, waits for the next command to start.
    let place = Place::new();
    place.scratch.file("home/.ssh/id", SECRET);
    let (project, link) = (place.at("home/project"), place.at("home/link"));
    symlink(place.at("home/.ssh"), &link).expect("make a link");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                let here = rustix::fs::CWD;
                rustix::fs::renameat_with(here, &project, here, &link, exchange).expect("swap");
            }
        });
        // Its working directory is what was there first, wherever that is now.
        let program = aril().into_os_string().into_string().expect("text");
        // Whoever enters the link itself is in the other directory from the start: that is not it.
        let script = format!(
            "cd -P {project}; test -e id && exit; exec {program} exec -q sh -c 'cat id {project}/id {link}/id'"
        );
        let reached = (0..60).any(|_| {
            let program = place.bare().args(["sh", "-c", &script]);
            program.finish().stdout.contains(SECRET)
        });
        let outside = (0..100_000).any(|_| fs::read(format!("{project}/id")).is_ok());
        is_over.store(true, Ordering::Relaxed);
        assert!(!reached, "the link was followed");
        assert!(outside, "the control");
    });
});

attack!(the_names_of_the_users_keys_are_hidden, {
    let place = Place::new();
    if fs::read("/proc/keys").is_err() {
        aril_tests::skip::skip("this kernel has no keys");
    }
    let script = "print(open('/proc/keys').read() or 'empty')";
    let done = place.exec(&["--"]).args(["python3", "-c", script]).finish();
    assert_eq!((done.code(), done.stdout.as_str()), (1, ""), "{done:?}");
    assert_ne!(place.outside(script, &[]), "", "the control");
});

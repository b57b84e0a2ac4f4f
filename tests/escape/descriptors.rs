//! File descriptors and links of procfs that lead out: runc CVE-2024-21626 (a working directory
//! by descriptor), CVE-2019-5736 (the launcher's own file), and init's entries in `/proc`.

use crate::control::{escape, ours};
use aril_tests::{Bwrap, Canary, Scratch, fds, roots};
use std::fs;
use std::process::{Command, Stdio};

/// Tries to reach the canary from wherever the command begins.
const REACH: &str = "cat ./file sub/file ../file ../../host/file; echo x >made; \
                     ls -a . .. ../..; pwd -P; readlink /proc/self/cwd";

escape!(the_working_directory_is_never_outside, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    for descriptor in [fds::open, fds::open_path] {
        for number in [3, 7, 8, 9, 10, 23, 63, 100, 255] {
            let bwrap = roots::bare(ours()).fd(number, descriptor(canary.path().to_owned()));
            let path = format!("/proc/self/fd/{number}");
            let bwrap = bwrap.args(["--proc", "/proc", "--chdir", &path]);
            let done = bwrap.args(["sh", "-c", REACH]).finish();
            assert!(!done.stdout.contains(Canary::SECRET), "{number}: {done:?}");
            canary.unchanged(&format!("{number}: {done:?}"));
        }
    }
});

escape!(control_a_descriptor_leads_there, {
    // The same links outside of a sandbox lead to the directory.
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let bwrap = Bwrap::of("sh").fd(9, fds::open(canary.path()));
    let done = bwrap
        .args(["-c", &format!("cd /proc/self/fd/9; {REACH}")])
        .finish();
    assert!(done.stdout.contains(Canary::SECRET), "{done:?}");
    assert!(canary.is_changed(), "{done:?}");
});

escape!(a_start_in_a_directory_by_descriptor_stays_inside, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let script = "cd \"$0\" && exec \"$@\"";
    for number in [9, 10, 99] {
        // Started there, kept open or not, with and without a --chdir.
        for more in [
            &[][..],
            &["--chdir", "."],
            &["--chdir", "/proc/self/cwd"],
            &["--chdir", "sub"],
        ] {
            let bwrap = Bwrap::of("sh").fd(number, fds::open(canary.path()));
            let bwrap = bwrap.args(["-c", script, &format!("/proc/self/fd/{number}")]);
            let bwrap = bwrap
                .args([ours()])
                .args(roots::system())
                .args(["--proc", "/proc"]);
            let done = bwrap.args(more).args(["sh", "-c", REACH]).finish();
            assert!(
                !done.stdout.contains(Canary::SECRET),
                "{number} {more:?}: {done:?}"
            );
            canary.unchanged(&format!("{number} {more:?}: {done:?}"));
        }
    }
});

escape!(only_declared_descriptors_are_inherited, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    // Whoever runs the tests may have left some open.
    let outside = Bwrap::of(aril_tests::under_test::probe()).finish().facts();
    assert!(outside.fds().len() >= 3);
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        for more in [
            &[][..],
            &["--unshare-net"],
            &["--unshare-user", "--disable-userns"],
        ] {
            let bwrap = roots::bare(ours())
                .fd(11, fds::data(b"x"))
                .fd(12, fds::words(&[]));
            let bwrap = bwrap
                .fd(13, fds::open(canary.path()))
                .fd(14, fds::data(&aril_tests::filter::allow()));
            let bwrap = bwrap.args(["--args", "12", "--ro-bind-data", "11", "/data"]);
            let bwrap = bwrap.args([
                "--bind-fd",
                "13",
                "/x",
                "--seccomp",
                "14",
                "--proc",
                "/proc",
            ]);
            let facts = bwrap.args([namespace]).args(more).facts();
            let found: Vec<&i32> = facts.fds().keys().collect();
            let expected: Vec<&i32> = outside.fds().keys().collect();
            assert_eq!(found, expected, "{namespace} {more:?}: {:?}", facts.fds());
        }
    }
    // The control: one that no option consumes is inherited, as clients expect.
    let bwrap = roots::bare(ours())
        .fd(13, fds::data(b"x"))
        .args(["--proc", "/proc"]);
    assert!(bwrap.facts().fds().contains_key(&13));
});

/// What a payload does with init's entries in `/proc`: each line that succeeds says so.
const INIT: &str = "for name in root cwd exe; do readlink /proc/1/$name && echo REACHED $name; \
     ls /proc/1/$name/ && echo REACHED $name; done; readlink /proc/1/fd/* | grep . && echo REACHED fd; \
     for name in environ mem maps auxv stack syscall; do \
     head -c 1 /proc/1/$name >/dev/null && echo REACHED $name; done; \
     (: >/proc/1/exe) && echo REACHED write; (: >/proc/1/mem) && echo REACHED write; \
     ls /proc/1/map_files && echo REACHED map_files; readlink /proc/1/task/1/fd/* | grep . && echo REACHED fd; \
     perl -e 'exit(syscall(shift, 0x4206, 1, 0, 0) < 0)' TRACE && echo REACHED trace; true";

/// The number of ptrace(2).
#[cfg(target_arch = "x86_64")]
const TRACE: &str = "101";
/// The number of ptrace(2).
#[cfg(target_arch = "aarch64")]
const TRACE: &str = "117";

escape!(init_shows_nothing, {
    let ways = [
        &["--unshare-pid"][..],
        &["--unshare-pid", "--cap-drop", "ALL"],
        &["--unshare-pid", "--unshare-user", "--uid", "7"],
        &["--unshare-pid", "--unshare-user", "--cap-drop", "ALL"],
        &["--unshare-all", "--cap-drop", "ALL", "--uid", "0"],
    ];
    let script = INIT.replace("TRACE", TRACE);
    for args in ways {
        let bwrap = roots::bare(ours()).args(args);
        let bwrap = bwrap.args(["--proc", "/proc", "--dev", "/dev"]);
        let done = bwrap.args(["sh", "-c", &script]).finish().success();
        assert!(!done.stdout.contains("REACHED"), "{args:?}: {done:?}");
    }
});

escape!(init_has_nothing_to_show_to_who_has_all_capabilities, {
    // In its own user namespace such a payload may look: at its own root, and at no memory, no
    // environment and no file of the launcher's.
    let script = "sleep 0.2; cat /proc/1/environ; cat /proc/1/cmdline | tr '\\0' ' '; echo; \
         readlink /proc/1/exe /proc/1/cwd; readlink /proc/1/fd/* | sed 's/:.*//'; \
         stat -Lc %d:%i /proc/1/root; stat -Lc %d:%i /; cat /proc/1/maps | grep -c / ; \
         (echo x >/proc/1/exe) && echo WRITTEN; true";
    let args = [
        "--unshare-user",
        "--unshare-pid",
        "--uid",
        "0",
        "--cap-add",
        "ALL",
    ];
    let bwrap = roots::bare(ours())
        .args(args)
        .args(["--proc", "/proc", "--dev", "/dev"]);
    let bwrap = bwrap
        .env("SECRET", Canary::SECRET)
        .args(["sh", "-c", script]);
    let out = bwrap.finish().success().stdout;
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        !out.contains("WRITTEN") && !out.contains(Canary::SECRET),
        "{out}"
    );
    assert!(!out.contains("/tmp") && !out.contains("ro-bind"), "{out}");
    assert_eq!(lines[2], "/", "{out}");
    assert!(
        lines[3..lines.len() - 3].iter().all(|fd| *fd == "pipe"),
        "{out}"
    );
    assert_eq!(lines[lines.len() - 3], lines[lines.len() - 2], "{out}");
});

escape!(control_another_process_shows_all_that, {
    // The payload's own child, which is as init would be without its protection.
    let script = INIT
        .replace("/proc/1/", "/proc/$$/")
        .replace("TRACE", TRACE);
    let bwrap = roots::bare(ours()).args(["--unshare-pid", "--proc", "/proc", "--dev", "/dev"]);
    let done = bwrap.args(["sh", "-c", &script]).finish().success();
    for name in ["root", "cwd", "exe", "fd", "environ", "mem", "maps", "auxv"] {
        let line = format!("REACHED {name}");
        let is_reached = done.stdout.lines().any(|found| found == line);
        assert!(is_reached || name == "mem", "{name}: {done:?}");
    }
});

/// What a payload reaches of its launcher, where procfs shows it and the user is the same.
pub(crate) fn reach_the_launcher(args: &[&str]) -> String {
    let script = "sed -n 's/^PPid:.//p' /proc/$PPID/status >/tmp/p; read p </tmp/p; \
         cat /proc/$p/comm; ls /proc/$p/root/ && echo REACHED; ls /proc/$p/cwd/ && echo REACHED; \
         readlink /proc/$p/fd/* | grep . && echo REACHED; cat /proc/$p/environ && echo REACHED; \
         (: >/proc/$p/mem) && echo REACHED; \
         perl -e 'exit(syscall(shift, 0x4206, shift, 0, 0) < 0)' TRACE $p && echo REACHED; true";
    let script = script.replace("TRACE", TRACE);
    let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    let bwrap = bwrap.args(args).env("SECRET", Canary::SECRET);
    // `timeout` is the shell's parent, and the launcher one further.
    let done = bwrap
        .args(["timeout", "9", "sh", "-c", &script])
        .finish()
        .success();
    let name = ours().file_name().expect("a name").to_str().expect("text");
    let name = &name[..name.len().min(15)];
    assert!(done.stdout.starts_with(name), "{done:?}");
    done.stdout
}

escape!(the_launcher_is_not_reached_without_a_pid_namespace, {
    // It lies in another user namespace, in which the payload has no capability.
    let out = reach_the_launcher(&["--unshare-user"]);
    assert!(!out.contains("REACHED"), "{out}");
});

escape!(the_program_itself_cannot_be_written, {
    // CVE-2019-5736: by whoever runs it, a root included, where its file is bound writable.
    let scratch = Scratch::new();
    let copy = scratch.at("bwrap");
    fs::copy(ours(), &copy).expect("copy the program");
    let before = fs::read(&copy).expect("read it");
    let script = "for p in /proc/[0-9]*; do (echo x >$p/exe) 2>/dev/null && echo WRITTEN; \
                  (cat $p/exe | head -c 4 >/dev/null) ; done; \
                  (echo x >/proc/1/exe) && echo WRITTEN; true";
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        let bwrap = Bwrap::of(&copy)
            .args(roots::system())
            .args(["--dev", "/dev"]);
        let bwrap = bwrap.args(["--proc", "/proc", namespace, "--ro-bind", &copy, "/bwrap"]);
        let done = bwrap.args(["sh", "-c", script]).finish();
        assert!(!done.stdout.contains("WRITTEN"), "{done:?}");
        assert_eq!(fs::read(&copy).expect("read it"), before, "{namespace}");
    }
});

escape!(control_a_file_that_does_not_run_can_be_written, {
    let scratch = Scratch::new();
    let copy = scratch.at("bwrap");
    fs::copy(ours(), &copy).expect("copy the program");
    let open = fs::File::open(&copy).expect("open it");
    let mut command = Command::new("sh");
    let done = command
        .args(["-c", "echo x >/proc/self/fd/0"])
        .stdin(Stdio::from(open))
        .status();
    assert!(done.expect("run a shell").success());
    assert_eq!(fs::read(&copy).expect("read it"), b"x\n");
});

//! What the launcher knows and the payload must not: its environment, its arguments, paths of the
//! host, other processes' memory (row 18, H12).

use crate::control::{escape, original, ours};
use aril_tests::{Canary, fds, roots};
use std::path::Path;

/// Everything that procfs shows of every process, searched for a word.
const SEARCH: &str = "for f in /proc/*/environ /proc/*/cmdline /proc/*/task/*/environ /proc/*/mountinfo \
     /proc/*/maps /proc/*/comm /proc/*/status; do tr '\\0' '\\n' <$f 2>/dev/null | grep -a $1 ; done; \
     env | grep $1; true";

fn search(program: &Path, args: &[&str], word: &str) -> String {
    let bwrap = roots::bare(program).args(["--unshare-pid", "--proc", "/proc", "--dev", "/dev"]);
    // The word is not an argument of the shell itself.
    let script = SEARCH.replace("$1", "\"$(cat /word)\"");
    let bwrap = bwrap
        .fd(8, fds::data(word.as_bytes()))
        .args(["--ro-bind-data", "8", "/word"]);
    let bwrap = bwrap.args(args).env("SECRET", word);
    bwrap
        .args(["/usr/bin/sh", "-c", &script])
        .finish()
        .success()
        .stdout
}

escape!(the_environment_is_what_was_declared, {
    let clear = [
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/bin",
        "--setenv",
        "A",
        "b",
    ];
    assert_eq!(search(ours(), &clear, "s3cr3t"), "");
    let unset = ["--unsetenv", "SECRET"];
    assert_eq!(search(ours(), &unset, "s3cr3t"), "");
    let out = search(ours(), &[], "s3cr3t");
    assert!(out.contains("SECRET=s3cr3t"), "the control: {out}");
    if let Some(original) = original() {
        let out = search(&original, &clear, "s3cr3t");
        assert!(
            out.contains("SECRET=s3cr3t"),
            "the original's init has it: {out}"
        );
    }
});

escape!(arguments_of_the_launcher_do_not_show, {
    // H12: paths of the host in `/proc/1/cmdline`.
    let args = ["--setenv", "HIDDEN", "w0rd", "--unsetenv", "HIDDEN"];
    assert_eq!(
        search(ours(), &args, "w0rd").replace("SECRET=w0rd\n", ""),
        ""
    );
    if let Some(original) = original() {
        let out = search(&original, &args, "w0rd").replace("SECRET=w0rd\n", "");
        assert!(
            out.contains("w0rd"),
            "the original's init shows them: {out}"
        );
    }
});

escape!(init_has_its_own_name_and_nothing_else, {
    let bwrap = roots::bare(ours()).args(["--unshare-pid", "--proc", "/proc", "--dev", "/dev"]);
    let script = "sleep 0.2; tr '\\0' ' ' </proc/1/cmdline; echo; cat /proc/1/comm; \
                  wc -l </proc/1/status >/dev/null; cat /proc/1/environ 2>/dev/null; true";
    let out = bwrap.env("SECRET", Canary::SECRET).shell(script);
    assert!(
        !out.contains('/') && !out.contains("--") && !out.contains(Canary::SECRET),
        "{out}"
    );
});

escape!(init_is_not_made_to_dump_or_end, {
    let bwrap = roots::bare(ours()).args(["--unshare-pid", "--proc", "/proc", "--dev", "/dev"]);
    let script = "sleep 0.2; for s in SEGV QUIT ABRT TERM KILL STOP; do kill -$s 1; \
                  done; sleep 0.1; grep State /proc/1/status; echo alive; \
                  sleep 9 & kill -SEGV $!; wait $!; echo $?";
    let out = bwrap.shell(script);
    assert!(out.starts_with("State:\tS (sleeping)\nalive\n"), "{out}");
    assert!(out.ends_with("139"), "the control: {out}");
});

escape!(the_host_is_not_named_where_it_is_not_asked_for, {
    let bwrap = roots::bare(ours()).args(["--unshare-uts", "--hostname", "inside"]);
    assert_eq!(bwrap.shell("uname -n"), "inside");
    let outside = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    assert_ne!(outside, "inside", "the host's name is as it was");
    // Without a namespace a new name is refused, not set on the host (#108).
    let done = roots::bare(ours())
        .args(["--hostname", "inside", "true"])
        .finish();
    assert_eq!(done.code(), 1, "{done:?}");
});

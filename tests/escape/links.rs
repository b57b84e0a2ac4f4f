//! The set-up is led out of the new root by a symlink that an earlier payload left in a directory,
//! or by `..`: CVE-2026-87766, CVE-2026-34078 and their kin (H1 for the dots).

use crate::control::{escape, original_before, ours};
use aril_tests::{Bwrap, Canary, Scratch, fds, roots};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// What a link says that wants to lead to a directory of the host.
fn forms(host: &str) -> Vec<String> {
    vec![
        format!("/oldroot{host}"),
        host.to_owned(),
        format!("../../../../../../..{host}"),
        format!("../../../../oldroot{host}"),
        format!("../oldroot{host}"),
        format!("/../oldroot{host}"),
        format!("/newroot/../oldroot{host}"),
        format!("/proc/self/root{host}"),
        format!("/proc/thread-self/root{host}"),
        format!("/proc/1/root{host}"),
        "/proc/self/cwd".to_owned(),
        "/proc/self/fd/9".to_owned(),
        format!("/proc/self/fd/9/../../..{host}"),
        "/dev/fd/9".to_owned(),
    ]
}

/// Operations below a link `T`. The second list leaves no trace on the host even where it gets out.
const OPERATIONS: &[&str] = &[
    "--dir T/made",
    "--dir T/made/below",
    "--perms 0777 --dir T/sub",
    "--symlink x T/made",
    "--file 8 T/made",
    "--file 8 T/file",
    "--perms 0666 --file 8 T/sub/made",
    "--chmod 0777 T",
    "--chmod 0666 T/file",
    "--bind /usr T/made",
    "--ro-bind /etc/passwd T/made",
    "--dev-bind /dev/null T/made",
    "--tmpfs T/made",
    "--bind-data 8 T/made",
    "--ro-bind-data 8 T/made",
    "--proc T/made",
    "--dev T/made",
    "--mqueue T/made",
];
const TRACELESS: &[&str] = &[
    "--remount-ro T",
    "--remount-ro T/sub",
    "--tmpfs T",
    "--bind /usr T",
    "--ro-bind-data 8 T/file",
    "--dir T",
    "--symlink x T",
    "--file 8 T",
];

/// A sandbox with the evil directory at `/mnt`, in one of two roots.
fn sandbox(program: &Path, root: &str, canary: &Canary, evil: &str) -> Bwrap {
    let bwrap = match root {
        "host" => roots::host(program),
        _ => roots::bare(program).args(["--proc", "/proc", "--dev", "/dev"]),
    };
    bwrap
        .fd(8, fds::data(b"written"))
        .fd(9, fds::open(canary.path()))
        .current_dir(canary.path())
        .args(["--bind", evil, "/mnt"])
}

fn operation(words: &str, target: &str) -> Vec<String> {
    words
        .split(' ')
        .map(|word| word.replacen('T', target, usize::from(word.starts_with('T'))))
        .collect()
}

escape!(no_link_leads_out_of_the_root, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let evil = scratch.dir("evil");
    for form in forms(canary.path()) {
        let link = scratch.at("evil/link");
        symlink(&form, &link).expect("leave a symlink");
        for root in ["host", "bare"] {
            for words in OPERATIONS.iter().chain(TRACELESS) {
                let bwrap = sandbox(ours(), root, &canary, &evil);
                let done = bwrap
                    .args(operation(words, "/mnt/link"))
                    .args(["true"])
                    .finish();
                assert!(matches!(done.code(), 0 | 1), "{done:?}");
                canary.unchanged(&format!("{form} {root} {words}: {done:?}"));
            }
        }
        fs::remove_file(link).expect("remove the symlink");
    }
});

escape!(control_links_lead_the_original_out_of_the_root, {
    let Some(original) = original_before(12, 0) else {
        return;
    };
    let scratch = Scratch::new();
    let mut canary = Canary::new(&scratch);
    let evil = scratch.dir("evil");
    let link = scratch.at("evil/link");
    symlink(format!("/oldroot{}", canary.path()), &link).expect("leave a symlink");
    for words in OPERATIONS
        .iter()
        .filter(|words| !words.contains(" --dir T/sub") && !words.contains("--bind-data"))
    {
        let bwrap = sandbox(&original, "host", &canary, &evil);
        let done = bwrap
            .args(operation(words, "/mnt/link"))
            .args(["true"])
            .finish();
        assert!(
            canary.is_changed(),
            "{words} did not reach the host: {done:?}"
        );
        canary.restore(&scratch);
    }
    // The magic link to an inherited directory does the same.
    fs::remove_file(&link).expect("remove the symlink");
    symlink("/oldroot/proc/self/fd/9", &link).expect("leave a symlink");
    let bwrap =
        sandbox(&original, "host", &canary, &evil).args(["--dir", "/mnt/link/made", "true"]);
    let done = bwrap.finish();
    assert!(canary.is_changed(), "{done:?}");
});

escape!(no_dots_lead_out_of_the_root, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let evil = scratch.dir("evil");
    let host = canary.path().to_owned();
    for target in [
        format!("/../oldroot{host}"),
        format!("../oldroot{host}"),
        format!("../../../../oldroot{host}"),
        format!("/mnt/../../oldroot{host}"),
        format!("/mnt/../../../../../..{host}"),
        format!("/./..//../oldroot{host}"),
        format!("/proc/self/root{host}"),
        "/proc/self/cwd".to_owned(),
        "/proc/self/fd/9".to_owned(),
    ] {
        for root in ["host", "bare"] {
            for words in OPERATIONS.iter().chain(TRACELESS) {
                let bwrap = sandbox(ours(), root, &canary, &evil);
                let done = bwrap
                    .args(operation(words, &target))
                    .args(["true"])
                    .finish();
                canary.unchanged(&format!("{target} {root} {words}: {done:?}"));
            }
        }
    }
});

escape!(control_dots_lead_the_original_out_of_the_root, {
    let Some(original) = original_before(12, 0) else {
        return;
    };
    let scratch = Scratch::new();
    let mut canary = Canary::new(&scratch);
    let evil = scratch.dir("evil");
    for form in ["/../oldroot", "/mnt/../../oldroot"] {
        for words in [
            "--dir T/made",
            "--symlink x T/made",
            "--file 8 T/file",
            "--chmod 0777 T",
        ] {
            let bwrap = sandbox(&original, "host", &canary, &evil);
            let target = format!("{form}{}", canary.path());
            let done = bwrap
                .args(operation(words, &target))
                .args(["true"])
                .finish();
            assert!(canary.is_changed(), "{form} {words}: {done:?}");
            canary.restore(&scratch);
        }
    }
});

escape!(a_link_inside_the_root_is_followed, {
    // bubblewrap #801: what distributions have must go on working.
    let scratch = Scratch::new();
    let var = scratch.dir("var");
    symlink("/run", scratch.at("var/run")).expect("make a symlink");
    symlink("../run", scratch.at("var/relative")).expect("make a symlink");
    let bwrap = roots::bare(ours()).fd(8, fds::data(b"written"));
    let bwrap = bwrap.args([
        "--dir",
        "/run",
        "--bind",
        &var,
        "/var",
        "--dir",
        "/var/run/made",
    ]);
    let bwrap = bwrap.args([
        "--file",
        "8",
        "/var/relative/file",
        "--tmpfs",
        "/var/run/tmp",
    ]);
    let out = bwrap.shell("ls /run; cat /run/file");
    assert_eq!(out, "file\nmade\ntmp\nwritten");
    assert_eq!(
        fs::read_dir(&var).expect("list").count(),
        2,
        "nothing else was made"
    );
});

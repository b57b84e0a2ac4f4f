//! The text of each malformed use. Clients show these to users and search bug trackers for them.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::Bwrap;

fn refused(args: &[&str], text: &str) {
    let done = Bwrap::new().args(args).finish();
    assert_eq!(done.stderr, format!("bwrap: {text}\n"), "{args:?}");
    assert_eq!(done.code(), 1, "{args:?}");
}

/// With no value at all, and where two are needed with one.
fn lacking(options: &[&str], text: &str, values: usize) {
    for option in options {
        let text = text.replace("%s", option);
        for given in 0..values {
            let args = std::iter::once(*option).chain(std::iter::repeat_n("1", given));
            refused(&args.collect::<Vec<_>>(), &text);
        }
    }
}

compliance!(one_value_is_missing, {
    let options = [
        "--args",
        "--proc",
        "--exec-label",
        "--file-label",
        "--dev",
        "--tmpfs",
        "--mqueue",
        "--dir",
        "--lock-file",
        "--sync-fd",
        "--block-fd",
        "--userns-block-fd",
        "--info-fd",
        "--json-status-fd",
        "--seccomp",
        "--add-seccomp-fd",
        "--userns",
        "--userns2",
        "--pidns",
        "--unsetenv",
        "--uid",
        "--gid",
        "--hostname",
        "--cap-add",
        "--cap-drop",
        "--perms",
        "--size",
    ];
    lacking(&options, "%s takes an argument", 1);
    lacking(&["--chdir", "--remount-ro"], "%s takes one argument", 1);
});

compliance!(one_of_two_values_is_missing, {
    let options = [
        "--bind",
        "--bind-try",
        "--dev-bind",
        "--dev-bind-try",
        "--ro-bind",
        "--ro-bind-try",
        "--file",
        "--bind-data",
        "--ro-bind-data",
        "--symlink",
        "--setenv",
        "--chmod",
    ];
    lacking(&options, "%s takes two arguments", 2);
    lacking(
        &["--bind-fd", "--ro-bind-fd"],
        "--bind-fd takes two arguments",
        2,
    );
});

compliance!(values_of_overlays_are_missing, {
    lacking(&["--overlay"], "--overlay takes three arguments", 3);
    lacking(
        &["--tmp-overlay", "--ro-overlay"],
        "%s takes an argument",
        1,
    );
});

compliance!(descriptors_are_numbers, {
    for word in ["-1", "x", "", "1x", " "] {
        let text = format!("Invalid fd: {word}");
        for option in [
            "--args",
            "--sync-fd",
            "--block-fd",
            "--userns-block-fd",
            "--info-fd",
            "--json-status-fd",
            "--seccomp",
            "--add-seccomp-fd",
            "--userns",
            "--userns2",
            "--pidns",
        ] {
            refused(&[option, word], &text);
        }
        for option in [
            "--bind-fd",
            "--ro-bind-fd",
            "--file",
            "--bind-data",
            "--ro-bind-data",
        ] {
            refused(&[option, word, "/x"], &text);
        }
    }
});

compliance!(perms_are_octal_and_small, {
    for word in ["", "8", "9", "10000", "0x7", "-1", "7 ", "a"] {
        refused(
            &["--perms", word, "--dir", "/x"],
            "--perms takes an octal argument <= 07777",
        );
    }
});

compliance!(sizes_are_numbers_and_not_too_large, {
    for word in ["", "0", "x", "-1", "1k", " 1", "99999999999999999999"] {
        let text = "--size takes a non-zero number of bytes";
        refused(&["--size", word, "--tmpfs", "/x"], text);
    }
    let text = format!("--size (for tmpfs) is limited to {}", usize::MAX / 2);
    refused(&["--size", "9223372036854775808", "--tmpfs", "/x"], &text);
});

compliance!(modifiers_need_what_they_modify, {
    let text = "--perms must be followed by an option that creates a file";
    for args in [
        &["--perms", "700", "--bind", "/", "/"][..],
        &["--perms", "700", "--symlink", "a", "/b"],
        &["--perms", "700", "--unshare-ipc"],
        &["--perms", "700", "--chmod", "700", "/"],
        &["--perms", "700", "--proc", "/proc"],
    ] {
        refused(args, text);
    }
    let text = "--size must be followed by --tmpfs";
    refused(&["--size", "4096", "--dir", "/x"], text);
    refused(&["--size", "4096", "--unshare-ipc"], text);
    refused(&["--perms", "700", "--size", "4096", "--dir", "/x"], text);
    refused(
        &["--perms", "1", "--perms", "1"],
        "--perms given twice for the same action",
    );
    refused(
        &["--size", "1", "--size", "1"],
        "--size given twice for the same action",
    );
});

compliance!(a_modifier_before_the_command_is_ignored, {
    host().args(["--perms", "700", "true"]).finish().success();
    host()
        .args(["--size", "4096", "--", "true"])
        .finish()
        .success();
});

compliance!(labels_need_selinux, {
    if std::path::Path::new("/sys/fs/selinux/enforce").exists() {
        aril_tests::skip::skip("SELinux is on");
    }
    refused(
        &["--exec-label", "l", "true"],
        "labeling not supported on this system",
    );
    refused(
        &["--file-label", "l", "true"],
        "labeling not supported on this system",
    );
});

compliance!(errors_are_found_in_the_order_of_the_words, {
    refused(&["--bogus", "--uid", "x"], "Unknown option --bogus");
    refused(&["--uid", "x", "--bogus"], "Invalid uid: x");
    refused(
        &["--hostname", "h", "--as-pid-1", "--bogus"],
        "Unknown option --bogus",
    );
});

compliance!(conflicts_are_found_after_the_words, {
    let text = "--userns-block-fd requires --unshare-user";
    refused(
        &[
            "--userns-block-fd",
            "9",
            "--hostname",
            "h",
            "--as-pid-1",
            "true",
        ],
        text,
    );
    let text = "Specifying --hostname requires --unshare-uts";
    refused(&["--as-pid-1", "--hostname", "h", "true"], text);
});

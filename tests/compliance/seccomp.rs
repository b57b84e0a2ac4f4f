//! `--seccomp`, `--add-seccomp-fd`: raw programs, as libseccomp exports them. They are installed
//! last, in the order given, in the command and in init.

use crate::judge::compliance;
use crate::roots::{bare_without_proc, host};
use aril_tests::{fds, filter};

const EACCES: u32 = 13;
const EPERM: u32 = 1;

compliance!(a_program_is_installed, {
    let bwrap = || host().fd(9, fds::data(&filter::deny(filter::UNAME, EACCES)));
    for option in ["--seccomp", "--add-seccomp-fd"] {
        let facts = host()
            .fd(9, fds::data(&filter::allow()))
            .args([option, "9"])
            .facts();
        assert_eq!(
            (facts.status().seccomp, facts.status().seccomp_filters),
            (2, 1),
            "{option}"
        );
        assert!(!facts.fds().contains_key(&9), "{option} closes its source");
        let done = bwrap().args([option, "9", "uname"]).finish();
        assert!(done.stderr.contains("Permission denied"), "{done:?}");
    }
});

compliance!(without_the_option_there_is_none, {
    assert_eq!(host().facts().status().seccomp, 0);
});

compliance!(programs_add_up_and_the_last_one_answers_first, {
    let bwrap = |first, last| {
        let bwrap = host().fd(8, fds::data(&filter::deny(filter::UNAME, first)));
        let bwrap = bwrap.fd(9, fds::data(&filter::deny(filter::UNAME, last)));
        bwrap
            .args(["--add-seccomp-fd", "8", "--add-seccomp-fd", "9", "uname"])
            .finish()
            .stderr
    };
    assert!(bwrap(EPERM, EACCES).contains("Permission denied"));
    assert!(bwrap(EACCES, EPERM).contains("Operation not permitted"));
    let bwrap = host()
        .fd(8, fds::data(&filter::allow()))
        .fd(9, fds::data(&filter::allow()));
    let facts = bwrap
        .args(["--add-seccomp-fd", "8", "--add-seccomp-fd", "9"])
        .facts();
    assert_eq!(facts.status().seccomp_filters, 2);
});

compliance!(init_has_it_too, {
    let bwrap = bare_without_proc().args(["--unshare-pid", "--proc", "/proc", "--seccomp", "9"]);
    // It is installed there after the command has begun: look until it is so.
    let script = "for i in $(seq 100); do grep -q Seccomp:.2 /proc/1/status && break; \
                  sleep 0.1; done; grep Seccomp: /proc/1/status";
    let out = bwrap.fd(9, fds::data(&filter::allow())).shell(script);
    assert_eq!(out, "Seccomp:\t2");
});

compliance!(the_last_seccomp_wins, {
    let bwrap = host().fd(8, fds::data(&filter::deny(filter::UNAME, EPERM)));
    let bwrap = bwrap.fd(9, fds::data(&filter::allow()));
    let done = bwrap
        .args(["--seccomp", "8", "--seccomp", "9", "uname"])
        .finish();
    assert_eq!(
        done.stderr,
        "bwrap: Only the last --seccomp option will take effect\n"
    );
    assert_eq!(done.code(), 0);
});

compliance!(the_forms_do_not_combine, {
    let bwrap = || {
        host()
            .fd(8, fds::data(&filter::allow()))
            .fd(9, fds::data(&filter::allow()))
    };
    let done = bwrap()
        .args(["--seccomp", "8", "--add-seccomp-fd", "9", "true"])
        .finish();
    done.refused("--add-seccomp-fd cannot be combined with --seccomp");
    let done = bwrap()
        .args(["--add-seccomp-fd", "8", "--seccomp", "9", "true"])
        .finish();
    done.refused("--seccomp cannot be combined with --add-seccomp-fd");
});

compliance!(a_length_which_is_no_multiple_of_8_is_refused, {
    for option in ["--seccomp", "--add-seccomp-fd"] {
        let done = host()
            .fd(9, fds::data(b"seven.."))
            .args([option, "9", "true"])
            .finish();
        done.refused("Invalid seccomp data, must be multiple of 8");
    }
});

compliance!(a_closed_descriptor_is_refused, {
    for option in ["--seccomp", "--add-seccomp-fd"] {
        let done = host().args([option, "99", "true"]).finish();
        done.refused("Can't read seccomp data: Bad file descriptor");
    }
});

compliance!(what_the_kernel_refuses_stops_the_start, {
    let text = "Unable to set up system call filtering as requested: prctl(PR_SET_SECCOMP) \
                reported EINVAL. (Hint: this requires a kernel configured with CONFIG_SECCOMP and \
                CONFIG_SECCOMP_FILTER.)";
    for program in [filter::invalid(), Vec::new()] {
        let done = host()
            .fd(9, fds::data(&program))
            .args(["--seccomp", "9", "true"])
            .finish();
        done.refused(text);
    }
});

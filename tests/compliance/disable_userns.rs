//! `--disable-userns`, `--assert-userns-disabled`: less of the kernel is within reach.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::Bwrap;

const TRY: &str = "unshare --user true 2>&1 || true";

compliance!(user_namespaces_cannot_be_made_inside, {
    let out = host()
        .args(["--unshare-user", "--disable-userns"])
        .shell(TRY);
    assert!(out.ends_with("No space left on device"), "{out}");
    assert_eq!(
        host().args(["--unshare-user"]).shell(TRY),
        "",
        "the control"
    );
});

compliance!(not_even_with_all_capabilities, {
    let args = [
        "--unshare-user",
        "--uid",
        "0",
        "--cap-add",
        "ALL",
        "--disable-userns",
    ];
    let out = host().args(args).shell(TRY);
    assert!(out.ends_with("No space left on device"), "{out}");
});

compliance!(ids_stay_as_they_are, {
    let args = [
        "--unshare-user",
        "--disable-userns",
        "--uid",
        "12",
        "--gid",
        "34",
    ];
    let facts = bare().args(["--dev", "/dev"]).args(args).facts();
    assert_eq!((facts.uid, facts.gid), ((12, 12), (34, 34)));
});

compliance!(it_works_without_a_procfs_inside, {
    let bwrap = crate::roots::bare_without_proc();
    let out = bwrap
        .args(["--unshare-user", "--disable-userns"])
        .shell(TRY);
    assert!(out.ends_with("No space left on device"), "{out}");
});

compliance!(an_assertion_holds_or_stops_the_start, {
    let done = host()
        .args(["--unshare-user", "--assert-userns-disabled", "true"])
        .finish();
    done.refused("creation of new user namespaces was not disabled as requested");
    let args = [
        "--unshare-user",
        "--disable-userns",
        "--assert-userns-disabled",
        "true",
    ];
    host().args(args).finish().success();
});

compliance!(other_options_are_needed_or_excluded, {
    let refused = |args: &[&str], text| Bwrap::new().args(args).finish().refused(text);
    refused(
        &["--disable-userns", "true"],
        "--disable-userns requires --unshare-user",
    );
    let text = "--disable-userns requires --unshare-user";
    refused(&["--unshare-user-try", "--disable-userns", "true"], text);
    let args = [
        "--unshare-user",
        "--disable-userns",
        "--userns-block-fd",
        "8",
        "--info-fd",
        "9",
    ];
    let done = Bwrap::new().args(args).args(["true"]).finish();
    done.refused("--disable-userns is not compatible with  --userns-block-fd");
});

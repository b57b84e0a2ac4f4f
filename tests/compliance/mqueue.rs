//! `--mqueue`.

use crate::judge::compliance;
use crate::roots::bare;
use aril_tests::is_root;

compliance!(it_is_mounted, {
    let facts = bare().args(["--unshare-ipc", "--mqueue", "/a/mq"]).facts();
    assert_eq!(facts.mount("/a/mq").kind, "mqueue");
});

compliance!(an_ordinary_user_needs_its_own_ipc_namespace, {
    let done = bare().args(["--mqueue", "/mq", "true"]).finish();
    if is_root() {
        done.success();
    } else {
        done.refused("Can't mount mqueue on /newroot/mq: Operation not permitted");
    }
});

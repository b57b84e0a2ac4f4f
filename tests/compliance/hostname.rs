//! `--hostname`.

use crate::judge::compliance;
use crate::roots::host;

compliance!(the_name_is_set_inside_only, {
    let before = rustix::system::uname().nodename().to_owned();
    let facts = host()
        .args(["--unshare-uts", "--hostname", "seed.example"])
        .facts();
    assert_eq!(facts.hostname, "seed.example");
    assert_eq!(rustix::system::uname().nodename(), before.as_c_str());
});

compliance!(without_it_the_name_is_kept, {
    let facts = host().args(["--unshare-uts"]).facts();
    assert_eq!(
        facts.hostname.as_bytes(),
        rustix::system::uname().nodename().to_bytes()
    );
});

compliance!(it_needs_its_namespace, {
    let done = host().args(["--hostname", "seed", "true"]).finish();
    done.refused("Specifying --hostname requires --unshare-uts");
});

compliance!(a_name_that_is_too_long_is_refused, {
    let name = "x".repeat(65);
    let done = host()
        .args(["--unshare-uts", "--hostname", &name, "true"])
        .finish();
    done.refused(&format!("Can't set hostname to {name}: Invalid argument"));
});

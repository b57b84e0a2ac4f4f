//! What the sandbox has of its own, and what it joins.

use super::{Taken, flag, option};
use crate::draft::Draft;
use crate::numbers;
use crate::table::{FD, Kind, Row, value};
use aril_sandbox::spec::{Network, Share};
use std::ffi::OsString;

pub(crate) const ROWS: &[Row] = &[
    option(
        "--unshare-all",
        &[],
        "Make a new namespace of every kind that can be had",
        take_all,
    )
    .more(
        "It is the same as --unshare-user-try --unshare-ipc --unshare-pid --unshare-net \
         --unshare-uts --unshare-cgroup-try.",
    ),
    option(
        "--share-net",
        &[],
        "Keep the host's network after all",
        |draft, _, _| set(&mut draft.spec.namespaces.network, Network::Host),
    )
    .more("It has to come after the option that it takes back."),
    option(
        "--unshare-user",
        &[],
        "Make a new user namespace",
        |draft, _, _| flag(&mut draft.wishes.user),
    )
    .more("Without root and without --userns it is always made."),
    option(
        "--unshare-user-try",
        &[],
        "Make a new user namespace if that is possible",
        |draft, _, _| flag(&mut draft.wishes.user_if_possible),
    ),
    option(
        "--unshare-ipc",
        &[],
        "Make a new IPC namespace",
        |draft, _, _| set(&mut draft.spec.namespaces.ipc, Share::New),
    ),
    option(
        "--unshare-pid",
        &[],
        "Make a new pid namespace",
        |draft, _, _| flag(&mut draft.wishes.pid),
    ),
    option(
        "--unshare-net",
        &[],
        "Make a new network, in which there is only a loopback interface",
        |draft, _, _| set(&mut draft.spec.namespaces.network, Network::None),
    ),
    option(
        "--unshare-uts",
        &[],
        "Make a new UTS namespace, which has its own host name",
        |draft, _, _| set(&mut draft.spec.namespaces.uts, Share::New),
    ),
    option(
        "--unshare-cgroup",
        &[],
        "Make a new cgroup namespace",
        |draft, _, _| flag(&mut draft.wishes.cgroup),
    ),
    option(
        "--unshare-cgroup-try",
        &[],
        "Make a new cgroup namespace if the kernel has that kind",
        |draft, _, _| flag(&mut draft.wishes.cgroup_if_possible),
    ),
    option("--userns", &[FD], "Join the user namespace FD", take_userns)
        .more("It excludes --unshare-user.")
        .last_wins(),
    option(
        "--userns2",
        &[FD],
        "Join the user namespace FD when the tree is built",
        take_userns2,
    )
    .last_wins(),
    option("--pidns", &[FD], "Join the pid namespace FD", take_pidns)
        .more("With --unshare-pid a new one is made below it.")
        .last_wins(),
    option(
        "--disable-userns",
        &[],
        "Let no further user namespace be made inside",
        |draft, _, _| flag(&mut draft.wishes.forbid_nested_users),
    )
    .more("It needs --unshare-user."),
    option(
        "--assert-userns-disabled",
        &[],
        "Fail if a further user namespace could be made inside",
        |draft, _, _| flag(&mut draft.spec.namespaces.assert_no_user_namespaces),
    ),
    option(
        "--hostname",
        &[value("NAME", Kind::Word)],
        "Use this host name inside",
        take_hostname,
    )
    .more("It needs --unshare-uts.")
    .last_wins(),
];

fn set<T>(place: &mut T, value: T) -> Taken {
    *place = value;
    Ok(())
}

fn take_all(draft: &mut Draft, _: &Row, _: &[OsString]) -> Taken {
    let namespaces = &mut draft.spec.namespaces;
    namespaces.ipc = Share::New;
    namespaces.uts = Share::New;
    namespaces.network = Network::None;
    draft.wishes.user_if_possible = true;
    draft.wishes.cgroup_if_possible = true;
    draft.wishes.pid = true;
    Ok(())
}

fn take_userns(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    draft.wishes.join_user = Some(numbers::fd(&values[0])?);
    Ok(())
}

fn take_userns2(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    draft.spec.namespaces.late_user = Some(numbers::fd(&values[0])?);
    Ok(())
}

fn take_pidns(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    draft.wishes.join_pid = Some(numbers::fd(&values[0])?);
    Ok(())
}

fn take_hostname(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    draft.spec.namespaces.host_name = Some(values[0].clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{base, refused, root_spec, spec};
    use aril_sandbox::spec::{Nesting, Network, NewUserNs, PidNs, Share, UserNs};

    fn open_user() -> NewUserNs {
        NewUserNs {
            nesting: Nesting::Allowed,
            ..NewUserNs::default()
        }
    }

    #[test]
    fn each_kind_by_itself() {
        let mut expected = base();
        expected.namespaces.ipc = Share::New;
        assert_eq!(spec("--unshare-ipc true"), expected);
        let mut expected = base();
        expected.namespaces.pid = PidNs::New;
        assert_eq!(spec("--unshare-pid true"), expected);
        let mut expected = base();
        expected.namespaces.network = Network::None;
        assert_eq!(spec("--unshare-net true"), expected);
        let mut expected = base();
        expected.namespaces.uts = Share::New;
        assert_eq!(spec("--unshare-uts true"), expected);
        let mut expected = base();
        expected.namespaces.cgroup = Share::New;
        assert_eq!(spec("--unshare-cgroup true"), expected);
        assert_eq!(spec("--unshare-cgroup --unshare-cgroup-try true"), expected);
        expected.namespaces.cgroup = Share::NewIfPossible;
        assert_eq!(spec("--unshare-cgroup-try true"), expected);
    }

    #[test]
    fn all_is_every_kind_and_the_network_can_be_taken_back() {
        let mut expected = base();
        expected.namespaces.ipc = Share::New;
        expected.namespaces.pid = PidNs::New;
        expected.namespaces.network = Network::None;
        expected.namespaces.uts = Share::New;
        expected.namespaces.cgroup = Share::NewIfPossible;
        assert_eq!(spec("--unshare-all true"), expected);
        assert_eq!(spec("--share-net --unshare-all true"), expected);
        expected.namespaces.network = Network::Host;
        assert_eq!(spec("--unshare-all --share-net true"), expected);
    }

    #[test]
    fn only_root_can_do_without_a_user_namespace() {
        assert_eq!(spec("true").namespaces.user, UserNs::New(open_user()));
        assert_eq!(
            spec("--unshare-user-try true").namespaces.user,
            UserNs::New(open_user())
        );
        assert_eq!(root_spec("true").namespaces.user, UserNs::Host);
        let tried = root_spec("--unshare-user-try true");
        assert_eq!(tried.namespaces.user, UserNs::NewIfPossible(open_user()));
        for text in [
            "--unshare-user true",
            "--unshare-user-try --unshare-user true",
        ] {
            assert_eq!(root_spec(text).namespaces.user, UserNs::New(open_user()));
        }
    }

    #[test]
    fn namespaces_are_joined() {
        assert_eq!(spec("--userns 7 true").namespaces.user, UserNs::Join(7));
        assert_eq!(spec("--userns2 7 true").namespaces.late_user, Some(7));
        assert_eq!(spec("--pidns 7 true").namespaces.pid, PidNs::Join(7));
        let below = spec("--pidns 7 --unshare-pid true");
        assert_eq!(below.namespaces.pid, PidNs::NewBelow(7));
        refused(
            "--userns 7 --unshare-user true",
            "--userns not compatible --unshare-user",
        );
        for option in ["--unshare-all", "--unshare-user-try"] {
            refused(
                &format!("--userns 7 {option} true"),
                "--userns not compatible --unshare-user-try",
            );
        }
        for option in ["--userns", "--userns2", "--pidns"] {
            refused(&format!("{option} x true"), "Invalid fd: x");
        }
    }

    #[test]
    fn further_user_namespaces() {
        let made = spec("--unshare-user --disable-userns true");
        assert_eq!(made.namespaces.user, UserNs::New(NewUserNs::default()));
        assert!(
            spec("--assert-userns-disabled true")
                .namespaces
                .assert_no_user_namespaces
        );
        for text in [
            "--disable-userns true",
            "--unshare-user-try --disable-userns true",
        ] {
            refused(text, "--disable-userns requires --unshare-user");
        }
        refused(
            "--unshare-user --disable-userns --userns-block-fd 8 --info-fd 9 true",
            "--disable-userns is not compatible with  --userns-block-fd",
        );
    }

    #[test]
    fn a_host_name_needs_its_namespace() {
        let made = spec("--hostname seed --unshare-uts true");
        assert_eq!(made.namespaces.host_name, Some("seed".into()));
        refused(
            "--hostname seed true",
            "Specifying --hostname requires --unshare-uts",
        );
    }
}

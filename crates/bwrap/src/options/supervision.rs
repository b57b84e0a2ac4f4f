//! What is told about the sandbox, what it waits for, and what ends with what.

use super::{Taken, flag, option};
use crate::draft::Draft;
use crate::numbers;
use crate::table::{DEST, FD, Row};
use aril_sandbox::spec::Session;
use std::ffi::OsString;

pub(crate) const ROWS: &[Row] = &[
    option(
        "--lock-file",
        &[DEST],
        "Hold a shared lock on DEST while the sandbox runs",
        take_lock,
    )
    .more("DEST is a path inside. The lock is taken before COMMAND starts."),
    option(
        "--sync-fd",
        &[FD],
        "Keep FD open while the sandbox runs",
        take_sync,
    )
    .more(
        "COMMAND does not get it. Its other end sees the end when the sandbox has ended. May be given \
         several times.",
    ),
    option(
        "--block-fd",
        &[FD],
        "Start COMMAND when a byte, or the end, can be read from FD",
        |draft, _, values| put(&mut draft.spec.supervision.block_fd, values),
    )
    .last_wins(),
    option(
        "--userns-block-fd",
        &[FD],
        "Let the caller write the id maps, and go on when FD can be read",
        |draft, _, values| put(&mut draft.userns_block_fd, values),
    )
    .more("It needs --unshare-user, and --info-fd for the process to write the maps of.")
    .last_wins(),
    option(
        "--info-fd",
        &[FD],
        "Write the process id and the namespaces of the sandbox to FD, as JSON",
        |draft, _, values| put(&mut draft.info_fd, values),
    )
    .last_wins(),
    option(
        "--json-status-fd",
        &[FD],
        "Write the same to FD, and later COMMAND's exit status, as lines of JSON",
        |draft, _, values| put(&mut draft.json_status_fd, values),
    )
    .last_wins(),
    option(
        "--new-session",
        &[],
        "Start a new session, out of the terminal's control",
        take_new_session,
    )
    .more("A program in the terminal's session may be able to type into that terminal."),
    option(
        "--die-with-parent",
        &[],
        "Kill the sandbox when this program or its parent ends",
        |draft, _, _| flag(&mut draft.spec.supervision.die_with_launcher),
    ),
    option(
        "--as-pid-1",
        &[],
        "Run COMMAND as process 1, without an init",
        |draft, _, _| flag(&mut draft.wishes.as_pid_1),
    )
    .more("It needs --unshare-pid. COMMAND must then reap its orphans."),
    option(
        "--kill-at-exit",
        &[],
        "Kill what is left inside when COMMAND ends",
        |draft, _, _| flag(&mut draft.spec.supervision.kill_at_exit),
    )
    .more("It needs --unshare-pid.")
    .since("Aril"),
    option(
        "--forward-signals",
        &[],
        "Pass SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 on to COMMAND",
        |draft, _, _| flag(&mut draft.forward_signals),
    )
    .more("What a terminal's keys send reaches COMMAND by itself, and is not passed on again.")
    .since("Aril"),
];

fn put(place: &mut Option<i32>, values: &[OsString]) -> Taken {
    *place = Some(numbers::fd(&values[0])?);
    Ok(())
}

fn take_lock(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    draft.spec.supervision.locks.push(values[0].clone().into());
    Ok(())
}

fn take_sync(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let fd = numbers::fd(&values[0])?;
    draft.spec.supervision.sync_fds.push(fd);
    Ok(())
}

fn take_new_session(draft: &mut Draft, _: &Row, _: &[OsString]) -> Taken {
    draft.spec.program.session = Session::New;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{base, invocation, parse_text, refused, spec};
    use super::*;
    use aril_sandbox::spec::{IdMaps, Init, UserNs};

    #[test]
    fn flags() {
        let mut expected = base();
        expected.program.session = Session::New;
        expected.supervision.die_with_launcher = true;
        assert_eq!(spec("--new-session --die-with-parent true"), expected);
        assert!(invocation("--forward-signals true").forward_signals);
        assert!(
            spec("--unshare-pid --kill-at-exit true")
                .supervision
                .kill_at_exit
        );
        refused(
            "--kill-at-exit true",
            "Specifying --kill-at-exit requires --unshare-pid",
        );
    }

    #[test]
    fn process_1() {
        let made = spec("--as-pid-1 --unshare-pid true");
        assert_eq!(made.supervision.init, Init::PayloadIsFirst);
        refused(
            "--as-pid-1 true",
            "Specifying --as-pid-1 requires --unshare-pid",
        );
        refused(
            "--as-pid-1 --unshare-pid --lock-file /a true",
            "Specifying --as-pid-1 and --lock-file is not permitted",
        );
    }

    #[test]
    fn descriptors_and_locks() {
        let mut expected = base();
        expected.supervision.locks = vec!["/a".into(), "/b".into()];
        expected.supervision.sync_fds = vec![7, 9];
        expected.supervision.block_fd = Some(8);
        let text = "--lock-file /a --lock-file /b --sync-fd 7 --sync-fd 9 --block-fd 8 true";
        assert_eq!(spec(text), expected);
    }

    #[test]
    fn the_status_needs_an_announcement() {
        for (text, info, status) in [
            ("--info-fd 8 true", Some(8), None),
            ("--json-status-fd 9 true", None, Some(9)),
            ("--info-fd 8 --json-status-fd 9 true", Some(8), Some(9)),
        ] {
            let made = invocation(text);
            assert!(made.spec.supervision.announce);
            assert_eq!((made.info_fd, made.json_status_fd), (info, status));
            let own: Vec<i32> = info.into_iter().chain(status).collect();
            assert_eq!(made.spec.supervision.launcher_fds, own);
        }
        assert!(!invocation("true").spec.supervision.announce);
    }

    #[test]
    fn foreign_maps_need_more_options() {
        let made = spec("--unshare-user --info-fd 8 --userns-block-fd 9 true");
        let UserNs::New(new) = made.namespaces.user else {
            panic!("{made:?}");
        };
        assert_eq!(new.maps, IdMaps::External { ready: 9 });
        refused(
            "--userns-block-fd 9 true",
            "--userns-block-fd requires --unshare-user",
        );
        refused(
            "--unshare-user --userns-block-fd 9 true",
            "--userns-block-fd requires --info-fd",
        );
    }

    #[test]
    fn the_last_one_counts_with_a_warning() {
        for option in [
            "--block-fd",
            "--info-fd",
            "--json-status-fd",
            "--seccomp",
            "--userns",
            "--userns2",
            "--pidns",
            "--uid",
            "--gid",
            "--chdir",
        ] {
            let parsed = parse_text(&format!("{option} 8 {option} 9 {option} 7 true"));
            let single = parse_text(&format!("{option} 7 true"));
            assert_eq!(parsed.request, single.request, "{option}");
            let texts: Vec<String> = parsed
                .notes
                .warnings
                .iter()
                .map(ToString::to_string)
                .collect();
            let text = format!("Only the last {option} option will take effect");
            assert_eq!(texts, [text.as_str(), &text]);
        }
    }
}

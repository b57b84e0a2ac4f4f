//! The bus as an application sees it, through the real proxy and a real bus.

#[path = "launched/mod.rs"]
mod launched;
#[path = "buses/session.rs"]
mod session;

use aril_flatpak::bus::{Connection, Documents, ProxyError, Words};
use aril_flatpak::compose::Part;
use aril_sandbox::Outcome;
use launched::{spec, start};
use session::{ID, INFO, Session, with_peer};
use std::fs;
use std::os::fd::AsRawFd;
use std::path::Path;

/// What a script prints in a sandbox that has the part, environment included.
fn inside(script: &str, part: &Part) -> String {
    let mut spec = spec(&with_peer(script), part);
    let changes = part.environment.iter().cloned();
    spec.program.environment.extend(changes);
    spec.supervision.sync_fds = part.kept.iter().map(AsRawFd::as_raw_fd).collect();
    let nothing = aril_sandbox::spec::Stream::Null;
    start(&spec, nothing).unwrap().end()
}

const LIST: &str = "dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
                    org.freedesktop.DBus.ListNames";

#[test]
fn only_granted_names_are_seen() {
    let mut session = Session::new();
    session.own("org.other.Secret");
    session.own("org.other.Seen");
    let part = session.proxy(&context("org.other.Seen=see"), None).unwrap();
    let seen = inside(LIST, &part);
    assert!(
        seen.contains("org.other.Seen") && !seen.contains("Secret"),
        "{seen}"
    );
    let control = session.outside(LIST);
    assert!(control.contains("org.other.Secret"), "{control}");
}

fn context(names: &str) -> aril_flatpak::permissions::Context {
    launched::context(&format!("\n[Session Bus Policy]\n{names}"))
}

/// A call whose exit status tells whether it was answered.
fn call(name: &str) -> String {
    format!(
        "if dbus-send --session --print-reply --dest={name} /x org.x.Any.Method >/dev/null 2>&1; \
         then echo {name} answers; else echo {name} does not; fi"
    )
}

#[test]
fn only_names_to_talk_to_are_called() {
    let mut session = Session::new();
    let names = ["org.other.Secret", "org.other.Seen", "org.other.Talk"];
    for name in names {
        session.own(name);
    }
    let script = names.map(call).join("\n");
    let permissions = context("org.other.Seen=see\norg.other.Talk=talk");
    let part = session.proxy(&permissions, None).unwrap();
    let expected = "org.other.Secret does not\norg.other.Seen does not\norg.other.Talk answers\n";
    assert_eq!(inside(&script, &part), expected);
    let all = names.map(|name| format!("{name} answers\n")).concat();
    assert_eq!(session.outside(&script), all);
}

#[test]
fn only_own_names_are_owned() {
    let session = Session::new();
    let request = |name: &str| {
        format!(
            "dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
             org.freedesktop.DBus.RequestName string:{name} uint32:0 >/dev/null 2>&1 && echo {name}"
        )
    };
    let own = [
        ID,
        "org.aril.Test.Sub",
        "org.mpris.MediaPlayer2.org.aril.Test",
    ];
    let others = [
        "org.other.App",
        "org.aril.Tester",
        "org.freedesktop.portal.Desktop",
    ];
    let script = own.iter().chain(&others).map(|name| request(name));
    let script = script.collect::<Vec<_>>().join("\n") + "\n:";
    let part = session.proxy(&context("org.granted.*=own"), None).unwrap();
    assert_eq!(
        inside(&script, &part),
        own.map(|name| format!("{name}\n")).concat()
    );
    assert_eq!(session.outside(&script).lines().count(), 6);
}

/// CVE-2018-6560: a line that the bus takes for the end of the authentication and the proxy does not
/// would let everything behind it pass unfiltered.
#[test]
fn an_odd_end_of_the_authentication_is_no_way_around() {
    let mut session = Session::new();
    session.own("org.other.Secret");
    let part = session.proxy(&context(""), None).unwrap();
    for begin in [
        "BEGIN  \\r\\n",
        "BEGIN\\t\\r\\n",
        "BEGIN x\\r\\n",
        "\\r\\nBEGIN \\r\\n",
    ] {
        let script = format!("peer smuggle '{begin}' 2>&1 || :");
        let seen = inside(&script, &part);
        assert!(!seen.contains("Secret"), "{begin}: {seen}");
    }
    let control = session.outside("peer names 'BEGIN  \\r\\n'");
    assert!(control.contains("Secret"), "{control}");
}

#[test]
fn the_buses_themselves_are_out_of_reach() {
    let session = Session::new();
    let part = session.proxy(&context(""), None).unwrap();
    let bus = session.runtime_dir().join("bus");
    let script = format!("ls {0} 2>/dev/null; ls /run/flatpak; :", bus.display());
    assert_eq!(inside(&script, &part), "bus\n");
    assert!(bus.exists());
}

/// Portals look at the root of the process that speaks to the bus.
#[test]
fn the_proxy_is_known_by_its_root_and_confined() {
    let session = Session::new();
    let part = session.proxy(&context(""), None).unwrap();
    let pids = session.proxy_pids();
    let [pid] = pids.as_slice() else {
        panic!("not one proxy: {pids:?}");
    };
    let root = Path::new("/proc").join(pid.to_string()).join("root");
    assert_eq!(fs::read(root.join(".flatpak-info")).unwrap(), INFO);
    let mut names: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| {
        !["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"].contains(&&**name)
    });
    names.sort();
    assert_eq!(names, [".flatpak-info", "buses", "etc", "sockets"]);
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap();
    assert_eq!(environment.split(|byte| *byte == 0).count(), 2, "PWD alone");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    for line in [
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
        "CapEff:\t0000000000000000",
        "CapBnd:\t0000000000000000",
    ] {
        assert!(status.contains(line), "{line}: {status}");
    }
    drop(part);
}

#[test]
fn nothing_is_left_and_the_proxy_ends_with_the_sandbox() {
    let session = Session::new();
    let mut part = session.proxy(&context(""), None).unwrap();
    let outer = session.runtime_dir().join(".dbus-proxy");
    assert_eq!(fs::read_dir(&outer).unwrap().count(), 1);
    let pid = session.proxy_pids()[0];
    // The launched sandbox holds the bound socket; nothing of it stays on the host.
    let script = format!("read go; {LIST}");
    let (input, mut go) = std::io::pipe().unwrap();
    let mut spec = spec(&with_peer(&script), &part);
    spec.program
        .environment
        .extend(part.environment.iter().cloned());
    spec.supervision.sync_fds = part.kept.iter().map(AsRawFd::as_raw_fd).collect();
    let input = aril_sandbox::spec::Stream::Fd(input.as_raw_fd());
    let running = start(&spec, input).unwrap();
    part.transient.clear();
    part.kept.clear();
    assert_eq!(fs::read_dir(&outer).unwrap().count(), 0);
    std::io::Write::write_all(&mut go, b"\n").unwrap();
    assert!(running.end().contains("org.freedesktop.DBus"));
    let ended = rustix::process::Pid::from_raw(pid).unwrap();
    // It is our child: its end can be waited for.
    rustix::process::waitpid(Some(ended), rustix::process::WaitOptions::empty()).unwrap();
    assert!(!Path::new("/proc").join(pid.to_string()).exists());
}

#[test]
fn a_proxy_that_fails_stops_the_start() {
    let session = Session::new();
    let said = session
        .proxy(&context(""), Some(Path::new("/usr/bin/false")))
        .unwrap_err();
    assert!(
        matches!(said, ProxyError::Ended(Outcome::Exited(1))),
        "{said}"
    );
    let said = session
        .proxy(&context(""), Some(Path::new("/usr/bin/no-such")))
        .unwrap_err();
    assert!(said.to_string().contains("/usr/bin/no-such"), "{said}");
    let outer = session.runtime_dir().join(".dbus-proxy");
    assert_eq!(fs::read_dir(outer).unwrap().count(), 0);
}

/// The real document portal: a file that the application does not see is forwarded to it.
#[test]
fn a_file_is_forwarded() {
    let session = Session::new();
    let facts = session.facts();
    let mut bus = Connection::to_session_bus(&facts).unwrap();
    let documents = match Documents::find(&mut bus) {
        Ok(documents) => documents,
        Err(why) => return eprintln!("skipped: there is no document portal here: {why}"),
    };
    let id = ID.parse().unwrap();
    let part = match documents.part(&id) {
        Ok(part) => part,
        Err(why) => return eprintln!("skipped: {why}"),
    };
    let place = session.runtime_dir();
    let file = place.join("a b");
    fs::write(&file, "contents").unwrap();
    fs::write(place.join("other"), "not given").unwrap();
    let words = ["cat", "@@", file.to_str().unwrap(), "@@", "other"];
    let words = Words::parse(words.map(Into::into)).unwrap();
    let runtime_dir = Path::new("/run/flatpak");
    let told = words
        .forward(&|_| false, (&id, runtime_dir), &mut bus)
        .unwrap();
    let path = told[1].to_str().unwrap();
    assert!(
        path.starts_with("/run/flatpak/doc/") && path.ends_with("/a b"),
        "{path}"
    );
    assert_eq!((&*told[0], &*told[2]), ("cat".as_ref(), "other".as_ref()));
    let script = format!(
        "cat '{path}'; printf ' and more' >>'{path}'; echo; cd '{}'; ls; \
         cat other 2>/dev/null || echo no other; cat {}/other 2>/dev/null || echo no host",
        path.trim_end_matches("/a b"),
        place.display()
    );
    assert_eq!(inside(&script, &part), "contents\na b\nno other\nno host\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), "contents and more");
    // The portal's own view, outside, has the document too: it is the same filesystem.
    let shown = place.join("doc/by-app").join(ID);
    assert_eq!(fs::read_dir(shown).unwrap().count(), 1);
}

//! `aril run` on the example: what the application can do, and each attack with its control outside.

mod support;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use support::{Case, ID, text};

#[test]
fn the_hello_example_runs() {
    let case = Case::new();
    let output = case.aril(&["run", case.example(), "one word"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stderr), "");
    for words in [
        "I am org.aril.Hello",
        "none but my own, in .var",
        "none but my own loopback",
        "one word",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(
        !said.contains('\x1b'),
        "no colours where there is no terminal"
    );
}

#[test]
fn only_the_own_directory_can_be_written() {
    let case = Case::new();
    for place in [
        "/",
        "/usr",
        "/app",
        "/app/bin",
        "/etc",
        "/.flatpak-info",
        "/etc/passwd",
    ] {
        let script = format!("exec 2>&-; [ -d {place} ] && f={place}/new || f={place}; : >>\"$f\"");
        assert_ne!(case.inside(&script).0, Some(0), "{place}");
    }
    // The control: the very same write, where it is permitted.
    let own = format!("$HOME/.var/app/{ID}");
    for place in [
        &own,
        "/tmp",
        "$XDG_CONFIG_HOME",
        "$XDG_STATE_HOME",
        "$XDG_RUNTIME_DIR",
    ] {
        let script = format!("f={place}/new; : >>\"$f\"");
        assert_eq!(case.inside(&script), (Some(0), String::new()), "{place}");
    }
    assert!(case.home().join(".var/app").join(ID).join("new").exists());
    assert!(
        case.home()
            .join(".var/app")
            .join(ID)
            .join("config/new")
            .exists()
    );
    // The application's own folder could be written outside.
    fs::write(format!("{}/files/new", case.example()), "").unwrap();
}

#[test]
fn other_files_of_the_home_directory_are_out_of_sight() {
    let case = Case::new();
    fs::write(case.home().join("secret"), "s").unwrap();
    fs::create_dir_all(case.home().join(".var/app/org.other.App")).unwrap();
    let list = "cd \"$HOME\" && ls -A . .var/app; cat secret 2>/dev/null";
    let (status, said) = case.inside(list);
    assert_ne!(status, Some(0));
    assert_eq!(said, format!(".:\n.var\n\n.var/app:\n{ID}\n"));
    let (status, said) = case.outside(list);
    assert_eq!(status, Some(0));
    assert!(said.contains("secret") && said.contains("org.other.App") && said.ends_with('s'));
}

#[test]
fn the_network_is_out_of_reach_unless_asked_for() {
    let case = Case::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connect = format!(
        "exec perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(\"127.0.0.1:{port}\") ? 0 : 9)'"
    );
    assert_eq!(case.inside(&connect).0, Some(9));
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert_eq!(case.outside(&connect).0, Some(0));
    case.metadata("[Application]\nname=org.aril.Hello\n[Context]\nshared=network;\n");
    assert_eq!(case.inside(&connect).0, Some(0));
}

#[test]
fn other_processes_are_out_of_sight() {
    let case = Case::new();
    let id = std::process::id();
    // The id of this test, whose environment can be read outside.
    let look = format!("grep -qz ^HOME= /proc/{id}/environ 2>/dev/null");
    assert_ne!(case.inside(&look).0, Some(0));
    assert_eq!(case.outside(&look).0, Some(0));
}

#[test]
fn no_namespace_can_be_made() {
    let case = Case::new();
    let unshare = "unshare --user true 2>/dev/null";
    assert_ne!(case.inside(unshare).0, Some(0));
    assert_eq!(case.outside(unshare).0, Some(0));
}

#[test]
fn exit_statuses() {
    let case = Case::new();
    assert_eq!(case.inside("exit 42").0, Some(42));
    assert_eq!(case.inside("kill -TERM $$").0, Some(128 + 15));
    let status = |command: &str| {
        let command = format!("--command={command}");
        case.aril(&["run", &command, case.example()]).status.code()
    };
    assert_eq!(status("no-such-command"), Some(127));
    assert_eq!(status("/app"), Some(126));
    let absent = case.aril(&["run", "/no/such/folder"]);
    assert_eq!(absent.status.code(), Some(125));
    assert_eq!(
        text(&absent.stderr),
        "aril: open the application, on /no/such/folder: no such file or directory\n"
    );
}

#[test]
fn the_identity_is_told() {
    let case = Case::new();
    let (status, said) =
        case.inside("cat /.flatpak-info; echo $FLATPAK_ID $container $PATH; id -un");
    assert_eq!(status, Some(0));
    assert!(
        said.starts_with("[Application]\nname=org.aril.Hello\n"),
        "{said}"
    );
    assert!(
        said.contains("org.aril.Hello flatpak /app/bin:/usr/bin\n"),
        "{said}"
    );
}

#[test]
fn bad_metadata_is_refused_with_words() {
    let case = Case::new();
    for (metadata, words) in [
        ("nonsense", "read metadata, on "),
        ("[Other]\na=b\n", "neither [Application] nor [Runtime]"),
        ("[Application]\ncommand=x\n", "no name"),
        ("[Application]\nname=../../etc\n", "read id"),
        ("[Runtime]\nname=org.x.Y\n", "a runtime, not an application"),
        ("[Application]\nname=org.x.Y\n", "--command=CMD"),
    ] {
        case.metadata(metadata);
        let output = case.aril(&["run", case.example()]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{metadata}");
        assert!(said.starts_with("aril: ") && said.contains(words), "{said}");
    }
    // The control.
    case.metadata("[Application]\nname=org.x.Y\ncommand=true\n");
    assert_eq!(case.aril(&["run", case.example()]).status.code(), Some(0));
}

#[test]
fn an_unknown_runtime_is_told() {
    let case = Case::new();
    case.metadata("[Application]\nname=org.aril.Hello\nruntime=org.x.P/x86_64/1\n");
    let output = case.aril(&["run", "--command=true", case.example()]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stderr),
        "aril: warning: runtime/org.x.P/x86_64/1 is not installed, so the host's own /usr stands in\n"
    );
}

#[test]
fn shared_memory_works_and_devices_stay_as_they_are() {
    let case = Case::new();
    assert_eq!(case.inside("echo a >/dev/null && : >/dev/shm/a").0, Some(0));
    assert_ne!(case.inside("exec 2>&-; : >/dev/new").0, Some(0));
}

#[test]
fn a_link_of_the_application_leads_nowhere() {
    let case = Case::new();
    let elsewhere = case.home().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let own = case.home().join(".var/app").join(ID);
    fs::create_dir_all(&own).unwrap();
    // The control: the same directory without the link.
    assert_eq!(case.inside("true").0, Some(0));
    for name in ["cache", "data", "config", "cache/tmp"] {
        fs::remove_dir_all(&own).unwrap();
        let link = own.join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(&elsewhere, link).unwrap();
        assert_eq!(case.inside("true").0, Some(125), "{name}");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn explaining_makes_nothing() {
    let case = Case::new();
    let output = case.aril(&["explain", "--steps", "run", case.example()]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said.contains("files on /app (read-only)"), "{said}");
    assert!(!case.home().join(".var").exists());
    for words in ["--help", "--version"] {
        let output = case.aril(&[words]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("aril"));
    }
}

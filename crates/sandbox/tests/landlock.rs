//! Landlock: what it refuses though the mounts would allow it, each with a control without it.

mod support;

use aril_sandbox::spec::{FileRules, Landlock, Need, Network, PathRule, PidNs, Scopes};
use aril_sandbox::{Access, Entry, FileAccess, Host, Outcome, Plan, Spec};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use support::{output, run, shell};

/// Whether this kernel has that ABI; says so if not.
fn has_abi(needed: u32) -> bool {
    let abi = Host::gather().expect("facts").landlock;
    let has = abi.is_some_and(|abi| abi >= needed);
    if !has {
        eprintln!("skipped: Landlock ABI {needed} is needed, this kernel has {abi:?}");
    }
    has
}

fn rule(path: &str, access: FileAccess) -> PathRule {
    PathRule {
        path: path.into(),
        access,
        optional: false,
    }
}

const READ: FileAccess = FileAccess::READ.with(FileAccess::EXECUTE);

/// Only these rights on files; everything under the root can be read.
fn files(rules: &[(&str, FileAccess)]) -> Option<Landlock> {
    let rules = rules.iter().map(|&(path, access)| rule(path, access));
    Some(Landlock {
        files: Some(FileRules {
            handled: FileAccess::of_abi(Host::gather().expect("facts").landlock.unwrap_or(0)),
            rules: rules.collect(),
        }),
        ..Landlock::default()
    })
}

fn with(mut spec: Spec, landlock: Option<Landlock>) -> Spec {
    spec.landlock = landlock;
    spec
}

#[test]
fn a_writable_mount_is_written_only_where_a_rule_says_so() {
    if !has_abi(1) {
        return;
    }
    let mut spec = shell(
        "for place in /open /closed; do (echo x > $place/file) 2>/dev/null && echo written || echo refused; done",
    );
    spec.tree.push(Entry::tmpfs("/open"));
    spec.tree.push(Entry::tmpfs("/closed"));
    let null = ("/dev/null", FileAccess::ALL);
    let rules = [("/", READ), ("/open", FileAccess::ALL), null];
    assert_eq!(
        output(&with(spec.clone(), files(&rules))),
        "written\nrefused\n"
    );
    let both = [rules[0], rules[1], null, ("/closed", FileAccess::ALL)];
    assert_eq!(
        output(&with(spec.clone(), files(&both))),
        "written\nwritten\n"
    );
    assert_eq!(
        output(&with(spec, None)),
        "written\nwritten\n",
        "the control"
    );
}

#[test]
fn what_is_visible_is_not_read_without_a_rule() {
    if !has_abi(1) {
        return;
    }
    let mut spec = shell("cat /secret/file; ls /secret /; true");
    spec.tree.push(Entry::tmpfs("/secret"));
    spec.tree.push(Entry::new(
        "/secret/file",
        aril_sandbox::Node::File {
            mode: 0o644,
            data: aril_sandbox::spec::Data::Bytes(b"tell\n".into()),
        },
    ));
    let programs: Vec<_> = ["/usr", "/bin", "/lib", "/lib64"]
        .into_iter()
        .filter(|path| std::path::Path::new(path).exists())
        .map(|path| (path, READ))
        .collect();
    let seen = output(&with(spec.clone(), files(&programs)));
    assert!(!seen.contains("tell") && !seen.contains("usr\n"), "{seen}");
    assert_eq!(seen.matches("Permission denied").count(), 3, "{seen}");
    let control = output(&with(spec, None));
    assert!(
        control.starts_with("tell\n") && control.contains("usr\n"),
        "{control}"
    );
}

/// A file gets only the rights that files can have, a link inside is followed inside.
#[test]
fn a_rule_for_a_file_or_a_link_is_one_for_what_is_there() {
    if !has_abi(1) {
        return;
    }
    let mut spec = shell("echo x > /dir/file && echo y > /dir/other || echo refused");
    spec.tree.push(Entry::tmpfs("/dir"));
    spec.tree.push(Entry::new(
        "/dir/file",
        aril_sandbox::Node::File {
            mode: 0o644,
            data: aril_sandbox::spec::Data::Bytes(Vec::new()),
        },
    ));
    spec.tree.push(Entry::symlink("/dir/file", "/link"));
    let seen = output(&with(
        spec,
        files(&[("/", READ), ("/link", FileAccess::ALL)]),
    ));
    assert!(
        seen.ends_with("refused\n") && seen.contains("/dir/other"),
        "{seen}"
    );
}

#[test]
fn a_rule_for_nothing_stops_the_start_unless_it_is_optional() {
    if !has_abi(1) {
        return;
    }
    let mut landlock = files(&[("/", READ), ("/missing", READ)]);
    let ran = run(&with(shell("echo ran"), landlock.clone()));
    let Outcome::SetupFailed(failure) = ran.outcome else {
        panic!("{ran:?}");
    };
    let words = failure.to_string();
    assert!(
        words.starts_with("give up rights by Landlock (files:")
            && words.contains("finding or making the target): no such file"),
        "{words}"
    );
    if let Some(files) = landlock
        .as_mut()
        .and_then(|landlock| landlock.files.as_mut())
    {
        files.rules[1].optional = true;
    }
    assert_eq!(output(&with(shell("echo ran"), landlock)), "ran\n");
}

const PORTS: &str = "
import socket, sys
def attempt(name, call, port):
    with socket.socket() as s:
        try:
            getattr(s, call)(('127.0.0.1', port))
            print(name, 'done')
        except OSError as error:
            print(name, error.errno)
attempt('bind', 'bind', int(sys.argv[1]))
attempt('connect', 'connect', int(sys.argv[2]))
";

#[test]
fn tcp_ports_are_bound_and_connected_only_by_rule() {
    if !has_abi(4) {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let open = listener.local_addr().expect("an address").port();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = free.local_addr().expect("an address").port();
    drop(free);
    let mut spec = shell("");
    spec.program.path = "/usr/bin/python3".into();
    spec.program.args = ["-c", PORTS, &own.to_string(), &open.to_string()]
        .map(Into::into)
        .to_vec();
    spec.namespaces.network = Network::Host;
    let ports = |bind: &[u16], connect: &[u16]| {
        Some(Landlock {
            tcp_bind: Some(bind.to_vec()),
            tcp_connect: Some(connect.to_vec()),
            ..Landlock::default()
        })
    };
    let closed = output(&with(spec.clone(), ports(&[], &[])));
    assert_eq!(closed, "bind 13\nconnect 13\n");
    let given = output(&with(spec.clone(), ports(&[own], &[open])));
    assert_eq!(given, "bind done\nconnect done\n");
    assert_eq!(output(&with(spec, None)), given, "the control");
}

#[test]
fn an_abstract_socket_of_the_host_is_out_of_reach() {
    if !has_abi(6) {
        return;
    }
    let name = format!("aril-landlock-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let _listener = UnixListener::bind_addr(&address).expect("listen");
    let mut spec = shell("");
    spec.program.path = "/usr/bin/python3".into();
    let script = "
import socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    s.connect('\\0' + sys.argv[1])
    print('reached')
except OSError as error:
    print(error.errno)
";
    spec.program.args = ["-c", script, &name].map(Into::into).to_vec();
    spec.namespaces.network = Network::Host;
    assert!(Landlock::around(&spec).scopes.abstract_sockets);
    let domain = Landlock::around(&spec);
    assert_eq!(output(&with(spec.clone(), Some(domain))), "1\n");
    assert_eq!(output(&with(spec, None)), "reached\n", "the control");
}

#[test]
fn a_process_of_the_host_gets_no_signal() {
    if !has_abi(6) {
        return;
    }
    let mut sleeper = std::process::Command::new("sleep")
        .arg("300")
        .spawn()
        .expect("sleep");
    let script = format!(
        "kill -0 {} 2>/dev/null && echo reached || echo refused",
        sleeper.id()
    );
    let mut spec = shell(&script);
    spec.namespaces.pid = PidNs::Host;
    // A new /proc shows an own pid namespace only.
    spec.tree
        .retain(|entry| entry.target.as_os_str() != "/proc");
    let scopes = Scopes {
        signals: true,
        ..Scopes::default()
    };
    let domain = Some(Landlock {
        scopes,
        ..Landlock::default()
    });
    assert_eq!(output(&with(spec.clone(), domain)), "refused\n");
    let control = output(&with(spec, None));
    sleeper.kill().expect("it lives");
    sleeper.wait().expect("it ended");
    assert_eq!(control, "reached\n", "the control");
}

/// What fits the tree gives what the tree gives.
#[test]
fn the_domain_around_a_tree_gets_in_nobodys_way() {
    if !has_abi(1) {
        return;
    }
    let mut spec = shell(
        "echo x > /dev/null; echo y > /work/file && cat /work/file; mkdir /work/a /work/b; \
         mv /work/file /work/a && ln /work/a/file /work/b/file; \
         (echo z > /file) 2>/dev/null || echo refused; echo $$ > /proc/self/comm && echo named",
    );
    spec.root.access = Access::ReadOnly;
    spec.tree.push(Entry::tmpfs("/work"));
    let domain = Landlock::around(&spec);
    let seen = output(&with(spec, Some(domain)));
    assert_eq!(seen, "y\nrefused\nnamed\n");
}

#[test]
fn what_an_older_kernel_lacks_is_refused_or_told() {
    let mut spec = shell("echo ran");
    spec.landlock = Some(Landlock::around(&spec));
    let real = Host::gather().expect("facts");
    let without = Host {
        landlock: None,
        ..real.clone()
    };
    let plan = Plan::new(&spec, &without).expect("a plan");
    let words = plan.to_string();
    assert!(
        words.contains(
            "go without Landlock for files (all) — this kernel is built without Landlock"
        ),
        "{words}"
    );
    let mut sandbox = plan.launch().expect("a start");
    let fallbacks = sandbox.instance().fallbacks.clone();
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(0)));
    assert_eq!(fallbacks.len(), 1);
    let told = plan.steps()[fallbacks[0]].step.to_string();
    assert!(told.contains("go without Landlock"), "{told}");

    if let Some(landlock) = &mut spec.landlock {
        landlock.need = Need::Required;
    }
    let refused = Plan::new(&spec, &without)
        .expect_err("required")
        .to_string();
    assert!(
        refused.contains("Landlock for files (all): this kernel is built without")
            && refused.contains("\nhint: "),
        "{refused}"
    );
    let old = Host {
        landlock: Some(2),
        ..real
    };
    let refused = Plan::new(&spec, &old).expect_err("required").to_string();
    assert!(refused.contains("files (truncate,ioctl_dev)"), "{refused}");
}

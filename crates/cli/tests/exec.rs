//! `aril exec`: the default confinement, each attack with its control outside or with the option that
//! permits it.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A home directory with a project in it.
struct Case {
    place: TempDir,
}

impl Case {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join("home/project")).unwrap();
        Self { place }
    }

    fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    fn project(&self) -> PathBuf {
        self.home().join("project")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn at(&self, directory: &Path, words: &[&str]) -> Output {
        Command::new(program())
            .args(words)
            .current_dir(directory)
            .env("HOME", self.home())
            .env("SECRET_TOKEN", "hunter2")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn exec(&self, words: &[&str]) -> Output {
        self.at(&self.project(), &[&["exec"], words].concat())
    }

    /// Runs a script inside with these options: its status, and all that it printed.
    fn inside(&self, options: &[&str], script: &str) -> (Option<i32>, String) {
        let output = self.exec(&[options, &["sh", "-c", script]].concat());
        (output.status.code(), text(&output))
    }

    /// The control: the same script without a sandbox.
    fn outside(&self, script: &str) -> (Option<i32>, String) {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script])
            .current_dir(self.project())
            .env("HOME", self.home());
        let output = command.env("SECRET_TOKEN", "hunter2").output().unwrap();
        (output.status.code(), text(&output))
    }
}

fn text(output: &Output) -> String {
    let bytes = [output.stdout.clone(), output.stderr.clone()].concat();
    String::from_utf8(bytes).unwrap()
}

fn program() -> PathBuf {
    env::var_os("ARIL_BIN").map_or_else(
        || {
            env::current_exe()
                .unwrap()
                .ancestors()
                .nth(2)
                .unwrap()
                .join("aril")
        },
        PathBuf::from,
    )
}

#[test]
fn statuses() {
    let case = Case::new();
    for (words, status) in [
        (&["true"][..], 0),
        (&["sh", "-c", "exit 7"], 7),
        (&["sh", "-c", "kill -KILL $$"], 137),
        (&["/no/such"], 127),
        (&["/etc/passwd"], 126),
        (&["--no-such", "true"], 125),
        (&["--ro", "/no/such", "true"], 125),
        (&["--hide", "no-such", "true"], 125),
        (&["--net", "hots", "true"], 125),
        (&["--ro", "/usr", "--hide", "/usr", "true"], 125),
        (&["--profile", "no-such", "true"], 125),
        (
            &["--display", "wayland", "--dbus-talk", "nonsense", "true"],
            125,
        ),
        (&["--timeout", "50ms", "sleep", "60"], 124),
    ] {
        let output = case.exec(words);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{words:?}: {}",
            text(&output)
        );
    }
}

#[test]
fn secrets_are_out_of_sight() {
    let case = Case::new();
    case.write(".ssh/id", "k3y");
    let own = std::process::id();
    for attack in [
        "cat ~/.ssh/id".to_owned(),
        "ls /etc | grep -qx shadow".to_owned(),
        "ls /var/lib | grep .".to_owned(),
        "ls /sys | grep .".to_owned(),
        "ls / | grep -qx boot".to_owned(),
        "ls /run | grep -v '^user$'".to_owned(),
        "env | grep SECRET_TOKEN".to_owned(),
        format!("ls -d /proc/{own}/fd"),
        "cat ../home2/x ../../outside || cat \"$OLDPWD\"/../../outside".to_owned(),
    ] {
        fs::write(case.place.path().join("outside"), "x").unwrap();
        let (status, said) = case.inside(&[], &attack);
        assert_ne!(status, Some(0), "{attack}: {said}");
        if !attack.contains("/run") {
            assert_eq!(
                case.outside(&attack.replace("\"$OLDPWD\"/../../", "../../"))
                    .0,
                Some(0),
                "control: {attack}"
            );
        }
    }
}

#[test]
fn nothing_but_the_directory_can_be_written() {
    let case = Case::new();
    let (status, said) = case.inside(&[], "touch new ~/gone /tmp/gone && ls new");
    assert_eq!((status, said.as_str()), (Some(0), "new\n"));
    assert!(case.project().join("new").exists() && !case.home().join("gone").exists());
    for place in [
        "/usr/new",
        "/etc/new",
        "/new",
        "/dev/new",
        "/home/new",
        "/opt/new",
    ] {
        assert_ne!(
            case.inside(&[], &format!("touch {place}")).0,
            Some(0),
            "{place}"
        );
    }
    for options in [&["--cwd", "ro"][..], &["--profile", "untrusted"]] {
        assert_ne!(case.inside(options, "touch other").0, Some(0));
    }
    assert!(!case.project().join("other").exists());
}

#[test]
fn the_network_is_out_of_reach_unless_asked_for() {
    let case = Case::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let attack = format!(
        "exec perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(\"127.0.0.1:{port}\") ? 0 : 9)'"
    );
    assert_eq!(case.inside(&[], &attack).0, Some(9));
    assert_eq!(case.inside(&["--net", "host"], &attack).0, Some(0));
    assert_eq!(case.outside(&attack).0, Some(0));
}

#[test]
fn the_nearest_path_wins_in_any_order() {
    let case = Case::new();
    case.write("data/a/secret", "s");
    case.write("data/a/open", "o");
    let data = case.home().join("data");
    let data = data.to_str().unwrap();
    let secret = format!("{data}/a/secret");
    let orders = [
        [
            "--ro",
            data,
            "--hide",
            &secret,
            "--rw",
            &format!("{data}/a"),
        ],
        [
            "--hide",
            &secret,
            "--rw",
            &format!("{data}/a"),
            "--ro",
            data,
        ],
    ];
    for options in orders {
        let script = format!(
            "touch {data}/a/new && ! touch {data}/new && cat {data}/a/open && ! cat {secret}"
        );
        let (status, said) = case.inside(&options, &script);
        assert_eq!(status, Some(0), "{said}");
    }
}

#[test]
fn a_planted_link_does_not_lead_out() {
    let case = Case::new();
    case.write(".ssh/id", "k3y");
    // An earlier run made it; the user means the directory that was there.
    symlink(case.home().join(".ssh"), case.project().join("sub")).unwrap();
    let output = case.exec(&["--ro", "sub", "cat", "sub/id"]);
    assert_ne!(output.status.code(), Some(0));
    assert!(!text(&output).contains("k3y"));
    // The control: named as what it is, it is shown.
    let ssh = case.home().join(".ssh");
    let output = case.exec(&["--ro", ssh.to_str().unwrap(), "cat", "sub/id"]);
    assert!(text(&output).contains("k3y"), "{}", text(&output));
    assert!(text(&output).contains("warning: --ro"), "{}", text(&output));
}

/// A repository without a single program of git's.
fn repository(case: &Case) {
    case.write(
        "project/.git/config",
        "[core]\n\thooksPath = scripts/hooks\n",
    );
    case.write("project/.git/HEAD", "ref: refs/heads/main\n");
    case.write("project/.git/hooks/pre-commit", "#!/bin/sh\n");
    case.write("project/.git/modules/sub/HEAD", "x\n");
    case.write("project/.git/modules/sub/config", "x\n");
    case.write("project/scripts/hooks/pre-push", "#!/bin/sh\n");
    case.write("project/.idea/x", "x");
    case.write("project/envrc", "x");
    symlink("envrc", case.project().join(".envrc")).unwrap();
}

/// What changes a file that the host runs and that exists.
const CHANGES: [&str; 14] = [
    "echo x >> .git/config",
    "echo x > .git/hooks/pre-commit",
    "echo x > .git/hooks/new",
    "mv .git .git2 && mkdir .git",
    "mv .git/hooks h && mkdir .git/hooks",
    "ln -f envrc .git/config",
    "mv envrc .git/config",
    "echo x >> .git/modules/sub/config",
    "mv .git/modules/sub m",
    "echo x > scripts/hooks/pre-push",
    "mv scripts s && mkdir -p scripts/hooks",
    "rm .envrc",
    "echo x >> envrc",
    "rm -r .idea",
];

#[test]
fn what_the_host_runs_later_cannot_be_changed() {
    let case = Case::new();
    repository(&case);
    for attack in CHANGES {
        let (status, said) = case.inside(&[], attack);
        assert_ne!(status, Some(0), "{attack}: {said}");
    }
    let (status, said) = case.inside(
        &[],
        "echo x > .git/index && mkdir .git/objects && echo x > scripts/y",
    );
    assert_eq!(status, Some(0), "work goes on: {said}");
    for attack in CHANGES {
        let case = Case::new();
        repository(&case);
        let (status, said) = case.inside(&["--allow-host-executed"], attack);
        assert_eq!(status, Some(0), "control: {attack}: {said}");
    }
}

/// What makes a file that the host runs and that does not exist, and its name.
const BIRTHS: [(&str, &str); 10] = [
    ("mkdir .vscode", ".vscode"),
    ("mkdir v; mv v .vscode", ".vscode"),
    ("echo x > f; ln f .envrc", ".envrc"),
    ("ln -s x .bashrc", ".bashrc"),
    ("mkdir -p .config/fish", ".config/fish"),
    ("mkdir -p e/fish; ln -s e .config", ".config/fish"),
    ("mkdir -p .git/hooks", ".git"),
    ("echo x > HEAD", "HEAD"),
    ("mkdir -p v/.claude; mv v/.claude .", ".claude"),
    ("(sleep 0.2; mkdir .vscode) & sleep 0.5", ".vscode"),
];

#[test]
fn what_the_host_runs_later_does_not_appear() {
    for (attack, name) in BIRTHS {
        let case = Case::new();
        let (_, said) = case.inside(&[], attack);
        let path = case.project().join(name);
        assert!(path.symlink_metadata().is_err(), "{attack}: {said}");
        assert!(
            said.contains("from-sandbox"),
            "it is told: {attack}: {said}"
        );
        let case = Case::new();
        case.inside(&["--allow-host-executed"], attack);
        let path = case.project().join(name);
        assert!(path.symlink_metadata().is_ok(), "control: {attack}");
    }
}

#[test]
fn nothing_is_left_where_nothing_was_done() {
    let case = Case::new();
    repository(&case);
    let list = |directory: &Path| {
        let names = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    let git = case.project().join(".git");
    let before = (list(&case.project()), list(&git), list(&case.home()));
    assert_eq!(case.inside(&[], "true").0, Some(0));
    assert_eq!(
        (list(&case.project()), list(&git), list(&case.home())),
        before
    );
}

#[test]
fn the_home_directory_itself_is_not_given_unasked() {
    let case = Case::new();
    case.write(".ssh/id", "k3y");
    for directory in [
        case.home(),
        case.home().join(".ssh"),
        case.place.path().to_owned(),
    ] {
        let output = case.at(
            &directory,
            &["exec", "sh", "-c", "find / -xdev -path '*.ssh/id'"],
        );
        let said = text(&output);
        assert!(
            said.contains("so it is not shown") && !said.contains("/id\n"),
            "{said}"
        );
    }
}

#[test]
fn a_project_takes_away_and_gives_nothing() {
    let case = Case::new();
    case.write("project/aril.toml", "cwd = 'ro'\n");
    assert_ne!(case.inside(&[], "touch x").0, Some(0));
    case.write("project/aril.toml", "net = 'host'\n");
    let (status, said) = case.inside(&[], "true");
    assert_eq!(status, Some(125));
    assert!(
        said.contains("aril.toml:1") && said.contains("only take away"),
        "{said}"
    );
    case.write(".ssh/id", "k3y");
    case.write("project/aril.toml", "ro = '~/.ssh'\n");
    assert!(!case.inside(&[], "cat ~/.ssh/id").1.contains("k3y"));
    // It cannot be changed for the next run.
    assert_ne!(case.inside(&[], "echo > aril.toml").0, Some(0));
}

#[test]
fn profiles_of_the_user_come_before_built_in_ones() {
    let case = Case::new();
    case.write(
        ".config/aril/profiles/mine.toml",
        "include = 'untrusted'\ncwd = 'rw'\nenv = 'A={home}'\n",
    );
    let (status, said) = case.inside(&["--profile", "mine"], "touch x && echo $A");
    assert_eq!(
        (status, said),
        (Some(0), format!("{}\n", case.home().display()))
    );
    case.write(".config/aril/profiles/loop.toml", "include = 'loop'\n");
    assert!(
        case.inside(&["--profile", "loop"], "true")
            .1
            .contains("includes itself")
    );
    let output = case.at(
        &case.project(),
        &["profile", "check", "mine", "default", "cargo"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn a_kept_home_is_there_the_next_time() {
    let case = Case::new();
    assert_eq!(
        case.inside(&["--home", "private=x"], "echo kept > ~/file")
            .0,
        Some(0)
    );
    assert_eq!(
        case.inside(&["--home", "private=x"], "cat ~/file").1,
        "kept\n"
    );
    assert_ne!(case.inside(&[], "cat ~/file").0, Some(0));
    let kept = case.home().join(".local/share/aril/homes/x");
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn grants_that_open_much_are_told_once() {
    let case = Case::new();
    let home = case.home();
    let home = home.to_str().unwrap();
    let said = case.inside(&["--rw", home], "true").1;
    assert_eq!(said.matches("warning: --rw").count(), 1, "{said}");
    assert_eq!(case.inside(&["-q", "--rw", home], "true").1, "");
    assert_eq!(case.inside(&[], "true").1, "");
}

#[test]
fn the_end_is_told_as_json() {
    let case = Case::new();
    let said = case.inside(&["--json"], "exit 3").1;
    assert_eq!(
        said,
        "{\"event\":\"ended\",\"cause\":\"exit\",\"exit-code\":3}\n"
    );
}

#[test]
fn a_name_is_taken_while_it_runs() {
    let case = Case::new();
    let runtime = case.place.path().join("run");
    fs::create_dir(&runtime).unwrap();
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
    let listed = |name: &str| {
        let mut command = Command::new(program());
        command.args([
            "exec",
            "-q",
            "--name",
            name,
            "sh",
            "-c",
            "echo up; read end",
        ]);
        command.current_dir(case.project()).env("HOME", case.home());
        command.env("XDG_RUNTIME_DIR", &runtime);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut first = listed("one");
    let mut up = [0; 3];
    std::io::Read::read_exact(first.stdout.as_mut().unwrap(), &mut up).unwrap();
    assert!(runtime.join("aril/one/facts.json").exists());
    let second = listed("one").wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(125), "{}", text(&second));
    drop(first.stdin.take());
    first.wait().unwrap();
    assert!(!runtime.join("aril/one").exists());
}

#[test]
fn a_display_that_is_not_there_stops_the_start() {
    let case = Case::new();
    let (status, said) = case.inside(&["--display", "wayland"], "true");
    assert_eq!(status, Some(125), "{said}");
}

/// Each built-in profile at its program's work. A program that is not here is skipped, with words.
#[test]
fn built_in_profiles_do_real_work() {
    let case = Case::new();
    case.write(
        "project/hello.c",
        "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n",
    );
    case.write(
        "project/Makefile",
        "hello: hello.c\n\t$(CC) -o hello hello.c\n",
    );
    let rows = [
        ("gcc-make", "cc", "make -s && ./hello", "hello\n"),
        ("build", "cc", "cc -o hello2 hello.c && ./hello2", "hello\n"),
        (
            "python",
            "python3",
            "python3 -m venv --without-pip .venv && .venv/bin/python -c 'print(6*7)'",
            "42\n",
        ),
        ("untrusted", "perl", "perl -e 'print 6*7'", "42"),
        (
            "agent",
            "git",
            "git init -q /tmp/r && git -C /tmp/r status --short",
            "",
        ),
        ("node", "node", "node -e 'console.log(6*7)'", "42\n"),
    ];
    for (profile, program, script, expected) in rows {
        if case.outside(&format!("command -v {program}")).0 != Some(0) {
            println!("skipped: {profile}, because there is no {program}");
            continue;
        }
        let (status, said) = case.inside(&["--profile", profile], script);
        assert_eq!((status, said.as_str()), (Some(0), expected), "{profile}");
    }
}

#[test]
fn no_namespace_can_be_made_and_nothing_is_typed_outside() {
    let case = Case::new();
    for attack in [
        "unshare --user true",
        "perl -e 'ioctl(STDERR,0x5412,\"x\") ? exit 0 : exit($!{EPERM} ? 9 : 0)'",
    ] {
        let (status, said) = case.inside(&[], attack);
        assert_ne!(status, Some(0), "{attack}: {said}");
    }
    assert_eq!(case.outside("unshare --user true").0, Some(0));
}

#[test]
fn a_home_of_another_user_is_not_used() {
    let case = Case::new();
    let homes = case.home().join(".local/share/aril/homes");
    fs::create_dir_all(homes.join("kept")).unwrap();
    let run = || {
        case.at(
            &case.project(),
            &["exec", "-q", "--home", "private=kept", "true"],
        )
    };
    if std::os::unix::fs::chown(homes.join("kept"), Some(12345), None).is_err() {
        println!("skipped: only root can make a directory of another user's");
        return;
    }
    assert_eq!(run().status.code(), Some(125), "{:?}", run());
    std::os::unix::fs::chown(homes.join("kept"), Some(0), None).unwrap();
    assert_eq!(run().status.code(), Some(0), "the control: {:?}", run());
}

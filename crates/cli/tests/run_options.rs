//! The options of `aril run`, each by what the application finds.

#[path = "support/installation.rs"]
mod installation;
#[path = "support/mod.rs"]
mod support;

use installation::{COMMIT, application, furnish, runtime};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};
use support::{Case, program, text};

/// Another commit.
const OLDER: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout)
}

/// Runs a script inside, with options.
fn inside(case: &Case, options: &[&str], script: &str) -> String {
    let all = [
        &["run", "--command=sh"],
        options,
        &[case.example(), "-c", script],
    ]
    .concat();
    said(&case.aril(&all))
}

#[test]
fn other_files_are_on_app() {
    let case = Case::new();
    let other = case.home().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("mark"), "other\n").unwrap();
    let look = "ls /app; ls /run/parent/app 2>/dev/null; (: >/app/new) 2>/dev/null || echo no";
    let control = inside(&case, &[], look);
    assert_eq!(control, "bin\nno\n");
    let path = format!("--app-path={}", other.display());
    assert_eq!(inside(&case, &[&path], look), "mark\nbin\nno\n");
    assert_eq!(inside(&case, &["--app-path="], look), "bin\nno\n");
    assert_eq!(inside(&case, &["--app-path="], "ls /app"), "");
    let by_fd = format!(
        "exec 5<{}; exec $ARIL run --app-fd=5 --command=sh $APP -c '{look}'",
        other.display()
    );
    assert_eq!(said(&case.script(&by_fd)), "mark\nbin\nno\n");
    let info = inside(&case, &[&path], "cat /.flatpak-info");
    assert!(
        info.contains(&format!("app-path={}\n", other.display())),
        "{info}"
    );
    assert!(info.contains("original-app-path="), "{info}");
}

#[test]
fn other_files_are_on_usr() {
    let case = Case::new();
    let usr = case.home().join("usr");
    furnish(&usr, "other");
    let look = "cat /usr/mark; ls -d /run/parent/usr/bin /run/parent/bin/sh";
    let found = "other\n/run/parent/bin/sh\n/run/parent/usr/bin\n";
    let path = format!("--usr-path={}", usr.display());
    assert_eq!(inside(&case, &[&path], look), found);
    let by_fd = format!(
        "exec 5<{}; exec $ARIL run --usr-fd=5 --command=sh $APP -c '{look}'",
        usr.display()
    );
    assert_eq!(said(&case.script(&by_fd)), found);
}

#[test]
fn descriptors_are_bound_at_their_paths() {
    let case = Case::new();
    let place = case.home().join("shared");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("mark"), "shared\n").unwrap();
    let place = place.display();
    let look = format!("cat {place}/mark; (: >{place}/new) 2>/dev/null && echo written");
    let bound = |option: &str| {
        let script = format!(
            "exec 5<{place}; exec $ARIL run {option} --command=sh $APP -c '{look}; :' 2>/dev/null"
        );
        said(&case.script(&script))
    };
    assert_eq!(bound(""), "", "the control");
    assert_eq!(bound("--ro-bind-fd=5"), "shared\n");
    assert_eq!(bound("--bind-fd=5"), "shared\nwritten\n");
}

#[test]
fn the_standard_streams_are_no_descriptors_of_options() {
    let case = Case::new();
    for option in [
        "instance-id-fd",
        "env-fd",
        "bind-fd",
        "ro-bind-fd",
        "app-fd",
        "usr-fd",
    ] {
        for number in 0..3 {
            let option = format!("--{option}={number}");
            let output = case.aril(&["run", &option, "--command=true", case.example()]);
            assert_eq!(output.status.code(), Some(125), "{option}");
        }
    }
    let closed = "exec 7<&-; exec $ARIL run --bind-fd=7 --command=true $APP";
    assert_eq!(case.script(closed).status.code(), Some(125));
}

#[test]
fn the_number_of_the_instance_is_told() {
    let case = Case::new();
    let number = case.home().join("number");
    let script = format!(
        "$ARIL run --instance-id-fd=5 --command=cat $APP /.flatpak-info 5>{}",
        number.display()
    );
    let info = said(&case.script(&script));
    let number = fs::read_to_string(number).unwrap();
    assert!(number.parse::<u32>().is_ok(), "{number}");
    assert!(
        info.contains(&format!("\ninstance-id={number}\n")),
        "{info}"
    );
}

#[test]
fn the_working_directory() {
    let case = Case::new();
    assert_eq!(inside(&case, &["--cwd=/usr/share"], "pwd"), "/usr/share\n");
    let output = case.aril(&["run", "--cwd=/no/such", "--command=true", case.example()]);
    assert_eq!(output.status.code(), Some(125), "{output:?}");
}

#[test]
fn variables_of_the_command_line() {
    let case = Case::new();
    let block = case.home().join("block");
    fs::write(&block, b"A=block\0B=two words\0").unwrap();
    let script = format!(
        "exec 5<{}; exec $ARIL run --env=A=word --env-fd=5 --env=C=c --unset-env=D --env=D=d \
         --env=E=e --unset-env=E --command=sh $APP -c 'echo $A,$B,$C,$D,${{E-none}}'",
        block.display()
    );
    assert_eq!(said(&case.script(&script)), "block,two words,c,d,none\n");
}

/// What a shell says of the variables of a test.
const PRINT: &str =
    "echo ${EDITION-} ${MY_EDITION-} ${MY_TOKEN-} ${FORGE_TOKEN-} ${LANGUAGE-} ${LD_AUDIT-}";
const HOST: [(&str, &str); 6] = [
    ("EDITION", "1"),
    ("MY_EDITION", "2"),
    ("MY_TOKEN", "3"),
    ("FORGE_TOKEN", "4"),
    ("LANGUAGE", "5"),
    ("LD_AUDIT", "6"),
];

#[test]
fn variables_of_the_host_pass_by_list() {
    let case = Case::new();
    let run = |options: &[&str]| {
        let all = [
            &["run", "--command=sh"],
            options,
            &[case.example(), "-c", PRINT],
        ]
        .concat();
        case.aril_with(&HOST, &all)
    };
    assert_eq!(said(&run(&[])), "5\n");
    assert_eq!(said(&run(&["--clear-env"])), "\n");
    assert_eq!(said(&run(&["--env-from-host"])), "1 2 3 4 5\n");
    let options = [
        "--pass-env=EDITION",
        "--pass-env=MY_*",
        "--pass-env=LD_AUDIT",
    ];
    assert_eq!(said(&run(&options)), "1 2 5\n");
    assert_eq!(said(&run(&["--pass-env=FORGE_TOKEN"])), "4 5\n");
    let told = run(&["-v", "--pass-env=MY_*"]);
    let told = text(&told.stderr);
    for (name, is_told) in [
        ("MY_TOKEN", true),
        ("EDITION", true),
        ("LD_AUDIT", true),
        ("MY_EDITION", false),
        ("LANGUAGE", false),
    ] {
        let line = format!("aril: note: {name} is left out: ");
        let found = told.lines().any(|said| said.starts_with(&line));
        assert_eq!(found, is_told, "{name}: {told}");
    }
    for wrong in [&["--pass-env=A=1"][..], &["--clear-env", "--pass-env=A"]] {
        assert_eq!(run(wrong).status.code(), Some(125), "{wrong:?}");
    }
}

#[test]
fn the_user_has_a_list_too() {
    let case = Case::new();
    let list = case.home().join(".config/aril");
    fs::create_dir_all(&list).unwrap();
    let list = list.join("environment");
    let run = || {
        let words = ["run", "--command=sh", case.example(), "-c", PRINT];
        let variables = [&HOST[..], &[("XDG_CONFIG_HOME", "")]].concat();
        case.aril_with(&variables, &words)
    };
    fs::write(&list, "# mine\nMY_*\n\nFORGE_TOKEN\n").unwrap();
    assert_eq!(said(&run()), "2 4 5\n");
    fs::write(&list, "MY_*\nB=\u{1b}\n").unwrap();
    let refused = run();
    let why = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(125));
    assert!(
        why.contains("environment:2: ") && !why.contains('\u{1b}'),
        "{why}"
    );
}

/// A script of the host starts the application in the background and ends when its input does; what the
/// application says after that.
fn after_the_parent(case: &Case, option: &str) -> String {
    let own = case.home().join(".var/app/org.aril.Hello");
    fs::create_dir_all(&own).unwrap();
    let fifo = own.join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let script = format!(
        "$ARIL run {option} --command=sh $APP -c 'echo ready; read x <{}; echo still' & read y",
        fifo.display()
    );
    let mut shell = Command::new("/bin/sh")
        .args(["-c", &script])
        .env("ARIL", program())
        .env("APP", case.example())
        .env("HOME", case.home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(shell.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    drop(shell.stdin.take());
    shell.wait().unwrap();
    if option.is_empty() {
        fs::write(&fifo, "go\n").unwrap();
    }
    // Without a word in the fifo only a death inside ends the pipe.
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn it_ends_with_the_parent_when_that_is_asked_for() {
    assert_eq!(after_the_parent(&Case::new(), ""), "still\n", "the control");
    for option in ["-p", "--die-with-parent"] {
        assert_eq!(after_the_parent(&Case::new(), option), "", "{option}");
    }
}

#[test]
fn runtimes_are_chosen() {
    let case = Case::new();
    application(&case, "");
    runtime(&case, ("org.x.P", "1"), OLDER);
    runtime(&case, ("org.x.P", "1"), COMMIT);
    runtime(&case, ("org.x.P", "2"), COMMIT);
    runtime(&case, ("org.x.S", "1"), COMMIT);
    let mark = |options: &[&str]| {
        let all = [
            &["run", "--command=cat"],
            options,
            &["org.x.Y", "/usr/mark"],
        ]
        .concat();
        said(&case.aril(&all))
    };
    let line = |id: &str, branch: &str, commit: &str| format!("{id} {branch} {commit}\n");
    assert_eq!(mark(&[]), line("org.x.P", "1", COMMIT));
    assert_eq!(mark(&["--runtime-version=2"]), line("org.x.P", "2", COMMIT));
    assert_eq!(mark(&["--runtime=org.x.S"]), line("org.x.S", "1", COMMIT));
    assert_eq!(
        mark(&["--runtime=org.x.P//2"]),
        line("org.x.P", "2", COMMIT)
    );
    let older = format!("--runtime-commit={OLDER}");
    assert_eq!(mark(&[&older]), line("org.x.P", "1", OLDER));
    assert_eq!(mark(&["-d"]), line("org.x.S", "1", COMMIT));
    let folder = case
        .home()
        .join(".local/share/flatpak/runtime/org.x.P/x86_64/2/active");
    let folder = format!("--runtime={}", folder.display());
    assert_eq!(mark(&[&folder]), line("org.x.P", "2", COMMIT));
    for wrong in [
        "--runtime-version=3",
        "--runtime-commit=0",
        "--runtime=org.x.Q",
    ] {
        let output = case.aril(&["run", wrong, "org.x.Y"]);
        assert_eq!(output.status.code(), Some(125), "{wrong}: {output:?}");
    }
}

#[test]
fn a_developer_may_trace() {
    let case = Case::new();
    // personality(0xffffffff) only asks (personality(2)); its number differs between machines.
    let number = if cfg!(target_arch = "x86_64") {
        135
    } else {
        92
    };
    let ask = format!("perl -e 'print syscall({number}, 0xffffffff) < 0 ? \"no\" : \"yes\"'");
    assert_eq!(inside(&case, &[], &ask), "no");
    assert_eq!(inside(&case, &["--devel"], &ask), "yes");
    assert_eq!(inside(&case, &["--allow=devel"], &ask), "yes");
    let info = inside(&case, &["--devel"], "cat /.flatpak-info");
    assert!(info.contains("\ndevel=true\n"), "{info}");
}

#[test]
fn no_core_dump_leaves_but_for_developers() {
    let case = Case::new();
    let ask = "sed -n 's/^Max core file size *//p' /proc/self/limits";
    let own = std::fs::read_to_string("/proc/self/limits").unwrap();
    if own.contains("Max core file size        0                    0") {
        println!("skipped: nobody may dump core here, so that no limit can be set");
        return;
    }
    let limit = |words: &[&str]| inside(&case, words, ask);
    // With 1 there is no dump and no handler; with 0 a handler is started all the same (core(5)).
    assert!(
        limit(&[]).starts_with("1                    1"),
        "{}",
        limit(&[])
    );
    for words in [["--devel"], ["--allow=devel"], ["--core-dumps"]] {
        assert!(!limit(&words).starts_with("1  "), "the control: {words:?}");
    }
}

#[test]
fn a_root_makes_no_file_that_runs_as_root() {
    let case = Case::new();
    let script = "cd $XDG_DATA_HOME && : >made && chmod 4755 made 2>/dev/null; stat -c %a made";
    let is_root = rustix::process::geteuid().is_root();
    let expected = if is_root { "644" } else { "4755" };
    assert_eq!(inside(&case, &[], script).trim(), expected);
}

#[test]
fn what_needs_a_later_flatpak_is_refused() {
    let case = Case::new();
    let head = "[Application]\nname=org.aril.Hello\ncommand=true\nrequired-flatpak=";
    for (required, status) in [
        ("1.12.0;1.10.5;", 0),
        ("1.0.0;", 0),
        ("99.0.0;", 125),
        ("nonsense;", 0),
    ] {
        case.metadata(&format!("{head}{required}\n"));
        let output = case.aril(&["run", case.example()]);
        assert_eq!(output.status.code(), Some(status), "{required}: {output:?}");
        let told = text(&output.stderr);
        assert_eq!(
            told.contains("required-flatpak"),
            required == "nonsense;",
            "{told}"
        );
        assert_eq!(
            told.contains("it needs flatpak 99.0.0"),
            status == 125,
            "{told}"
        );
    }
}

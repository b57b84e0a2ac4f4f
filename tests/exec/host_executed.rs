//! Files that the host runs later: existing and missing, behind links, in worktrees, and against a
//! payload that fights for them.

use crate::place::{Place, aril, attack};
use aril_tests::canary::tree;
use aril_tests::{Bwrap, Finished};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the files contain at first: nothing that is read.
const OLD: &str = "# old";

/// Files that are there, and that no command may change.
const EXISTING: [&str; 14] = [
    ".git/config",
    ".git/hooks/pre-commit",
    ".git/worktrees/w/commondir",
    ".git/modules/m/config",
    ".git/modules/m/hooks/post-checkout",
    ".vscode/tasks.json",
    ".envrc",
    ".husky/pre-commit",
    ".config/git/config",
    ".claude/settings.json",
    ".mcp.json",
    "pyvenv.cfg",
    ".venv/pyvenv.cfg",
    "aril.toml",
];

/// Names that are not there, and must not be there afterwards.
const MISSING: [&str; 12] = [
    ".git/config",
    ".git/hooks/pre-commit",
    ".vscode/tasks.json",
    ".idea/workspace.xml",
    ".envrc",
    ".husky/pre-commit",
    ".config/git/config",
    ".config/systemd/user/x.service",
    ".hg/hgrc",
    "pyvenv.cfg",
    "aril.toml",
    "HEAD",
];

fn write(place: &Place, name: &str, text: &str) {
    let path = place.in_project(name);
    let above = Path::new(&path).parent().expect("a directory");
    fs::create_dir_all(above).expect("make directories");
    fs::write(&path, text).expect("write a file");
}

fn git(place: &Place, args: &[&str]) {
    let git = Bwrap::of("git").env("HOME", &place.at("home"));
    let git = git
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    git.current_dir(place.at("home/project"))
        .args(args)
        .finish()
        .success();
}

/// A project with all of [`EXISTING`].
fn project() -> Place {
    let place = Place::new();
    for name in EXISTING {
        write(&place, name, OLD);
    }
    write(&place, ".git/HEAD", "ref: refs/heads/main");
    write(&place, ".git/modules/m/HEAD", "ref: refs/heads/main");
    write(&place, ".git/worktrees/w/HEAD", "ref: refs/heads/main");
    place
}

/// Every way to change one file: by writing, replacing, linking, renaming it or what is above.
const CHANGE: &str = "
import os, shutil, sys
def attempt(action):
    try: action()
    except OSError: pass
def write(path):
    with open(path, 'w') as file: file.write('evil')
def replace(path):
    write('new'); os.rename('new', path)
def exchange(path):
    os.link(path, 'linked'); write('linked')
for name in sys.argv[1:]:
    above = os.path.dirname(name) or '.'
    attempt(lambda: write(name))
    attempt(lambda: os.chmod(name, 0o777))
    attempt(lambda: write(name))
    attempt(lambda: os.truncate(name, 0))
    attempt(lambda: replace(name))
    attempt(lambda: exchange(name))
    attempt(lambda: (os.unlink(name), write(name)))
    attempt(lambda: os.symlink('new', name))
    parts = name.split('/')
    for depth in range(1, len(parts)):
        top = '/'.join(parts[:depth])
        attempt(lambda: os.rename(top, 'moved-%d' % depth))
        attempt(lambda: shutil.rmtree(top, ignore_errors=True))
        attempt(lambda: os.makedirs(above, exist_ok=True))
        attempt(lambda: write(name))
";

attack!(what_is_there_stays_as_it_is, {
    for name in EXISTING {
        let attack = |options: &[&str]| {
            let place = project();
            let look = |place: &Place| {
                let path = place.in_project(name);
                let status = fs::symlink_metadata(&path).ok();
                let mode = status.map(|status| status.permissions().mode());
                (mode, fs::read(path).ok())
            };
            let before = look(&place);
            let program = place.exec(options).args(["python3", "-c", CHANGE, name]);
            program.finish().success();
            look(&place) == before
        };
        assert!(attack(&["-q"]), "{name} was changed");
        assert!(
            !attack(&["-q", "--allow-host-executed"]),
            "the control: {name}"
        );
    }
});

/// Whether the file, reached by another name where there is one, is as it was after every attack on it.
fn is_kept(options: &[&str], (name, link): (&str, Option<(&str, &str)>), text: &str) -> bool {
    let place = Place::new();
    write(&place, "conf/deep/file.toml", text);
    if let Some((link, to)) = link {
        symlink(to, place.in_project(link)).expect("a link");
    }
    let program = place.exec(&["-q"]).args(options);
    let program = program.args(["python3", "-c", CHANGE, name, "conf/deep/file.toml"]);
    program.finish().success();
    fs::read_to_string(place.in_project(name)).is_ok_and(|now| now == text)
}

/// Names of one file, and the links that lead to it.
const NAMES: [(&str, Option<(&str, &str)>); 3] = [
    ("conf/deep/file.toml", None),
    ("file.toml", Some(("file.toml", "conf/deep/file.toml"))),
    ("link/file.toml", Some(("link", "conf/deep"))),
];

attack!(a_path_that_cannot_be_written_stays_that_path, {
    for named in NAMES {
        assert!(is_kept(&["--ro", named.0], named, OLD), "{named:?}");
        assert!(!is_kept(&[], named, OLD), "the control: {named:?}");
    }
});

attack!(the_profile_in_use_stays_as_it_is, {
    let text = "cwd = 'rw'";
    for named in NAMES {
        let relative = format!("./{}", named.0);
        assert!(is_kept(&["--profile", &relative], named, text), "{named:?}");
        assert!(!is_kept(&[], named, text), "the control: {named:?}");
    }
});

attack!(what_is_not_there_does_not_appear, {
    let script = "import os, sys
for name in sys.argv[1:]:
    os.makedirs(os.path.dirname(name) or '.', exist_ok=True)
    open(name, 'w').write('evil')";
    for name in MISSING {
        let attack = |options: &[&str]| {
            let place = Place::new();
            let program = place.exec(options).args(["python3", "-c", script, name]);
            let done = program.finish();
            (fs::exists(place.in_project(name)).expect("look"), done)
        };
        let (is_there, done) = attack(&["-q"]);
        assert!(!is_there, "{name}: {done:?}");
        assert!(
            done.stderr.contains("moved"),
            "it is told: {name}: {done:?}"
        );
        assert!(
            attack(&["-q", "--allow-host-executed"]).0,
            "the control: {name}"
        );
    }
});

attack!(nothing_is_left_by_the_protection_itself, {
    for place in [Place::new(), project()] {
        let top = place.at("home");
        let before = tree(Path::new(&top));
        place.shell(&[], "ls -a >/dev/null").success();
        assert_eq!(tree(Path::new(&top)), before);
        place.exec(&["--", "/nowhere"]).finish();
        assert_eq!(tree(Path::new(&top)), before);
        let running = place.exec(&["--"]).args(["sleep", "1000"]).spawn();
        drop(running); // It is killed.
        assert_eq!(tree(Path::new(&top)), before);
    }
});

/// A payload that fights for `.envrc` and `.config/git/config`; returns what became of them.
fn fight(place: &Place, script: &str) -> (Vec<String>, Finished) {
    let done = place.shell(&["-q"], script);
    let names = [".envrc", ".config/git/config", ".git/hooks/post-commit"];
    let left = names.into_iter().filter(|name| {
        // The payload may have taken permissions away; root looks past them.
        fs::symlink_metadata(place.in_project(name)).is_ok()
    });
    (left.map(str::to_owned).collect(), done)
}

attack!(taken_names_and_permissions_do_not_keep_a_file_in_place, {
    for script in [
        // The names that a moved file would get are taken.
        "for i in '' -2 -3 -4 -5 -6 -7 -8 -9 $(seq -f -%g 10 80); do : >.envrc.from-sandbox$i; done; echo evil >.envrc; sleep 0.1",
        // The directory cannot be written any more, nor be searched.
        "echo evil >.envrc; chmod 500 .",
        "mkdir -p .config/git; echo evil >.config/git/config; chmod 0 .config; echo evil >.envrc",
        "mkdir -p .config/git; echo evil >.config/git/config; chmod 0 .; echo evil",
        "mkdir -p .config/git; echo evil >.config/git/config; chmod 0 .config/git .config",
        // It never ends.
        "while :; do echo evil >.envrc; done",
        // The launcher is killed, or stopped first.
        "mkdir -p .config/git; echo evil >.config/git/config; (sleep 0.1; echo evil >.envrc) & kill -9 0",
        "mkdir -p .config/git; echo evil >.config/git/config; setsid sh -c 'sleep 0.2; echo evil >.envrc' & kill -9 0",
        // Others still write when the command has ended.
        "setsid sh -c 'while :; do mkdir -p .config/git; echo evil >.config/git/config; echo evil >.envrc; done' & exit 0",
    ] {
        let place = Place::new();
        let (left, done) = fight(&place, script);
        let project = place.at("home/project");
        fs::set_permissions(&project, fs::Permissions::from_mode(0o700)).expect("chmod");
        assert_eq!(left, [""; 0], "{script}: {done:?}");
    }
    let place = Place::new();
    let script = "echo evil >.envrc";
    place.shell(&["--allow-host-executed"], script).success();
    assert_eq!(
        fs::read_to_string(place.in_project(".envrc")).expect("read"),
        "evil\n",
        "the control"
    );
});

/// Makes a file deeper than the watch looks, after the watch has looked at what is above it; then says so.
const DEEP: &str = "mkdir -p .hg; : >.bashrc; \
                    while [ $0 = watched ] && [ -e .bashrc ]; do sleep 0.01; done; \
                    echo evil >.hg/hgrc; echo there; sleep 1000";

attack!(the_last_look_is_taken_for_a_launcher_that_is_killed, {
    let attack = |options: &[&str], word: &str| {
        let place = Place::new();
        let mut command = Command::new(aril());
        let command = command.args(["exec", "-q"]).args(options);
        let command = command.args(["sh", "-c", DEEP, word]);
        let command = command.current_dir(place.at("home/project"));
        let command = command.env("HOME", place.at("home")).stdin(Stdio::null());
        // A group of its own, which is killed as a whole: as a shell's job, or by a time limit.
        let command = command.process_group(0).stdout(Stdio::piped());
        let mut launcher = command.stderr(Stdio::piped()).spawn().expect("start it");
        let out = launcher.stdout.take().expect("a pipe");
        let first = BufReader::new(out).lines().next();
        assert_eq!(first.expect("a line").expect("text"), "there");
        let group = rustix::process::Pid::from_child(&launcher);
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).expect("kill");
        // It ends when nobody is left who could look.
        let mut said = String::new();
        let errors = launcher.stderr.as_mut().expect("a pipe");
        errors.read_to_string(&mut said).expect("text");
        launcher.wait().expect("it was killed");
        let file = place.in_project(".hg/hgrc");
        (fs::exists(file).expect("look"), said)
    };
    let (is_there, said) = attack(&[], "watched");
    assert!(!is_there && said.contains("moved"), "{said}");
    let (is_there, _) = attack(&["--allow-host-executed"], "unwatched");
    assert!(is_there, "the control");
});

/// Makes repositories and other traps of every kind below the project, where none was.
const NESTED: &str = "
evil='[core]\n\tfsmonitor = sh -c evil\n'
git init -q a/b/dangerous; printf \"$evil\" >>a/b/dangerous/.git/config
git init -q hooked; printf '#!/bin/sh\nevil' >hooked/.git/hooks/post-checkout
git init -q --bare bare; printf \"$evil\" >>bare/config
git init -q long; (printf '#%070000d\n' 0; printf \"$evil\") >>long/.git/config
git init -q worktree; printf \"$evil\" >worktree/.git/config.worktree
git init -q node_modules/x/y; printf \"$evil\" >>node_modules/x/y/.git/config
git init -q linked; mv linked/.git/config linked/other; ln -s ../other linked/.git/config
printf \"$evil\" >linked/other
mkdir -p elsewhere pointing; echo 'gitdir: /tmp/evil' >pointing/.git
mkdir -p target/deep; ln -s /tmp/evil target/deep/.git
mkdir entered entered/.hg; echo evil >entered/.envrc; echo evil >entered/.hg/hgrc
mkdir -p .git/modules/new; cp -r a/b/dangerous/.git/. .git/modules/new/; mkdir sub; echo 'gitdir: ../.git/modules/new' >sub/.git
mkdir .git/rebase-merge; printf 'pick 1\n exec evil\n' >.git/rebase-merge/git-rebase-todo
mkdir benign-rebase; git init -q benign-rebase; mkdir benign-rebase/.git/rebase-merge; echo 'pick 1' >benign-rebase/.git/rebase-merge/git-rebase-todo
git init -q benign; git -C benign remote add origin https://x.example/y.git
true";

/// What of it makes something run, and what is only work.
const TRAPS: [&str; 13] = [
    "a/b/dangerous/.git/config",
    "hooked/.git/hooks",
    "bare/config",
    "long/.git/config",
    "worktree/.git/config.worktree",
    "node_modules/x/y/.git/config",
    "linked/.git/config",
    "pointing/.git",
    "target/deep/.git",
    "entered/.envrc",
    "entered/.hg/hgrc",
    ".git/modules/new/config",
    ".git/rebase-merge/git-rebase-todo",
];
const WORK: [&str; 4] = [
    "benign/.git/config",
    "benign/.git/hooks",
    "sub/.git",
    "benign-rebase/.git/rebase-merge/git-rebase-todo",
];

attack!(no_repository_below_becomes_a_trap, {
    let left = |options: &[&str]| {
        let place = Place::new();
        git(&place, &["init", "-q"]);
        let done = place.shell(options, NESTED);
        let is_there = |name: &&str| fs::symlink_metadata(place.in_project(name)).is_ok();
        let traps: Vec<_> = TRAPS.into_iter().filter(is_there).collect();
        let work: Vec<_> = WORK.into_iter().filter(is_there).collect();
        (traps, work, done)
    };
    let (traps, work, done) = left(&["-q"]);
    assert_eq!(traps, [""; 0], "{done:?}");
    assert_eq!(work, WORK, "a clone is work: {done:?}");
    assert_eq!(done.stderr.matches("moved").count(), 13, "{done:?}");
    let (traps, ..) = left(&["-q", "--allow-host-executed"]);
    assert_eq!(traps.len(), 13, "the control: {traps:?}");
});

attack!(no_second_name_leads_to_what_is_protected, {
    // The home directory inside may be one of the host's, and be the sandbox's to write.
    for home in [".", "below"] {
        let attack = |options: &[&str]| {
            let place = Place::new();
            git(&place, &["init", "-q"]);
            git(&place, &["init", "-q", "below"]);
            // What is mounted in it needs a place there.
            for name in ["project", "below/project"] {
                fs::create_dir(place.in_project(name)).expect("make it");
            }
            let home = place.in_project(home);
            let script = "for at in . project below; do cd $HOME/$at; echo evil >.git/hooks/post-commit; done";
            let options = [options, &["--home", &home, "sh", "-c", script][..]].concat();
            let done = place.exec(&options).finish();
            let hooks = [".git/hooks", "below/.git/hooks"].map(|hooks| place.in_project(hooks));
            let is_there =
                |hooks: &String| fs::exists(format!("{hooks}/post-commit")).expect("look");
            (hooks.iter().any(is_there), done.code())
        };
        assert_eq!(attack(&["-q"]), (false, 125), "{home}");
        assert!(
            attack(&["-q", "--allow-host-executed"]).0,
            "the control: {home}"
        );
    }
    let left = |options: &[&str]| {
        let place = Place::new();
        git(&place, &["init", "-q", "../other/repository"]);
        let home = place.at("home/other");
        fs::create_dir(place.at("home/other/project")).expect("make it");
        let script = "printf '[core]\\nfsmonitor = sh -c evil' >>$HOME/repository/.git/config";
        let options = [options, &["--home", &home, "sh", "-c", script][..]].concat();
        place.exec(&options).finish().success();
        fs::exists(place.at("home/other/repository/.git/config")).expect("look")
    };
    assert!(!left(&["-q"]) && left(&["-q", "--allow-host-executed"]));
});

attack!(a_place_of_such_files_is_not_given_unasked, {
    for directory in [".git/hooks", ".git", ".vscode", ".config/systemd/user"] {
        let attack = |options: &[&str]| {
            let place = Place::new();
            git(&place, &["init", "-q"]);
            fs::create_dir_all(place.in_project(directory)).expect("make it");
            let program = place.exec(options).current_dir(place.in_project(directory));
            program.args(["sh", "-c", "echo evil >made; true"]).finish();
            fs::exists(place.in_project(&format!("{directory}/made"))).expect("look")
        };
        assert!(!attack(&["-q"]), "{directory}");
        assert!(attack(&["-q", "--rw", "."]), "the control: {directory}");
    }
});

attack!(repositories_below_keep_their_programs, {
    let names = [
        "a/sub/.git/config",
        "a/sub/.git/hooks/pre-commit",
        "linked/.git",
        "bare/config",
        "x/y/.envrc",
    ];
    let prepare = |place: &Place| {
        git(place, &["init", "-q"]);
        git(place, &["init", "-q", "a/sub"]);
        git(place, &["init", "-q", "--bare", "bare"]);
        write(place, "a/sub/.git/hooks/pre-commit", OLD);
        write(place, "linked/.git", "gitdir: ../a/sub/.git");
        write(place, "x/y/.envrc", OLD);
    };
    for name in names {
        let attack = |options: &[&str]| {
            let place = Place::new();
            prepare(&place);
            let before = fs::read(place.in_project(name)).expect("read");
            let program = place.exec(options).args(["python3", "-c", CHANGE, name]);
            program.finish().success();
            fs::read(place.in_project(name)).is_ok_and(|now| now == before)
        };
        assert!(attack(&["-q"]), "{name} was changed");
        assert!(
            !attack(&["-q", "--allow-host-executed"]),
            "the control: {name}"
        );
    }
    // The work itself goes on.
    let place = Place::new();
    prepare(&place);
    let script = "cd a/sub && echo x >x && git add x && git -c user.name=u -c user.email=u@x commit -qnm x && git log --oneline";
    let done = place.shell(&["-q"], script).success();
    assert!(done.stdout.ends_with(" x\n"), "{done:?}");
    assert!(!done.stderr.contains("moved"), "{done:?}");
});

attack!(an_existing_directory_is_not_swapped_for_another, {
    let script = "mv .config away; rm -f .config; mkdir -p .config/git && echo evil >.config/git/config; \
                  mv .git gone; mkdir -p .git/hooks && echo evil >.git/hooks/post-commit; true";
    let kinds: [fn(&Place); 4] = [
        |place| fs::create_dir(place.in_project(".config")).expect("make it"),
        |place| {
            fs::create_dir(place.in_project("real")).expect("make it");
            symlink("real", place.in_project(".config")).expect("link it");
        },
        |place| symlink("nowhere", place.in_project(".config")).expect("link it"),
        |place| symlink(place.at("home/.ssh"), place.in_project(".config")).expect("link it"),
    ];
    for prepare in kinds {
        let place = Place::new();
        prepare(&place);
        fs::create_dir(place.in_project(".git")).expect("make it");
        let is_link = fs::read_link(place.in_project(".config")).is_ok();
        let (left, done) = fight(&place, script);
        assert_eq!(left, [""; 0], "{done:?}");
        assert_eq!(
            fs::read_link(place.in_project(".config")).is_ok(),
            is_link,
            "{done:?}"
        );
        let lifted = Place::new();
        prepare(&lifted);
        lifted.shell(&["--allow-host-executed"], script);
        assert!(
            fs::exists(lifted.in_project(".config/git/config")).expect("look"),
            "the control"
        );
    }
});

attack!(repositories_keep_their_programs_in_worktrees, {
    let place = Place::new();
    git(&place, &["init", "-q"]);
    let commit = [
        "-c",
        "user.name=u",
        "-c",
        "user.email=u@x",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    ];
    git(&place, &commit);
    git(&place, &["worktree", "add", "-q", "../tree"]);
    // In the worktree, with the repository given too: its hooks and configuration are the repository's.
    let repository = place.at("home/project");
    let script = "echo evil >>$1/.git/config; echo evil >$1/.git/hooks/post-commit; echo evil >.git; \
                  mkdir -p x; mv .git x; echo evil >$1/.git/worktrees/tree/commondir; \
                  echo evil >$1/.git/worktrees/tree/config.worktree; true";
    let run = |options: &[&str]| {
        let program = place.exec(options).current_dir(place.at("home/tree"));
        program
            .args(["--rw", &repository, "sh", "-c", script, "sh", &repository])
            .finish()
    };
    let names = [
        "project/.git/config",
        "tree/.git",
        "project/.git/worktrees/tree/commondir",
    ];
    let look = || names.map(|name| fs::read(place.at(&format!("home/{name}"))).unwrap_or_default());
    let before = look();
    let done = run(&["-q"]);
    assert_eq!(look(), before, "{done:?}");
    for name in [
        ".git/hooks/post-commit",
        ".git/worktrees/tree/config.worktree",
    ] {
        assert!(
            !fs::exists(place.in_project(name)).expect("look"),
            "{name}: {done:?}"
        );
    }
    // The work itself goes on: git can commit.
    let commit = place.exec(&["-q"]).args(["git"]).args(commit).finish();
    assert_eq!(commit.status.code(), Some(0), "{commit:?}");
    run(&["-q", "--allow-host-executed"]);
    assert_ne!(look()[0], before[0], "the control");
});

attack!(hooks_and_settings_that_git_finds_elsewhere_are_kept_too, {
    let place = Place::new();
    git(&place, &["init", "-q"]);
    git(&place, &["config", "core.hooksPath", "tools/hooks"]);
    git(&place, &["config", "include.path", "../shared.gitconfig"]);
    git(
        &place,
        &["config", "core.fsmonitor", "tools/monitor --watch"],
    );
    write(&place, "tools/hooks/pre-commit", "old");
    write(&place, "tools/monitor", "old");
    write(&place, "tools/other", "old");
    write(
        &place,
        "shared.gitconfig",
        "[include]\npath = tools/more.gitconfig\n",
    );
    write(&place, "tools/more.gitconfig", "old");
    let names = [
        "tools/hooks/pre-commit",
        "tools/monitor",
        "shared.gitconfig",
        "tools/more.gitconfig",
    ];
    let script = "for f in tools/hooks/pre-commit tools/monitor shared.gitconfig tools/more.gitconfig; do \
                  echo evil >$f; rm -f $f; echo evil >$f; done; mv tools away; mkdir -p tools/hooks; \
                  echo evil >tools/hooks/pre-commit; echo new >tools/other; true";
    let look = || names.map(|name| fs::read_to_string(place.in_project(name)).unwrap_or_default());
    let before = look();
    let done = place.shell(&["-q"], script);
    assert_eq!(look(), before, "{done:?}");
    let other = fs::read_to_string(place.in_project("tools/other")).expect("read");
    assert_eq!(other, "new\n", "what is beside can be written");
    place.shell(&["-q", "--allow-host-executed"], script);
    assert_eq!(look()[0], "evil\n", "the control");
    assert_ne!(look()[1..], before[1..], "the control");
});

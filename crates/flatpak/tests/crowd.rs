//! Four loops of short runs of one application at once, with launchers killed in between.

use aril_flatpak::instances::{Instance, RuntimeDir};
use aril_sandbox::{Access, Entry, Hooks, Host, Outcome, Plan, Spec};
use std::path::Path;
use std::process::{Command, Stdio};

const RUNTIME: &str = "ARIL_TEST_CROWD";

/// Not a test by itself: one launcher, when the test below starts it.
#[test]
fn launcher() {
    let Some(place) = std::env::var_os(RUNTIME) else {
        return;
    };
    let runtime = RuntimeDir::open(Some(&place), Path::new("/")).unwrap();
    let instance = Instance::allocate(&runtime, &"org.aril.Crowd".parse().unwrap()).unwrap();
    instance
        .write_info(b"[Application]\nname=org.aril.Crowd\n")
        .unwrap();
    let mut spec = Spec::new("/bin/sh");
    spec.program.args = vec!["-c".into(), "echo x >/shared/$$ && sleep 0.01".into()];
    for directory in ["/usr", "/bin", "/lib", "/lib64"] {
        let entry = Entry::bind(directory, directory, Access::ReadOnly);
        spec.tree.push(entry.optional());
    }
    let tmp = instance.per_app().tmp.path();
    spec.tree
        .push(Entry::bind(tmp, "/shared", Access::ReadWrite));
    spec.supervision.sync_fds = instance.lock_fds();
    spec.supervision.announce = true;
    spec.supervision.die_with_launcher = true;
    let plan = Plan::new(&spec, &Host::gather().unwrap()).unwrap();
    let launched = plan.launch_with(Hooks {
        meanwhile: &mut || {
            instance.collect_dead().unwrap();
            Ok(())
        },
        announce: &mut |created| {
            instance.announce(&created).unwrap();
            Ok(())
        },
        signals: None,
    });
    assert_eq!(launched.unwrap().wait().unwrap(), Outcome::Exited(0));
    instance.release().unwrap();
}

fn start(place: &Path) -> std::process::Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "launcher", "--test-threads=1", "--nocapture"]);
    command.env(RUNTIME, place).stdout(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn nothing_fails_and_nothing_is_left() {
    let place = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for crowd in 0..4_u64 {
            let place = place.path();
            scope.spawn(move || {
                for round in 0..60_u64 {
                    let mut run = start(place);
                    // Every third loses its launcher, at another moment each.
                    if round % 3 == 2 {
                        let moment = (round * 7 + crowd * 5) % 40;
                        std::thread::sleep(std::time::Duration::from_millis(moment));
                        run.kill().unwrap();
                        run.wait().unwrap();
                    } else {
                        assert!(run.wait().unwrap().success());
                    }
                }
            });
        }
    });
    let names = |path: &str| {
        let entries = std::fs::read_dir(place.path().join(path)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    // What the killed ones left goes with the next start after their inits have let go of the locks.
    for _ in 0..100 {
        assert!(start(place.path()).wait().unwrap().success());
        if names(".flatpak").len() == 1 {
            break;
        }
    }
    assert_eq!(names(".flatpak"), ["org.aril.Crowd"]);
    assert_eq!(names(".flatpak/org.aril.Crowd"), [".ref", "xdg-run"]);
    assert!(names("aril").is_empty(), "{:?}", names("aril"));
}

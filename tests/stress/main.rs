//! Many starts at once, and launchers that are killed at any moment: nothing is left.
#![forbid(unsafe_code)]

use aril_tests::under_test;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

const STARTS: usize = 2000;
const AT_ONCE: usize = 8;

/// A small generator of numbers (an LCG with Knuth's constants), so that a run can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn start(directory: &Path, token: &str, numbers: &mut Numbers, killed: &AtomicUsize) {
    let directory = directory.to_str().expect("text");
    let is_victim = numbers.below(10) == 0;
    // A victim's payload would go on for long; the others end at once.
    let script = if is_victim { "sleep 600" } else { "exit 0" };
    let mut launcher = Command::new(under_test::path())
        .args("--unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev".split(' '))
        .args([
            "--bind", directory, directory, "--tmpfs", "/tmp", "--chdir", "/",
        ])
        .args(["/bin/sh", "-c", script, token])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("bwrap starts");
    if is_victim {
        std::thread::sleep(Duration::from_micros(numbers.below(6000)));
        launcher.kill().expect("it can be killed");
        killed.fetch_add(1, Relaxed);
        launcher.wait().expect("it ends");
    } else {
        let output = launcher.wait_with_output().expect("it ends");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

fn processes_with(token: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("proc").flatten();
    let cmdline = |path: std::path::PathBuf| std::fs::read(path.join("cmdline")).ok();
    entries
        .filter_map(|entry| cmdline(entry.path()))
        .filter(|text| String::from_utf8_lossy(text).contains(token))
        .count()
}

/// The inits that run. One that has ended and that process 1 has not waited for yet is none.
fn inits() -> usize {
    let entries = std::fs::read_dir("/proc").expect("proc").flatten();
    let stats = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| stat.contains(" (aril-init) ") && !stat.contains(" (aril-init) Z "))
        .count()
}

fn mounts() -> usize {
    std::fs::read_to_string("/proc/self/mountinfo")
        .expect("mounts")
        .lines()
        .count()
}

#[test]
fn two_thousand_starts_leave_nothing() {
    let token = format!("aril-stress-{}", std::process::id());
    let directory = std::env::temp_dir().join(&token);
    std::fs::create_dir(&directory).expect("a directory");
    let (mounts_before, inits_before) = (mounts(), inits());
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..AT_ONCE {
            let (next, killed, directory, token) = (&next, &killed, &directory, &token);
            scope.spawn(move || {
                let mut numbers = Numbers(worker as u64 + 1);
                while next.fetch_add(1, Relaxed) < STARTS {
                    start(directory, token, &mut numbers, killed);
                }
            });
        }
    });
    let killed = killed.load(Relaxed);
    assert!(killed > STARTS / 20, "only {killed} launchers were killed");
    // The kernel may need a moment to end what a killed launcher leaves.
    for _ in 0..1000 {
        if processes_with(&token) == 0 && inits() <= inits_before {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(processes_with(&token), 0, "a process is left");
    assert!(inits() <= inits_before, "an init is left");
    assert_eq!(mounts(), mounts_before, "a mount is left");
    assert_eq!(
        std::fs::read_dir(&directory).expect("a list").count(),
        0,
        "a file is left"
    );
    std::fs::remove_dir(&directory).expect("it is empty");
    eprintln!("{STARTS} starts, {killed} launchers killed");
}

//! Every system call of the set-up made to fail, one at a time, on the real kernel: `strace` injects
//! the error. Either the payload does not run, or what it finds is exactly what it finds without the
//! failure; and nothing is left behind.
//!
//! `strace` counts calls per process, so the n-th call fails in the launcher, in the building process
//! and in the payload's process alike, whichever comes first.
#![forbid(unsafe_code)]

mod gate;
mod lies;

use aril_tests::mountinfo::{self, reachable};
use aril_tests::under_test;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The errors that are injected.
const ERRORS: [&str; 5] = ["EPERM", "ENOSYS", "EINVAL", "ENOMEM", "EMFILE"];

/// How many traces run at once.
const WORKERS: usize = 2;

/// How many calls of one name in one process are made to fail; the rest of a longer row is like them.
const MOST_CALLS: usize = 60;

/// What the payload finds: its privileges, its mounts without their numbers, the root, its name.
const FACTS: &str = "echo BEGIN; grep -E 'NoNewPrivs|^Cap|^Uid|^Gid' /proc/self/status; \
    sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ //; s/ - ([^ ]+).*/ \\1/' /proc/self/mountinfo; \
    ls -a / /work /dev; cat /work/file /data; hostname; pwd; cat /proc/1/comm; \
    cat /proc/net/dev | wc -l; (unshare -U true 2>/dev/null && echo NESTED || echo closed); \
    (touch /usr/x /ro/x 2>/dev/null && echo WRITTEN || echo refused); echo END";

struct Place {
    directory: PathBuf,
}

impl Place {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("aril-{name}-{}", std::process::id()));
        std::fs::create_dir(&directory).expect("a directory");
        std::fs::write(directory.join("file"), "contents\n").expect("a file");
        Self { directory }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.directory).expect("it can be removed");
    }
}

/// A sandbox with most kinds of steps.
fn arguments(place: &Path) -> Vec<String> {
    let place = place.to_str().expect("text");
    let words = format!(
        "--unshare-user --unshare-all --disable-userns --die-with-parent --new-session \
         --hostname inside --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
         --symlink usr/lib64 /lib64 --symlink usr/sbin /sbin --proc /proc --dev /dev \
         --ro-bind {place} /ro --bind {place} /work --tmpfs /tmp --dir /made/below \
         --ro-bind-data 0 /data --chmod 0700 /made --remount-ro /tmp --cap-drop ALL \
         --setenv PATH /usr/bin:/usr/sbin --chdir /work /bin/sh -c"
    );
    words
        .split_whitespace()
        .map(str::to_owned)
        .chain([FACTS.to_owned()])
        .collect()
}

/// One call that is made to fail.
#[derive(Debug)]
struct Rule {
    name: String,
    number: usize,
    error: &'static str,
}

impl Rule {
    /// Only the named call stops for the tracer, which makes it bearably fast.
    fn options(&self) -> Vec<String> {
        let Self {
            name,
            number,
            error,
        } = self;
        vec![
            "--seccomp-bpf".into(),
            format!("--trace={name}"),
            format!("--inject={name}:error={error}:when={number}"),
        ]
    }
}

/// The first call of a name gets every error, the others take turns.
fn rules(calls: &BTreeMap<String, usize>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (name, &count) in calls {
        for number in 1..=count.min(MOST_CALLS) {
            let turn = number % ERRORS.len();
            let errors = if number == 1 {
                &ERRORS[..]
            } else {
                &ERRORS[turn..=turn]
            };
            let rule = |error: &&'static str| Rule {
                name: name.clone(),
                number,
                error,
            };
            rules.extend(errors.iter().map(rule));
        }
    }
    rules
}

struct Traced {
    output: Output,
    log: String,
}

fn trace(worker: usize, place: &Path, options: &[String]) -> Traced {
    let log = place.with_extension(format!("log{worker}"));
    let data = std::fs::File::open(place.join("file")).expect("a file");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .args(options)
        .arg(under_test::path())
        .args(arguments(place))
        .stdin(Stdio::from(data))
        .output()
        .expect("strace runs: install it");
    let text = std::fs::read_to_string(&log).expect("a log");
    std::fs::remove_file(&log).expect("it was there");
    Traced { output, log: text }
}

/// The calls of the set-up: for each name the most calls of it in one process, up to the exec of the
/// payload. The launcher's own are left out unless another process makes them too.
fn setup_calls(log: &str) -> BTreeMap<String, usize> {
    let launcher = log
        .split_whitespace()
        .next()
        .expect("a first line")
        .to_owned();
    let mut executed = BTreeSet::new();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let before_payload = log
        .lines()
        .take_while(|line| !line.contains("execve(\"/bin/sh\""));
    for line in before_payload {
        let Some((pid, rest)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let Some((name, _)) = rest.trim_start().split_once('(') else {
            continue;
        };
        if pid == launcher || executed.contains(pid) || !is_name(name) {
            continue;
        }
        if name.starts_with("execve") {
            executed.insert(pid.to_owned());
        }
        *counts.entry((name.to_owned(), pid.to_owned())).or_default() += 1;
    }
    let mut most = BTreeMap::new();
    for ((name, _), count) in counts {
        let entry = most.entry(name).or_insert(0);
        *entry = count.max(*entry);
    }
    // The end of a process cannot fail, and the exec is the success itself.
    most.remove("exit_group");
    // Linux releases the descriptor whatever close(2) returns; an injected error would leave it open.
    most.remove("close");
    most.retain(|name, _| {
        let is_known = !name.starts_with("syscall_");
        if !is_known {
            eprintln!("skipped: the tracer is older than {name} and cannot make it fail");
        }
        is_known
    });
    most
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn facts(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.contains("BEGIN").then(|| text.into_owned())
}

fn processes_with(token: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").expect("proc").flatten();
    let read = |path: PathBuf| std::fs::read(path.join("cmdline")).ok();
    entries
        .filter_map(|entry| {
            let text = String::from_utf8_lossy(&read(entry.path())?).into_owned();
            (text.contains(token) && !text.starts_with("strace")).then_some(text)
        })
        .collect()
}

#[test]
fn a_failing_call_never_weakens_the_sandbox() {
    let place = Place::new("faults");
    let plain = trace(0, &place.directory, &["--trace=all".into()]);
    let baseline = facts(&plain.output).unwrap_or_else(|| panic!("{:?}", plain.output));
    assert!(
        baseline.contains("closed") && baseline.contains("refused"),
        "{baseline}"
    );
    assert!(
        baseline.contains("contents\ncontents") && baseline.ends_with("END\n"),
        "{baseline}"
    );

    let calls = setup_calls(&plain.log);
    for name in [
        "openat2",
        "open_tree",
        "mount_setattr",
        "move_mount",
        "pivot_root",
        "capset",
    ] {
        assert!(
            calls.contains_key(name),
            "{name} is not among {:?}",
            calls.keys()
        );
    }
    let rules = rules(&calls);
    let (next, injected, stopped) = Default::default();
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (place, rules, baseline) = (&place, &rules, &baseline);
            let (next, injected, stopped): (&AtomicUsize, &AtomicUsize, &AtomicUsize) =
                (&next, &injected, &stopped);
            scope.spawn(move || {
                while let Some(rule) = rules.get(next.fetch_add(1, Relaxed)) {
                    if std::env::var_os("ARIL_VERBOSE").is_some() {
                        eprintln!("{worker} {rule:?}");
                    }
                    let traced = trace(worker, &place.directory, &rule.options());
                    if traced.log.contains("(INJECTED)") {
                        injected.fetch_add(1, Relaxed);
                        let was_stopped = check(rule, baseline, &traced.output);
                        stopped.fetch_add(usize::from(was_stopped), Relaxed);
                    }
                }
            });
        }
    });
    let (injected, stopped) = (injected.into_inner(), stopped.into_inner());
    let token = place.directory.to_str().expect("text");
    assert_eq!(
        processes_with(token),
        Vec::<String>::new(),
        "something is left"
    );
    assert_eq!(
        std::fs::read_dir(&place.directory).expect("a list").count(),
        1,
        "a ghost is left"
    );
    eprintln!("{injected} calls made to fail, {stopped} of them stopped the start");
    assert!(
        injected > 100 && stopped * 2 > injected,
        "{injected} injected, {stopped} stopped"
    );
}

/// True if the start was stopped, with words; else the payload must have found the same as ever.
fn check(rule: &Rule, baseline: &str, output: &Output) -> bool {
    if let Some(found) = facts(output) {
        // The payload's own programs meet the failure too and may leave lines out; what they do
        // find must be as ever.
        for line in found.lines() {
            let expected = baseline.lines().any(|known| known == line);
            assert!(expected, "{rule:?}: {line:?} is not in\n{baseline}");
        }
        return false;
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let ended = output.status.code() == Some(1) || output.status.signal().is_some();
    assert!(ended, "{rule:?}: {:?} {words}", output.status);
    // The words themselves are written, by the launcher, whose first write failed as well.
    if output.status.code() == Some(1) && rule.name != "write" {
        assert!(words.contains("bwrap: "), "{rule:?}: no words: {words}");
    }
    true
}

/// Runs a bind of the whole host, in which these calls that give attributes fail. The first one holds
/// propagation, the second is for the bind and all below it, and where that is no failure the third is for
/// the bind alone, and those that follow for one mount below it each.
fn with_refusals(when: &str, more: &[&str]) -> Output {
    Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "--trace=mount_setattr"])
        .arg(format!("--inject=mount_setattr:error=EPERM:when={when}"))
        .arg(under_test::path())
        .args(more)
        .args(["--ro-bind", "/", "/", "cat", "/proc/self/mountinfo"])
        .output()
        .expect("strace runs: install it")
}

/// How many of the mounts that can be reached inside can be written, and how many cannot.
fn writable_and_not(listed: &[u8]) -> (usize, usize) {
    let listed = mountinfo::parse(&String::from_utf8_lossy(listed));
    let reachable = reachable(&listed);
    let read_only = reachable.iter().filter(|mount| mount.has("ro")).count();
    (reachable.len() - read_only, read_only)
}

#[test]
fn a_mount_below_that_refuses_is_passed_over_only_by_request_and_with_a_warning() {
    let refused = with_refusals("2", &[]);
    assert_eq!(
        (refused.status.code(), refused.stdout.len()),
        (Some(1), 0),
        "{refused:?}"
    );
    let passed = with_refusals("2+2", &["--not-a-security-boundary"]);
    let words = String::from_utf8_lossy(&passed.stderr);
    assert!(
        words.contains("bwrap: bind / on / (read-only): a mount below it stays as it is"),
        "{words}"
    );
    let (writable, read_only) = writable_and_not(&passed.stdout);
    assert!(writable > 0 && read_only > 1, "{writable} {read_only}");
}

#[test]
fn mounts_below_one_that_refuses_get_their_attributes_one_by_one() {
    let passed = with_refusals("2", &["--not-a-security-boundary"]);
    let (writable, read_only) = writable_and_not(&passed.stdout);
    assert!(writable == 0 && read_only > 1, "{passed:?}");
    assert_eq!(passed.stderr, b"");
}

/// A filesystem in user space may answer no question about itself: the mount is then looked up.
#[test]
fn a_filesystem_that_does_not_answer_is_read_back_from_the_list_of_mounts() {
    let passed = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "--trace=fstatfs"])
        .arg("--inject=fstatfs:error=EPERM:when=1")
        .arg(under_test::path())
        .args([
            "--ro-bind",
            "/",
            "/",
            "grep",
            " / / ",
            "/proc/self/mountinfo",
        ])
        .output()
        .expect("strace runs: install it");
    let listed = String::from_utf8_lossy(&passed.stdout);
    assert!(listed.contains(" / / ro,nosuid,nodev"), "{passed:?}");
}

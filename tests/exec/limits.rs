//! Bombs under limits. A limit that cannot be had here stops the start; it is never left out.

use crate::place::{Place, attack};
use aril_tests::Finished;
use aril_tests::skip::left_out;

/// Whether the limit was refused as one that cannot be enforced here, in words and before anything ran.
fn is_refused(done: &Finished, what: &str) -> bool {
    if done.status.code() != Some(125) {
        return false;
    }
    assert_eq!(done.stdout, "", "nothing runs: {done:?}");
    assert!(
        done.stderr.starts_with("aril: ") && done.stderr.contains(what),
        "{done:?}"
    );
    left_out(what, done.stderr.lines().next().unwrap_or_default());
    true
}

/// Forks up to a bound, with children that wait, and says how many there were.
const FORKS: &str = "
import os, signal
print('start', flush=True)
count, pids = 0, []
for _ in range(200):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        signal.pause()
        os._exit(0)
    pids.append(pid)
print(len(pids), flush=True)
for pid in pids:
    os.kill(pid, signal.SIGKILL)
";

attack!(a_fork_bomb_stays_small, {
    let place = Place::new();
    let program = place.exec(&["--limit", "pids=30", "--"]);
    let done = program.args(["python3", "-c", FORKS]).finish();
    if !is_refused(&done, "process") {
        let count: u32 = done
            .success()
            .stdout
            .lines()
            .last()
            .expect("a line")
            .parse()
            .expect("a number");
        assert!(count < 30, "{count}");
    }
    let free = place.inside(FORKS, &[]);
    assert_eq!(free, "start\n200\n", "the control");
});

attack!(a_memory_bomb_ends_alone, {
    let place = Place::new();
    let script = "print('start', flush=True)\nx = bytearray(150 << 20)\nx[::4096] = b'x' * len(x[::4096])\nprint('big')";
    let program = place.exec(&["--limit", "memory=60M", "--"]);
    let done = program.args(["python3", "-c", script]).finish();
    if !is_refused(&done, "memory") {
        assert!(!done.stdout.contains("big"), "{done:?}");
    }
    assert_eq!(place.inside(script, &[]), "start\nbig\n", "the control");
});

attack!(files_and_their_sizes_are_bounded, {
    let place = Place::new();
    let script = "trap '' XFSZ; head -c 3000000 /dev/zero >big 2>/dev/null; stat -c %s big";
    let done = place.shell(&["--limit", "file-size=1M"], script).success();
    assert_eq!(done.stdout, "1048576\n");
    assert_eq!(
        place.shell(&[], script).success().stdout,
        "3000000\n",
        "the control"
    );
    let open = "import os\nn = 0\ntry:\n    while n < 300: os.dup(0); n += 1\nexcept OSError: pass\nprint(n)";
    let few = place.python(place.exec(&["--limit", "files=50"]), open, &[]);
    assert!(few.trim().parse::<u32>().expect("a number") < 50, "{few}");
    assert_eq!(place.inside(open, &[]), "300\n", "the control");
});

attack!(a_limit_cannot_be_raised_inside, {
    let place = Place::new();
    let script = "import resource as r
for kind in (r.RLIMIT_FSIZE, r.RLIMIT_NOFILE):
    soft, hard = r.getrlimit(kind)
    try: r.setrlimit(kind, (hard + 1, hard + 1)); print('raised')
    except (ValueError, OSError): print('held')";
    let options = ["--limit", "file-size=1M,files=50"];
    assert_eq!(
        place.python(place.exec(&options), script, &[]),
        "held\nheld\n"
    );
    let root = ["--user", "root", "--limit", "file-size=1M,files=50"];
    assert_eq!(place.python(place.exec(&root), script, &[]), "held\nheld\n");
});

/// Tells the limit on core dumps, tries to raise it, and crashes.
const CRASH: &str = "
import os, resource as r, signal
try: r.setrlimit(r.RLIMIT_CORE, (r.getrlimit(r.RLIMIT_CORE)[1], r.getrlimit(r.RLIMIT_CORE)[1]))
except (ValueError, OSError): pass
try: r.setrlimit(r.RLIMIT_CORE, (1 << 30, 1 << 30))
except (ValueError, OSError): pass
print(*r.getrlimit(r.RLIMIT_CORE), flush=True)
pid = os.fork()
if pid == 0: os.kill(os.getpid(), signal.SIGQUIT)
print(os.WCOREDUMP(os.waitpid(pid, 0)[1]))
";

attack!(the_memory_of_what_crashes_stays_inside, {
    let place = Place::new();
    let hard = place.outside(
        "import resource as r; print(r.getrlimit(r.RLIMIT_CORE)[1])",
        &[],
    );
    if hard == "0\n" {
        aril_tests::skip::skip("nobody may dump core here, so that no limit can be set");
    }
    // With a limit of 1 no handler is started either, which with 0 it is (core(5)).
    assert_eq!(place.inside(CRASH, &[]), "1 1\nFalse\n");
    let given = place.exec(&["--limit", "core-size=1G", "--"]);
    let given = place.python(given, CRASH, &[]);
    assert!(
        given.starts_with("1073741824 1073741824\n"),
        "the control: {given}"
    );
    let outside = place.outside(CRASH, &[]);
    assert!(!outside.starts_with("1 1\n"), "the control: {outside}");
});

attack!(every_directory_in_memory_has_a_size, {
    // A disk filler: what is not the project is a tmpfs, and none takes all the memory.
    let place = Place::new();
    let out = place.inside("print(open('/proc/self/mountinfo').read())", &[]);
    let mut count = 0;
    for line in out.lines().filter(|line| line.contains(" - tmpfs ")) {
        let is_read_only = line
            .split(' ')
            .nth(5)
            .is_some_and(|options| options.starts_with("ro"));
        assert!(is_read_only || line.contains("size="), "{line}");
        count += 1;
    }
    assert!(count >= 5, "{out}");
    let script = "head -c 80000000 /dev/zero >$XDG_RUNTIME_DIR/big 2>/dev/null; stat -c %s $XDG_RUNTIME_DIR/big";
    assert_eq!(place.shell(&[], script).success().stdout, "67108864\n");
});

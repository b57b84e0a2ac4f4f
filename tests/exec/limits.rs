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

//! Other processes: of the host, and of another sandbox. None is seen, and none is signalled.

use crate::place::{Place, aril, attack};
use aril_tests::{Bwrap, fds};
use std::process::Stdio;

/// What is seen of processes, by number and by /proc.
const SEEN: &str = "
import os, sys
seen = [name for name in os.listdir('/proc') if name.isdigit() and int(name) not in (1, os.getpid())]
print('proc', len(seen))
for pid in map(int, sys.argv[1:]):
    try:
        os.kill(pid, 0)
        print('signal', pid)
    except OSError:
        pass
try:
    os.kill(-1, 0)
    print('signal -1')
except OSError:
    pass
for name in ['exe', 'root', 'cwd', 'environ', 'mem', 'fd/0', 'maps']:
    try:
        os.close(os.open('/proc/1/' + name, os.O_RDONLY))
        if name != 'maps' or open('/proc/1/maps').read():
            print('init', name)
    except OSError:
        pass
";

attack!(no_process_outside_is_seen_or_signalled, {
    let place = Place::new();
    let own = std::process::id().to_string();
    let (held, hold) = fds::pipe();
    let other = place.exec(&["--"]).stdin(Stdio::from(held));
    let mut other = other.args(["sh", "-c", "echo ready; cat"]).spawn();
    other.says("ready");
    let peer = other.pid().as_raw_nonzero().to_string();
    let found = place.inside(SEEN, &[&own, &peer]);
    // Init's memory map can be opened by anybody, and is empty to them.
    assert_eq!(found, "proc 0\n");
    let outside = place.outside(SEEN, &[&own, &peer]);
    assert!(
        outside.contains(&format!("signal {own}")),
        "the control: {outside}"
    );
    assert!(
        outside.contains(&format!("signal {peer}")),
        "the control: {outside}"
    );
    drop(hold);
    other.wait().success();
});

/// Signals its own process group, and says so.
const TO_GROUP: &str = "import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
try: os.kill(0, signal.SIGTERM)
except OSError: pass
print('went on', flush=True)";

/// A script with a child in the same group, as scripts and pipelines have.
fn neighbour(place: &Place, inner: &str, is_sandboxed: bool) -> Bwrap {
    let script =
        "sleep 1000 & child=$!; \"$@\"; kill -0 $child && echo alive; kill -9 $child; wait";
    let program = place.bare().args(["sh", "-c", script, "sh"]);
    let program = if is_sandboxed {
        program.args([aril()]).args(["exec", "--"])
    } else {
        program
    };
    program.args(["python3", "-c", inner])
}

attack!(the_group_that_it_was_started_in_is_out_of_reach, {
    // kill(2) of process 0 knows no pid namespace.
    let place = Place::new();
    let done = neighbour(&place, TO_GROUP, true).finish();
    assert_eq!(done.stdout, "went on\nalive\n", "{done:?}");
    let control = neighbour(&place, TO_GROUP, false).finish();
    assert!(
        !control.stdout.contains("alive"),
        "the control: {control:?}"
    );
});

/// Runs the rest of its arguments as a session on a new terminal, and prints what appears there.
const ON_A_TERMINAL: &str = "
import os, pty, sys
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
out = b''
while True:
    try:
        part = os.read(master, 1000)
    except OSError:
        break
    if not part:
        break
    out += part
os.waitpid(pid, 0)
sys.stdout.write(out.decode().replace('\\r', ''))
";

attack!(the_group_is_out_of_reach_on_a_terminal_too, {
    // There the payload stays in the group, for the keys of the terminal.
    let place = Place::new();
    let script =
        "sleep 1000 & child=$!; \"$@\"; kill -0 $child && echo alive; kill -9 $child; wait";
    let on = |prefix: &[&str]| {
        let program = place.bare().args(["python3", "-c", ON_A_TERMINAL]);
        let program = program.args(["sh", "-c", script, "sh"]).args(prefix);
        program.args(["python3", "-c", TO_GROUP]).finish().stdout
    };
    let program = aril().into_os_string().into_string().expect("text");
    let found = on(&[&program, "exec", "--"]);
    assert_eq!(found, "went on\nalive\n");
    assert!(!on(&[]).contains("alive"), "the control");
});

//! A terminal with a session of its own, for programs that try to type into it.

/// A Python program. It runs its arguments as a job of a session on a new terminal, and says what was
/// typed into that. The descriptors from 3 on are inherited.
pub const TERMINAL: &str = "
import os, pty, sys, select, termios
pid, master = pty.fork()
if pid == 0:
    settings = termios.tcgetattr(0)
    settings[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(0, termios.TCSANOW, settings)
    # The job: a child, so that the terminal has a session when it is at its end.
    job = os.fork()
    if job == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    os.waitpid(job, 0)
    found = b''
    while select.select([0], [], [], 0.1)[0]:
        found += os.read(0, 100)
    os.write(1, b'TYPED[' + found + b']')
    os._exit(0)
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
sys.stdout.write(out.decode())
";

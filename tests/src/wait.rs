//! Waiting with a generous deadline, against hangs only: no test measures speed.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::Timespec;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How long anything may take before it counts as hung.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// Waits until a file descriptor is readable or at its end; fails the test at the deadline.
pub fn readable(fd: impl AsFd, what: &str) {
    assert!(
        readable_within(fd, DEADLINE),
        "{what}: still waiting after {DEADLINE:?}"
    );
}

/// Whether a file descriptor becomes readable or reaches its end within a time.
pub fn readable_within(fd: impl AsFd, time: Duration) -> bool {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).expect("a short time");
        let mut fds = [PollFd::new(&fd, PollFlags::IN)];
        match poll(&mut fds, Some(&left)) {
            Ok(count) => return count > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => panic!("poll: {error}"),
        }
    }
}

/// Asks again and again until something is so; fails the test at the deadline.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not so after {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

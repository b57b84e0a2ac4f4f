//! The kernel's age.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};

/// The engine's oldest kernel: `mount_setattr(2)`, `CLOSE_RANGE_CLOEXEC`, and processes that are
/// counted per user namespace.
const OLDEST: (u32, u32) = (5, 14);

/// Everything that is used where it exists is there since this version (Landlock's ABI 6).
const WHOLE: (u32, u32) = (6, 12);

pub(super) fn version(facts: &Facts) -> Finding {
    let (major, minor) = facts.kernel;
    let found = format!("Linux {major}.{minor}");
    if facts.kernel < OLDEST {
        return Finding::new("kernel", Severity::Problem, found)
            .meaning("system calls that the sandbox is built with are missing")
            .mended_by("boot Linux 5.14 or newer");
    }
    if facts.kernel < WHOLE {
        return Finding::new("kernel", Severity::Ok, found)
            .meaning("enough; newer kernels add to Landlock");
    }
    Finding::ok("kernel", found)
}

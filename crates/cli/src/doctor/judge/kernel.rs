//! The kernel's age.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use aril_sandbox::OLDEST_KERNEL;

/// Everything that is used where it exists is there since this version (Landlock's ABI 6).
const WHOLE: (u32, u32) = (6, 12);

pub(super) fn version(facts: &Facts) -> Finding {
    let (major, minor) = facts.kernel;
    let found = format!("Linux {major}.{minor}");
    if facts.kernel < OLDEST_KERNEL {
        return Finding::new("kernel", Severity::Problem, found)
            .meaning("system calls that the sandbox is built with are missing")
            .mended_by(format!(
                "boot Linux {}.{} or newer",
                OLDEST_KERNEL.0, OLDEST_KERNEL.1
            ));
    }
    if facts.kernel < WHOLE {
        return Finding::new("kernel", Severity::Ok, found)
            .meaning("enough; newer kernels add to Landlock");
    }
    Finding::ok("kernel", found)
}

//! What a program is started with.

use std::ffi::OsString;

/// The arguments and the environment, as the kernel put them on the stack (`execve(2)`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// `argv`, the program's own name first; may be empty.
    pub arguments: Vec<OsString>,
    /// The environment, split at the first `=`; a string without one is left out.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether the kernel gave more rights than the caller had (`AT_SECURE` of `getauxval(3)`).
    pub is_privileged: bool,
}

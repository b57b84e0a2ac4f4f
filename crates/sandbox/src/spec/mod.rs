//! What a sandbox is asked to be: plain data, without a single system call.
//!
//! Wrong combinations cannot be written where the type system can prevent it; the rest is refused by
//! [`Plan::new`](crate::Plan::new). Inherited descriptors are numbers here.
//!
//! With the feature `serde` a spec can be kept in a file or sent to another process. Its names follow
//! the fields and variants below. A path or word that is not UTF-8 is an error of formats that hold
//! text alone, as JSON's.

mod identity;
mod landlock;
mod limits;
mod namespaces;
mod program;
mod supervision;
mod tree;

pub use identity::{CapabilityBase, CapabilityChange, Credentials, IdRange, ResourceLimit};
pub use landlock::{FileRules, Landlock, Need, PathRule, Scopes};
pub use limits::{CgroupPlace, Limits};
pub use namespaces::{
    IdMaps, Namespaces, Nesting, Network, NewUserNs, PidNs, Share, TimeNs, UserNs,
};
pub use program::{BrokenPipe, Descriptors, EnvChange, Program, Session, Stream, WorkingDirectory};
pub use supervision::{Init, SeccompProgram, Supervision};
pub use tree::{
    Access, Bind, Data, Devices, Entry, Link, MissingTargets, Node, Overlay, ProcSource, Root,
    Source, Upper,
};

/// A sandbox, declared.
///
/// [`Spec::new`] gives the safe beginning: every namespace new, an empty root, no capability,
/// an environment without a variable, no descriptor but the standard three, and init as process 1.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spec {
    /// What is executed, its arguments, environment, working directory and session.
    pub program: Program,
    /// What is unshared, joined or kept, kind by kind.
    pub namespaces: Namespaces,
    /// Ids, capabilities, resource limits of the payload's process.
    pub credentials: Credentials,
    /// The root that the tree is built on.
    pub root: Root,
    /// What appears in the root. Order is meaning: a later entry covers an earlier one.
    pub tree: Vec<Entry>,
    /// Landlock, on top of the tree; `None` goes without.
    pub landlock: Option<Landlock>,
    /// How much of the machine may be used.
    pub limits: Limits,
    /// Seccomp programs, installed in this order just before the program is executed.
    pub seccomp: Vec<SeccompProgram>,
    /// Who stays beside the payload, and what ends with whom.
    pub supervision: Supervision,
}

impl Spec {
    /// A spec that runs `program` in a sandbox in which nothing is visible yet.
    pub fn new(program: impl Into<std::ffi::OsString>) -> Self {
        Self {
            program: Program {
                path: program.into(),
                ..Program::default()
            },
            ..Self::default()
        }
    }
}

//! What a sandbox is asked to be: plain data, without a single system call.
//!
//! Wrong combinations cannot be written where the type system can prevent it; the rest is refused by
//! [`Plan::new`](crate::Plan::new). Inherited descriptors are numbers here.

mod identity;
mod namespaces;
mod program;
mod supervision;
mod tree;

pub use identity::{CapabilityBase, CapabilityChange, Credentials, IdRange, ResourceLimit};
pub use namespaces::{
    IdMaps, Namespaces, Nesting, Network, NewUserNs, PidNs, Share, TimeNs, UserNs,
};
pub use program::{Descriptors, EnvChange, Program, Session, Stream, WorkingDirectory};
pub use supervision::{Init, SeccompProgram, Supervision};
pub use tree::{
    Access, Bind, Data, Devices, Entry, MissingTargets, Node, Overlay, ProcSource, Root, Source,
    Upper,
};

/// A sandbox, declared.
///
/// [`Spec::new`] gives the safe beginning: every namespace new, an empty root, no capability,
/// an environment without a variable, no descriptor but the standard three, and init as process 1.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Spec {
    /// What is executed, its arguments, environment, working directory and session.
    pub program: Program,
    /// What is unshared, joined or kept, kind by kind.
    pub namespaces: Namespaces,
    /// Ids, capabilities, limits.
    pub credentials: Credentials,
    /// The root that the tree is built on.
    pub root: Root,
    /// What appears in the root. Order is meaning: a later entry covers an earlier one.
    pub tree: Vec<Entry>,
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

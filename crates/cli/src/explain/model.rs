//! The explanation as data; its JSON is described in docs/explain.md.

use super::{Subject, calls, describe, mounts};
use serde::Serialize;

/// The version of the JSON: a program that reads it looks here first. New keys do not change it.
const VERSION: u32 = 1;

/// Everything that is explained. Texts have their control characters escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The version of this form.
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// The program with its arguments.
    pub command: Vec<String>,
    /// The tree of mounts; its root is `/`.
    pub mounts: Mount,
    /// The network.
    pub network: Vec<Line>,
    /// Sockets and devices of the host that are in reach.
    pub sockets: Vec<Line>,
    /// Namespaces, kind by kind.
    pub namespaces: Vec<Line>,
    /// Ids, capabilities, Landlock.
    pub privileges: Vec<Line>,
    /// Variables, as `NAME=VALUE`.
    pub environment: Vec<Line>,
    /// System calls.
    pub system_calls: SystemCalls,
    /// How much of the machine may be used.
    pub limits: Vec<Line>,
    /// What ends when.
    pub lifetime: Vec<Line>,
    /// What the user is told beside it.
    pub notes: Vec<String>,
}

/// Something about the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// In words.
    pub what: String,
    /// How open it is to the host.
    pub openness: Openness,
    /// Who asked for it, when it was asked for.
    pub origin: Option<String>,
}

/// How open something is to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Openness {
    /// Nothing of the host is in reach.
    Closed,
    /// The host's own is in reach.
    Open,
}

/// A place inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// The path from the root.
    pub path: String,
    /// What is there: `bind`, `tmpfs`, `proc`, `dev`, `mqueue`, `overlay`, `directory`, `file`,
    /// `symlink`, `pin` for something that cannot be replaced inside, `parent` for a directory that is there for what is in it.
    pub kind: &'static str,
    /// Whether it can be written; absent for links and for directories on what lies around them.
    pub access: Option<Access>,
    /// The path of the host that is shown, or where a link points.
    pub source: Option<String>,
    /// More about it, in words.
    pub details: Vec<String>,
    /// Who asked for it.
    pub origin: Option<String>,
    /// What is below it.
    pub children: Vec<Mount>,
}

/// Whether a place can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// It cannot.
    ReadOnly,
    /// It can, and what is written is gone with the sandbox.
    Temporary,
    /// It can, and what is written is on the host.
    ReadWrite,
}

/// The filter for system calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SystemCalls {
    /// How many programs are installed; 0 means that no call is refused.
    pub programs: usize,
    /// The rules in force that Aril knows by name, found by running the programs.
    pub rules: Vec<Rule>,
}

/// A rule in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The call.
    pub syscall: String,
    /// The conditions; all must hold.
    pub when: Vec<String>,
    /// What becomes of the call.
    pub action: String,
    /// Why.
    pub reason: String,
}

impl Explanation {
    /// Explains a spec.
    pub fn of(subject: &Subject<'_>) -> Self {
        let spec = subject.spec;
        let shown = |text: &str| aril_flatpak::shown(text).to_string();
        Self {
            version: VERSION,
            title: shown(subject.title),
            command: describe::command(spec),
            mounts: mounts::tree(spec),
            network: describe::network(spec),
            sockets: describe::sockets(spec, subject.session),
            namespaces: describe::namespaces(spec),
            privileges: describe::privileges(spec),
            environment: describe::environment(spec),
            system_calls: calls::of(spec),
            limits: describe::limits(spec),
            lifetime: describe::lifetime(spec),
            notes: subject.notes.iter().map(|note| shown(note)).collect(),
        }
    }
}

impl Line {
    /// Something that keeps the host out of reach.
    pub fn closed(what: impl Into<String>) -> Self {
        Self::new(what, Openness::Closed)
    }

    /// Something of the host that is in reach.
    pub fn open(what: impl Into<String>) -> Self {
        Self::new(what, Openness::Open)
    }

    fn new(what: impl Into<String>, openness: Openness) -> Self {
        Self {
            what: what.into(),
            openness,
            origin: None,
        }
    }
}

impl Mount {
    /// Every place below and including this one that can be written and stays.
    pub fn kept(&self) -> Vec<&Self> {
        let own = (self.access == Some(Access::ReadWrite)).then_some(self);
        own.into_iter()
            .chain(self.children.iter().flat_map(Self::kept))
            .collect()
    }
}

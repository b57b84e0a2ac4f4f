//! The `bwrap` command: bubblewrap's frozen dialect on the engine of Aril.
//!
//! ```text
//! words ──parse──► Invocation { spec, .. } ──run──► exit status
//! ```
//!
//! [`table`] is the one list of options: the parser, `--help`, the manual page and the completions
//! all come from it. [`parse()`] is pure but for `--args`, whose reading is handed in. Everything that
//! touches the system happens later, in [`command()`].
#![forbid(unsafe_code)]

mod command;
pub mod complete;
mod draft;
mod error;
pub mod help;
pub mod man;
mod message;
mod numbers;
mod options;
mod parse;
mod reports;
mod run;
mod settle;
mod sources;
mod status;
pub mod table;
mod text;
mod words;

pub use command::{Start, command};
pub use draft::{Caller, Notes};
pub use error::{ParseError, Warning};
pub use parse::{Answer, Artifact, Parsed, ReadWords, Request, parse};
pub use settle::Invocation;

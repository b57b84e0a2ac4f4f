//! Attacks, each with a control that succeeds where nothing defends.
//!
//! An attack runs against the program under test and must fail, and what it was after on the host
//! must be unchanged. A control is the same attack on an original that has the defect, on a
//! sandbox without the protection, or outside any sandbox: there it must succeed, else the attack
//! proves nothing.
#![forbid(unsafe_code)]

mod control;
mod descriptors;
mod lifetime;
mod limits;
mod links;
mod masked;
mod nesting;
mod old_root;
mod own_program;
mod privileges;
mod propagation;
mod races;
mod real_root;
mod secrets;
mod sockets;
mod syscalls;
mod terminal;
mod trees;

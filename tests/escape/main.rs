//! Attacks, each with a control that succeeds where nothing defends.
#![forbid(unsafe_code)]

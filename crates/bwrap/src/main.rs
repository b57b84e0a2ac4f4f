//! The `bwrap` program.
fn main() {}

//! The sandboxing keys of systemd's units, translated to a profile and back. Nothing is read or asked:
//! texts become texts.
//!
//! A unit begins with everything that its user can reach and takes away; a profile begins with nothing
//! and gives. So a profile that was translated has what the unit names, and the network unless the unit
//! has none of its own; it never has more than the unit. Every key is in one table, with what becomes of
//! it (`systemd.exec(5)`, `systemd.resource-control(5)`, `systemd.service(5)` of systemd 257).

mod draft;
mod from;
mod network;
mod paths;
mod specifier;
mod system_calls;
mod table;
mod to;
mod unit;
mod values;
mod words;

pub use draft::{Remark, Translation, Verdict};
pub use from::{Scope, Unit, from_unit};
pub use table::{KEYS as UNIT_KEYS, UnitKey};
pub use to::to_unit;
pub use unit::UnitText;

#[cfg(test)]
mod tests;

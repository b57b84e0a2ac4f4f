//! Starting a program without starting the C library.
//!
//! Before `main`, a C library finds out what the processor can do: some thirty `CPUID` instructions.
//! In a virtual machine each one is a trap to the hypervisor, and together they cost more than all of
//! `bwrap`'s own work before the sandbox exists (docs/performance.md). A launcher has no use for
//! them. So `bwrap` begins in this crate's `_start`, with an allocator, memory functions and
//! thread-local storage of its own, and calls the kernel only through `aril_sys`.
//!
//! What that means for the program:
//! - It must not use what needs a started C library: threads, `std::process`, `std::net`, `std::io`
//!   on the standard streams, `std::env`. Data structures, formatting and paths are fine.
//! - Arguments and environment come as parameters: [`Start`].
//! - A panic prints where it happened and ends the process with status 1.
//!
//! The crate is built for x86_64 with glibc (see `build.rs` of the `bwrap` crate). Elsewhere the
//! program starts in the usual way.

#[cfg(target_arch = "x86_64")]
mod allocator;
#[cfg(target_arch = "x86_64")]
mod descriptor;
#[cfg(target_arch = "x86_64")]
mod entry;
#[cfg(target_arch = "x86_64")]
mod memory;
mod start;
#[cfg(target_arch = "x86_64")]
mod tls;

pub use start::Start;

//! Operation codes of classic BPF, as far as seccomp filters use them (linux/bpf_common.h).

/// Load the word of `seccomp_data` at offset `k` into the accumulator.
pub(crate) const LOAD: u16 = 0x20;
/// And the accumulator with `k`.
pub(crate) const AND: u16 = 0x54;
/// Jump by `k`.
pub(crate) const JUMP: u16 = 0x05;
/// Jump by `jt` if the accumulator equals `k`, else by `jf`.
pub(crate) const JEQ: u16 = 0x15;
/// Jump by `jt` if the accumulator is greater than `k`, else by `jf`.
pub(crate) const JGT: u16 = 0x25;
/// Jump by `jt` if the accumulator is at least `k`, else by `jf`.
pub(crate) const JGE: u16 = 0x35;
/// Jump by `jt` if the accumulator and `k` share a bit, else by `jf`.
pub(crate) const JSET: u16 = 0x45;
/// Return `k`.
pub(crate) const RETURN: u16 = 0x06;

/// Offset of `seccomp_data.nr` (linux/seccomp.h).
pub(crate) const OFFSET_NUMBER: u32 = 0;
/// Offset of `seccomp_data.arch`.
pub(crate) const OFFSET_ARCH: u32 = 4;
/// Offset of `seccomp_data.args`; eight bytes each, the low half first on little-endian ABIs.
pub(crate) const OFFSET_ARGS: u32 = 16;
/// The size of `seccomp_data`.
pub(crate) const DATA_SIZE: u32 = 64;

//! Small seccomp programs in the form that `--seccomp` reads: an array of native `sock_filter`s.

const LOAD_NUMBER: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7fff_0000;
const FAIL: u32 = 0x0005_0000;

/// The number of `uname(2)`, which no start-up code needs.
#[cfg(target_arch = "x86_64")]
pub const UNAME: u32 = 63;
/// The number of `uname(2)`, which no start-up code needs.
#[cfg(target_arch = "aarch64")]
pub const UNAME: u32 = 160;
/// The number of `personality(2)`, which nothing inside calls: the probe does call `uname`.
#[cfg(target_arch = "x86_64")]
pub const PERSONALITY: u32 = 135;
/// The number of `personality(2)`, which nothing inside calls: the probe does call `uname`.
#[cfg(target_arch = "aarch64")]
pub const PERSONALITY: u32 = 92;

fn instruction(code: u16, if_true: u8, if_false: u8, value: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..2].copy_from_slice(&code.to_ne_bytes());
    bytes[2] = if_true;
    bytes[3] = if_false;
    bytes[4..].copy_from_slice(&value.to_ne_bytes());
    bytes
}

/// A program which makes one system call fail with an errno and allows the rest.
pub fn deny(number: u32, errno: u32) -> Vec<u8> {
    [
        instruction(LOAD_NUMBER, 0, 0, 0),
        instruction(JUMP_IF_EQUAL, 0, 1, number),
        instruction(RETURN, 0, 0, FAIL | errno),
        instruction(RETURN, 0, 0, ALLOW),
    ]
    .concat()
}

/// A program which allows everything.
pub fn allow() -> Vec<u8> {
    instruction(RETURN, 0, 0, ALLOW).to_vec()
}

/// A program of the right size which the kernel refuses.
pub fn invalid() -> Vec<u8> {
    instruction(0xffff, 0, 0, 0).to_vec()
}

//! Credentials of the calling thread: ids, capabilities, `no_new_privs`.

use crate::Result;
use crate::syscall::syscall;
use linux_raw_sys::{general as raw, prctl};

/// The largest capability number that the 64-bit sets can hold.
pub const CAPABILITY_BITS: u32 = 64;

/// The three per-thread capability sets that `capset(2)` writes, one bit a capability.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CapabilitySets {
    /// What permission checks look at.
    pub effective: u64,
    /// What may be made effective.
    pub permitted: u64,
    /// What may survive an exec together with a file's inheritable set.
    pub inheritable: u64,
}

/// `_LINUX_CAPABILITY_VERSION_3`: two 32-bit words a set.
const VERSION: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Word {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// The caller's sets (`capget(2)`).
pub fn capabilities() -> Result<CapabilitySets> {
    let header = Header {
        version: VERSION,
        pid: 0,
    };
    let mut words = [Word::default(); 2];
    // SAFETY: both pointers live through the call; version 3 writes two words.
    unsafe { syscall!(__NR_capget, &raw const header, words.as_mut_ptr())? };
    let join = |get: fn(&Word) -> u32| u64::from(get(&words[0])) | u64::from(get(&words[1])) << 32;
    Ok(CapabilitySets {
        effective: join(|word| word.effective),
        permitted: join(|word| word.permitted),
        inheritable: join(|word| word.inheritable),
    })
}

/// Sets the caller's sets (`capset(2)`).
pub fn set_capabilities(sets: CapabilitySets) -> Result<()> {
    let header = Header {
        version: VERSION,
        pid: 0,
    };
    let word = |shift: u32| Word {
        effective: (sets.effective >> shift) as u32,
        permitted: (sets.permitted >> shift) as u32,
        inheritable: (sets.inheritable >> shift) as u32,
    };
    let words = [word(0), word(32)];
    // SAFETY: both pointers live through the call and are read only.
    unsafe { syscall!(__NR_capset, &raw const header, words.as_ptr()) }.map(drop)
}

fn control(option: u32, a: usize, b: usize) -> Result<usize> {
    // SAFETY: none of the options used in this module reads or writes through a pointer.
    unsafe { syscall!(__NR_prctl, option, a, b, 0, 0) }
}

/// Whether capability `number` is in the bounding set; `None` where the kernel knows no such one.
pub fn is_in_bounding_set(number: u32) -> Option<bool> {
    control(prctl::PR_CAPBSET_READ, number as usize, 0)
        .ok()
        .map(|set| set == 1)
}

/// Takes capability `number` out of the bounding set, for ever (`PR_CAPBSET_DROP`).
pub fn drop_from_bounding_set(number: u32) -> Result<()> {
    control(prctl::PR_CAPBSET_DROP, number as usize, 0).map(drop)
}

/// Adds capability `number` to the ambient set, which survives an exec (`PR_CAP_AMBIENT`).
pub fn raise_ambient(number: u32) -> Result<()> {
    control(
        prctl::PR_CAP_AMBIENT,
        prctl::PR_CAP_AMBIENT_RAISE as usize,
        number as usize,
    )
    .map(drop)
}

/// Empties the ambient set.
pub fn clear_ambient() -> Result<()> {
    control(
        prctl::PR_CAP_AMBIENT,
        prctl::PR_CAP_AMBIENT_CLEAR_ALL as usize,
        0,
    )
    .map(drop)
}

/// Whether capability `number` is in the ambient set.
pub fn is_ambient(number: u32) -> Result<bool> {
    control(
        prctl::PR_CAP_AMBIENT,
        prctl::PR_CAP_AMBIENT_IS_SET as usize,
        number as usize,
    )
    .map(|set| set == 1)
}

/// Keeps the permitted capabilities over the next change of all uids away from 0
/// (`PR_SET_KEEPCAPS`).
pub fn keep_capabilities() -> Result<()> {
    control(prctl::PR_SET_KEEPCAPS, 1, 0).map(drop)
}

/// The caller's securebits (`capabilities(7)`).
pub fn secure_bits() -> Result<u32> {
    control(prctl::PR_GET_SECUREBITS, 0, 0).map(|bits| bits as u32)
}

/// Sets the caller's securebits; needs `CAP_SETPCAP`.
pub fn set_secure_bits(bits: u32) -> Result<()> {
    control(prctl::PR_SET_SECUREBITS, bits as usize, 0).map(drop)
}

/// Makes every later exec ignore set-user-id bits and file capabilities, for ever.
pub fn set_no_new_privs() -> Result<()> {
    control(prctl::PR_SET_NO_NEW_PRIVS, 1, 0).map(drop)
}

/// Whether `no_new_privs` is set.
pub fn no_new_privs() -> Result<bool> {
    control(prctl::PR_GET_NO_NEW_PRIVS, 0, 0).map(|set| set == 1)
}

/// The `dumpable` flag of the caller's memory (`PR_GET_DUMPABLE`).
pub fn dumpable() -> Result<usize> {
    control(prctl::PR_GET_DUMPABLE, 0, 0)
}

/// Sets the `dumpable` flag of the caller's memory. Threads and vforked children share it.
pub fn set_dumpable(value: usize) -> Result<()> {
    control(prctl::PR_SET_DUMPABLE, value, 0).map(drop)
}

/// Real, effective and saved ids.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ids {
    /// The real id.
    pub real: u32,
    /// The effective id.
    pub effective: u32,
    /// The saved id.
    pub saved: u32,
}

/// Fills an [`Ids`] by one of the two calls that write three ids.
macro_rules! three_ids {
    ($call:ident) => {{
        let (mut real, mut effective, mut saved) = (0_u32, 0_u32, 0_u32);
        // SAFETY: the kernel writes three 32-bit ids.
        unsafe { syscall!($call, &raw mut real, &raw mut effective, &raw mut saved)? };
        Ok(Ids {
            real,
            effective,
            saved,
        })
    }};
}

/// The caller's user ids (`getresuid(2)`).
pub fn user_ids() -> Result<Ids> {
    three_ids!(__NR_getresuid)
}

/// The caller's group ids (`getresgid(2)`).
pub fn group_ids() -> Result<Ids> {
    three_ids!(__NR_getresgid)
}

/// Sets all three user ids of the caller (`setresuid(2)`, this thread only).
pub fn set_user_id(id: u32) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_setresuid, id, id, id) }.map(drop)
}

/// Sets all three group ids of the caller (`setresgid(2)`, this thread only).
pub fn set_group_id(id: u32) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_setresgid, id, id, id) }.map(drop)
}

/// Sets the supplementary groups (`setgroups(2)`).
pub fn set_groups(groups: &[u32]) -> Result<()> {
    // SAFETY: the pointer and the length are of one slice, read only.
    unsafe { syscall!(__NR_setgroups, groups.len(), groups.as_ptr()) }.map(drop)
}

/// A resource limit, `RLIMIT_*` of `prlimit(2)`. `u64::MAX` is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Limit {
    /// Which resource: the number of the `RLIMIT_*` constant.
    pub resource: u32,
    /// The limit in force.
    pub soft: u64,
    /// What the soft limit may be raised to.
    pub hard: u64,
}

/// The largest size that a file can be written to, in bytes.
pub const RLIMIT_FSIZE: u32 = raw::RLIMIT_FSIZE;
/// The largest core dump of the caller, in bytes.
pub const RLIMIT_CORE: u32 = raw::RLIMIT_CORE;
/// How many processes the caller's user can have.
pub const RLIMIT_NPROC: u32 = raw::RLIMIT_NPROC;
/// How many descriptors a process can have.
pub const RLIMIT_NOFILE: u32 = raw::RLIMIT_NOFILE;

/// A resource limit of the caller (`prlimit(2)`).
pub fn limit(resource: u32) -> Result<Limit> {
    let mut value = raw::rlimit64 {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `value` lives through the call and is written; no new limit is given.
    unsafe { syscall!(__NR_prlimit64, 0, resource, 0, &raw mut value) }?;
    Ok(Limit {
        resource,
        soft: value.rlim_cur,
        hard: value.rlim_max,
    })
}

/// Sets a resource limit of the caller (`prlimit(2)`).
pub fn set_limit(limit: Limit) -> Result<()> {
    let value = raw::rlimit64 {
        rlim_cur: limit.soft,
        rlim_max: limit.hard,
    };
    // SAFETY: `value` lives through the call and is read only; no old limit is asked for.
    unsafe { syscall!(__NR_prlimit64, 0, limit.resource, &raw const value, 0) }.map(drop)
}

/// Whether the program was started with more rights than its caller had: set-user-id, set-group-id,
/// or file capabilities. Ids are compared, and an ordinary user's capabilities must all be ambient.
pub fn started_privileged() -> Result<bool> {
    let (user, group) = (user_ids()?, group_ids()?);
    if user.real != user.effective || group.real != group.effective {
        return Ok(true);
    }
    Ok(user.real != 0 && capabilities()?.permitted != 0 && !ambient_explains(capabilities()?))
}

/// Whether every permitted capability is in the ambient set: then the caller had them already.
fn ambient_explains(sets: CapabilitySets) -> bool {
    (0..CAPABILITY_BITS)
        .filter(|number| sets.permitted >> number & 1 == 1)
        .all(|number| is_ambient(number) == Ok(true))
}

//! The ABIs through which a process can call the kernel.

use std::fmt;

/// An ABI: a way into the kernel with its own system-call numbers.
///
/// A 64-bit kernel usually offers a second one (32-bit programs), and x86 a third (x32):
/// a filter that forgets one of them is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arch {
    /// 64-bit x86, through `syscall`.
    X86_64,
    /// 32-bit x86, through `int 0x80` or `sysenter`; open to 64-bit programs too.
    I386,
    /// x86_64 with 32-bit pointers: the same audit value, and bit 30 set in the number.
    X32,
    /// 64-bit ARM, little-endian.
    Aarch64,
    /// 32-bit ARM, EABI, little-endian.
    Arm,
}

/// `__X32_SYSCALL_BIT` in asm/unistd.h: set in the number of every x32 call.
pub(crate) const X32_BIT: u32 = 0x4000_0000;

impl Arch {
    /// Every ABI that this crate compiles for.
    pub const ALL: [Self; 5] = [
        Self::X86_64,
        Self::I386,
        Self::X32,
        Self::Aarch64,
        Self::Arm,
    ];

    /// The ABI of this very program, if it is one that rules can be compiled for.
    pub const fn native() -> Option<Self> {
        if cfg!(all(target_arch = "x86_64", target_pointer_width = "32")) {
            Some(Self::X32)
        } else if cfg!(target_arch = "x86_64") {
            Some(Self::X86_64)
        } else if cfg!(target_arch = "x86") {
            Some(Self::I386)
        } else if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
            Some(Self::Aarch64)
        } else if cfg!(all(target_arch = "arm", target_endian = "little")) {
            Some(Self::Arm)
        } else {
            None
        }
    }

    /// What `seccomp_data.arch` holds during a call through this ABI: `AUDIT_ARCH_*` in
    /// linux/audit.h (ELF machine, bit 31 for 64-bit, bit 30 for little-endian).
    pub const fn audit(self) -> u32 {
        match self {
            Self::X86_64 | Self::X32 => 0xc000_003e,
            Self::I386 => 0x4000_0003,
            Self::Aarch64 => 0xc000_00b7,
            Self::Arm => 0x4000_0028,
        }
    }

    /// The ABI of a call as a filter sees it: `seccomp_data.arch` and `seccomp_data.nr`.
    pub fn of_call(audit: u32, number: u32) -> Option<Self> {
        let mut known = Self::ALL.into_iter().filter(|arch| arch.audit() == audit);
        let is_x32 = audit == Self::X32.audit() && number >= X32_BIT && number != u32::MAX;
        if is_x32 {
            Some(Self::X32)
        } else {
            known.find(|arch| *arch != Self::X32)
        }
    }

    /// Whether the kernel reads only the low half of each argument register of this call.
    ///
    /// The upper half is not always zero in `seccomp_data`: a 64-bit x86 program that uses
    /// `int 0x80` can leave anything there (seen on Linux 6.18). Rules for these calls must
    /// not look at it. Under x32 these are the calls with a number of their own, from 512 on:
    /// they are 32-bit entry points, while the others are those of x86_64.
    pub const fn reads_low_halves(self, number: u32) -> bool {
        match self {
            Self::I386 | Self::Arm => true,
            Self::X32 => number >= X32_BIT + 512,
            Self::X86_64 | Self::Aarch64 => false,
        }
    }

    /// The ABI of 32-bit programs on a kernel of this one, which `multiarch` adds.
    pub const fn companion(self) -> Option<Self> {
        match self {
            Self::X86_64 => Some(Self::I386),
            Self::Aarch64 => Some(Self::Arm),
            Self::I386 | Self::X32 | Self::Arm => None,
        }
    }

    /// The number of a system call, as it stands in `seccomp_data.nr` (with bit 30 for x32).
    pub fn number(self, name: &str) -> Option<u32> {
        crate::numbers::number(self, name)
    }

    /// The name of the system call with this number (with bit 30 for x32).
    pub fn name(self, number: u32) -> Option<&'static str> {
        crate::numbers::name(self, number)
    }

    /// Every system call of this ABI, in the order of their numbers.
    pub fn syscalls(self) -> Vec<(u32, &'static str)> {
        crate::numbers::all(self)
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X86_64 => "x86_64",
            Self::I386 => "i386",
            Self::X32 => "x32",
            Self::Aarch64 => "aarch64",
            Self::Arm => "arm",
        })
    }
}

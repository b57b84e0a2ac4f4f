//! Numbers that the table crate does not have or has wrong, each with its source.

use crate::Arch;

/// System calls newer than the table crate (Linux 6.17). Since Linux 5.1 a new call has one
/// number on every ABI (424 and up).
pub(crate) const EVERYWHERE: &[(u32, &str)] = &[
    (470, "listns"),           // Linux 6.19: lists namespaces by id
    (471, "rseq_slice_yield"), // Linux 7.0: gives back an extended time slice
];

/// Calls private to the ARM EABI: `__ARM_NR_BASE` (0x0f0000) + 1 to 6 in asm/unistd.h.
pub(crate) const ARM_PRIVATE: &[(u32, &str)] = &[
    (0x0f_0001, "breakpoint"),
    (0x0f_0002, "cacheflush"),
    (0x0f_0003, "usr26"),
    (0x0f_0004, "usr32"),
    (0x0f_0005, "set_tls"),
    (0x0f_0006, "get_tls"),
];

/// Calls whose x32 form differs from the x86_64 one and so has a number of its own:
/// the lines marked `x32` in arch/x86/entry/syscalls/syscall_64.tbl, complete since Linux 4.6.
/// The x86_64 numbers of these names do not exist under x32.
pub(crate) const X32_SPECIAL: &[(u32, &str)] = &[
    (512, "rt_sigaction"),
    (513, "rt_sigreturn"),
    (514, "ioctl"),
    (515, "readv"),
    (516, "writev"),
    (517, "recvfrom"),
    (518, "sendmsg"),
    (519, "recvmsg"),
    (520, "execve"),
    (521, "ptrace"),
    (522, "rt_sigpending"),
    (523, "rt_sigtimedwait"),
    (524, "rt_sigqueueinfo"),
    (525, "sigaltstack"),
    (526, "timer_create"),
    (527, "mq_notify"),
    (528, "kexec_load"),
    (529, "waitid"),
    (530, "set_robust_list"),
    (531, "get_robust_list"),
    (532, "vmsplice"),
    (533, "move_pages"),
    (534, "preadv"),
    (535, "pwritev"),
    (536, "rt_tgsigqueueinfo"),
    (537, "recvmmsg"),
    (538, "sendmmsg"),
    (539, "process_vm_readv"),
    (540, "process_vm_writev"),
    (541, "setsockopt"),
    (542, "getsockopt"),
    (543, "io_setup"),
    (544, "io_submit"),
    (545, "execveat"),
    (546, "preadv2"),
    (547, "pwritev2"),
];

/// Calls marked `64` in the same file that have no x32 form at all.
pub(crate) const X32_ABSENT: &[&str] = &[
    "uselib",
    "_sysctl",
    "create_module",
    "get_kernel_syms",
    "query_module",
    "nfsservctl",
    "set_thread_area",
    "get_thread_area",
    "epoll_ctl_old",
    "epoll_wait_old",
    "vserver",
    "map_shadow_stack",
    "uretprobe",
    "uprobe",
];

/// Calls with 64-bit times (since Linux 5.1) exist where `long` has 32 bits alone; the table
/// crate lists them for aarch64 too (asm-generic/unistd.h, `__BITS_PER_LONG == 32`).
pub(crate) const AARCH64_ABSENT: std::ops::RangeInclusive<u32> = 403..=423;

/// The crate's spelling, a Rust keyword and a macro's inner name, and the kernel's.
pub(crate) const SPELLING: &[(Arch, &str, &str)] = &[
    (Arch::I386, "r#break", "break"),
    (Arch::Aarch64, "fstatat", "newfstatat"),
];

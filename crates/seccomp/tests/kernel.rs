//! Programs in the real kernel.
//!
//! A filter holds for the thread that loads it (seccomp(2)), so each test runs in a thread of
//! its own. What ends a process runs in a child: this program, started again.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use aril_seccomp::{
    Action, Arch, Arg, Compare, Condition, Policy, Program, Rule, RuleSet, Syscall, compile,
};

const PROBE: &str = "ARIL_SECCOMP_PROBE";

fn rules(words: &str) -> Policy {
    RuleSet::parse(words).unwrap().policy(Arch::X86_64)
}

/// Loads a program for this thread.
fn load(program: &Program) {
    let mut bytes = program.to_bytes();
    let filter = libc::sock_fprog {
        len: u16::try_from(program.instructions().len()).unwrap(),
        filter: bytes.as_mut_ptr().cast(),
    };
    // SAFETY: prctl(PR_SET_NO_NEW_PRIVS) takes no pointer.
    let set = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(set, 0);
    // SAFETY: `filter` and the instructions that it points to live until the call returns, and
    // the kernel copies them. A Vec<u8> may be aligned to one byte only: the kernel does not
    // care, it uses copy_from_user.
    let loaded = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const filter,
        )
    };
    assert_eq!(loaded, 0, "{}", std::io::Error::last_os_error());
}

/// A system call by number: its result, or its errno as a negative number.
fn call(number: i64, args: [u64; 3]) -> i64 {
    // SAFETY: the tests make calls that are refused, or that touch no memory of this process.
    let result = unsafe { libc::syscall(number, args[0], args[1], args[2], 0, 0, 0) };
    if result == -1 {
        -i64::from(std::io::Error::last_os_error().raw_os_error().unwrap())
    } else {
        result
    }
}

/// Runs a test in a thread under a program.
fn under<T: Send + 'static>(policy: &Policy, test: impl FnOnce() -> T + Send + 'static) -> T {
    let program = compile(policy).unwrap();
    let thread = std::thread::spawn(move || {
        load(&program);
        test()
    });
    thread.join().unwrap()
}

const EPERM: i64 = -(libc::EPERM as i64);
const ENOSYS: i64 = -(libc::ENOSYS as i64);

#[test]
fn the_default_set_refuses_and_lets_through() {
    under(&rules("default"), || {
        assert_eq!(call(libc::SYS_unshare, [0x1000_0000, 0, 0]), EPERM);
        assert_eq!(call(libc::SYS_unshare, [0, 0, 0]), EPERM);
        assert_eq!(call(libc::SYS_clone3, [0, 0, 0]), ENOSYS);
        assert_eq!(call(libc::SYS_mount, [0, 0, 0]), EPERM);
        assert_eq!(call(libc::SYS_io_uring_setup, [0, 0, 0]), ENOSYS);
        assert_eq!(call(libc::SYS_open_tree, [0, 0, 0]), ENOSYS);
        assert_eq!(call(libc::SYS_personality, [0xffff_ffff, 0, 0]), EPERM);
        assert!(call(libc::SYS_getppid, [0, 0, 0]) > 0);
    });
}

/// What the same calls answer without a filter, so that the filter is seen to do it.
#[test]
fn without_a_filter_the_kernel_answers_otherwise() {
    assert_eq!(call(libc::SYS_unshare, [0, 0, 0]), 0);
    assert_eq!(call(libc::SYS_clone3, [0, 0, 0]), -i64::from(libc::EINVAL));
    assert!(call(libc::SYS_personality, [0xffff_ffff, 0, 0]) >= 0);
}

#[test]
fn socket_families_are_told_by_the_low_half() {
    let refused = -i64::from(libc::EAFNOSUPPORT);
    under(&rules("default,multiarch"), move || {
        assert_eq!(call(libc::SYS_socket, [40, 1, 0]), refused);
        assert_eq!(call(libc::SYS_socket, [0xdead_0000_0028, 1, 0]), refused);
        assert_eq!(call(libc::SYS_socket, [17, 3, 0]), refused);
        assert!(call(libc::SYS_socket, [1, 1, 0]) >= 0);
        assert_eq!(
            call(libc::SYS_socket, [16, 3, 12]),
            -i64::from(libc::EPROTONOSUPPORT)
        );
    });
}

#[test]
fn the_terminal_is_not_typed_into() {
    under(&rules("flatpak"), || {
        for request in [0x5412, 0x1_0000_5412, 0x541c, 0xffff_ffff_0000_541c] {
            assert_eq!(
                call(libc::SYS_ioctl, [u64::MAX, request, 0]),
                EPERM,
                "{request:#x}"
            );
        }
        let terminal_size = call(libc::SYS_ioctl, [u64::MAX, 0x5413, 0]);
        assert_eq!(terminal_size, -i64::from(libc::EBADF));
    });
}

#[test]
fn x32_numbers_do_not_pass_as_x86_64() {
    let policy = Policy {
        mismatched_arch: Action::Errno(77),
        ..rules("default")
    };
    under(&policy, || {
        assert_eq!(call(0x4000_0000 | libc::SYS_getppid, [0, 0, 0]), -77);
        assert_eq!(call(0x4000_0000 | 514, [u64::MAX, 0x5412, 0]), -77);
    });
}

/// What the C library and the test harness call in a thread that ends in order.
/// Also uretprobe and uprobe (335, 336), which since Linux 6.14 and 6.18 no filter sees: they
/// raise SIGILL unless a probe's trampoline makes them.
const SPARED: [i64; 16] = [
    335,
    336,
    libc::SYS_write,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_munmap,
    libc::SYS_brk,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_madvise,
    libc::SYS_exit,
    libc::SYS_futex,
    libc::SYS_sigaltstack,
    libc::SYS_sched_yield,
    libc::SYS_gettid,
    libc::SYS_rseq,
];

/// Two rules for a number: one errno if bit 40 of the second argument is set, else another.
fn two_answers(number: u32) -> [Rule; 2] {
    let bit = Condition::Long(
        Arg::A1,
        Compare::MaskedEq {
            mask: 1 << 40,
            value: 1 << 40,
        },
    );
    [(vec![bit], number + 1000), (vec![], number % 7 + 200)].map(|(conditions, errno)| Rule {
        syscall: Syscall::Number(number),
        conditions,
        action: Action::Errno(u16::try_from(errno).unwrap()),
        reason: "test".into(),
    })
}

/// The kernel runs a program of a thousand instructions as the simulator does.
#[test]
fn every_number_answers_as_the_rules_say() {
    let numbers: Vec<u32> = (0..470)
        .filter(|n| !SPARED.contains(&i64::from(*n)))
        .collect();
    let mut policy = rules("none");
    policy.arches[0].rules = numbers.iter().copied().flat_map(two_answers).collect();
    assert!(compile(&policy).unwrap().instructions().len() > 1000);
    under(&policy, move || {
        for number in numbers {
            let [odd, even] = [1 << 40, 1].map(|arg| call(number.into(), [0, arg, 0]));
            assert_eq!(odd, -i64::from(number + 1000), "{number}");
            assert_eq!(even, -i64::from(number % 7 + 200), "{number}");
        }
    });
}

/// Every set for every ABI is a program that the kernel takes.
#[test]
fn every_set_is_taken() {
    for words in [
        "default",
        "flatpak",
        "none",
        "default,devel,multiarch,bluetooth,canbus",
    ] {
        for native in Arch::ALL {
            let policy = RuleSet::parse(words).unwrap().policy(native);
            under(
                &Policy {
                    mismatched_arch: Action::Allow,
                    ..policy
                },
                || (),
            );
        }
    }
}

/// A child of this test program that runs the ignored test below.
fn probe(what: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--quiet", "probe_in_a_child"])
        .env(PROBE, what)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap()
}

#[test]
fn a_foreign_abi_ends_the_process() {
    assert_eq!(probe("control").code(), Some(0));
    assert_eq!(probe("x32").signal(), Some(libc::SIGSYS));
}

/// Junk in the upper halves, which the kernel cuts off after the filter has seen it.
#[test]
fn i386_calls_of_a_64_bit_program_are_judged_by_the_low_halves() {
    if probe("i386-control").signal() == Some(libc::SIGSEGV) {
        println!("skipped: this kernel takes no 32-bit calls");
        return;
    }
    assert_eq!(probe("i386").code(), Some(0));
}

#[test]
#[ignore = "started by other tests in a child of its own"]
fn probe_in_a_child() {
    let multiarch = Policy {
        mismatched_arch: Action::KillProcess,
        ..rules("default,multiarch")
    };
    let program = compile(&multiarch).unwrap();
    match std::env::var(PROBE).as_deref() {
        Ok("control") => load(&program),
        Ok("x32") => {
            load(&program);
            call(0x4000_0000 | libc::SYS_getppid, [0, 0, 0]);
        }
        Ok("i386-control") => assert!(call_i386(64, [0, 0]) > 0),
        Ok("i386") => {
            load(&program);
            assert!(call_i386(64, [0, 0]) > 0);
            assert_eq!(call_i386(54, [u64::MAX, 0x1_0000_5412]), -libc::EPERM);
            assert_eq!(call_i386(359, [0xdead_0000_0028, 1]), -libc::EAFNOSUPPORT);
            assert_eq!(call_i386(102, [0xdead_0000_0001, 0]), -libc::EAFNOSUPPORT);
            assert_eq!(call_i386(435, [0, 0]), -libc::ENOSYS);
        }
        _ => {}
    }
}

/// A call through the 32-bit gate, which is open to 64-bit programs.
fn call_i386(number: i32, args: [u64; 2]) -> i32 {
    let result: i32;
    // SAFETY: the kernel keeps all registers but eax, and r8 to r11, which are named; rbx, which
    // the compiler keeps for itself, is given back; no argument is a pointer.
    unsafe {
        std::arch::asm!(
            "xchg rbx, {first}", "int 0x80", "xchg rbx, {first}",
            first = inout(reg) args[0] => _,
            inlateout("eax") number => result,
            in("rcx") args[1], in("rdx") 0,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    result
}

//! Measures what a filter of 300 rules costs: to load, and at each allowed call. Ours against
//! the one that libseccomp makes of the same policy with its default settings.
//!
//! `cargo run --release -p aril-seccomp --features oracle --example load`
//!
//! They take turns, each in a fresh process, because filters add up. The last line is JSON:
//! ratios of medians, ours to theirs; below 1 ours is the faster one.

#[path = "../tests/support/oracle.rs"]
mod theirs;

use std::io::{PipeWriter, Read, Write};
use std::time::Instant;

use aril_seccomp::{Action, Arch, ArchRules, Policy, Program, Rule, Syscall, compile};

const ROUNDS: usize = 200;
const CALLS: u32 = 10_000;

/// What a measuring process itself calls: these must be among the allowed ones.
const NEEDED: [&str; 5] = ["getppid", "write", "exit_group", "clock_gettime", "prctl"];

/// Lets 300 system calls through, spread over the table, and refuses the rest.
fn policy() -> Policy {
    let known = Arch::X86_64.syscalls().into_iter().map(|(_, name)| name);
    let known = known.filter(|name| libseccomp::ScmpSyscall::from_name(name).is_ok());
    let spread = known
        .enumerate()
        .filter(|(place, _)| place % 6 != 5)
        .map(|(_, name)| name);
    let spread = spread.filter(|name| !NEEDED.contains(name));
    let rule = |name| Rule {
        syscall: Syscall::Name(std::borrow::Cow::Borrowed(name)),
        conditions: Vec::new(),
        action: Action::Allow,
        reason: "measured".into(),
    };
    Policy {
        default: Action::Errno(1),
        mismatched_arch: Action::KillThread,
        arches: vec![ArchRules {
            arch: Arch::X86_64,
            rules: NEEDED
                .into_iter()
                .chain(spread)
                .take(300)
                .map(rule)
                .collect(),
        }],
    }
}

/// One measurement: nanoseconds to load, and for all the calls.
#[derive(Clone, Copy)]
struct Cost {
    load: u64,
    calls: u64,
}

fn measure(program: &Program) -> std::io::Result<Cost> {
    let (mut reader, writer) = std::io::pipe()?;
    // SAFETY: this program has one thread, so that the child may do whatever the parent may.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error()),
        0 => {
            let status = i32::from(report(program, writer).is_err());
            // SAFETY: ends the process without unwinding into the parent's code.
            unsafe { libc::_exit(status) }
        }
        child => {
            drop(writer);
            let mut bytes = [0; 16];
            reader.read_exact(&mut bytes)?;
            // SAFETY: a null status is allowed, waitpid(2).
            unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
            let [load, calls] = [&bytes[..8], &bytes[8..]].map(|half| {
                half.iter()
                    .rev()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
            });
            Ok(Cost { load, calls })
        }
    }
}

/// In the child: loads, calls, writes both times.
fn report(program: &Program, mut writer: PipeWriter) -> std::io::Result<()> {
    let mut bytes = program.to_bytes();
    let filter = libc::sock_fprog {
        len: program.instructions().len() as u16,
        filter: bytes.as_mut_ptr().cast(),
    };
    // SAFETY: prctl(PR_SET_NO_NEW_PRIVS) takes no pointer.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    let start = Instant::now();
    // SAFETY: the filter and its instructions live until the call returns.
    if unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const filter,
        )
    } != 0
    {
        return Err(std::io::Error::last_os_error());
    }
    let load = nanoseconds(start);
    let start = Instant::now();
    for _ in 0..CALLS {
        // SAFETY: getppid(2) takes no argument.
        unsafe { libc::syscall(libc::SYS_getppid) };
    }
    let times = [load, nanoseconds(start)].map(u64::to_le_bytes);
    writer.write_all(&times.concat())
}

fn nanoseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn median(mut values: Vec<u64>) -> f64 {
    values.sort_unstable();
    values[values.len() / 2] as f64
}

type Compiler = fn(&Policy) -> Program;

/// Something that makes a program of a policy, and what its programs cost.
struct Contestant {
    name: &'static str,
    compile: Compiler,
    costs: Vec<Cost>,
}

/// libseccomp's level 1 is its default; level 2 makes a binary tree of its own (since 2.5).
fn contestants() -> Vec<Contestant> {
    let ours = |policy: &Policy| compile(policy).expect("the policy is made of known names");
    let compilers: [(&str, Compiler); 3] = [
        ("ours", ours),
        ("libseccomp", |policy| theirs::program(policy, 1)),
        ("libseccomp, optimize level 2", |policy| {
            theirs::program(policy, 2)
        }),
    ];
    compilers
        .map(|(name, compile)| Contestant {
            name,
            compile,
            costs: Vec::new(),
        })
        .into()
}

impl Contestant {
    fn medians(&self) -> (f64, f64) {
        let load = median(self.costs.iter().map(|cost| cost.load).collect());
        let calls = median(self.costs.iter().map(|cost| cost.calls).collect());
        (load / 1e3, calls / f64::from(CALLS))
    }
}

fn main() -> std::io::Result<()> {
    let policy = policy();
    let mut contestants = contestants();
    let programs: Vec<_> = contestants
        .iter()
        .map(|one| (one.compile)(&policy))
        .collect();
    for _ in 0..ROUNDS {
        for (one, program) in contestants.iter_mut().zip(&programs) {
            one.costs.push(measure(program)?);
        }
    }
    for (one, program) in contestants.iter().zip(&programs) {
        let start = Instant::now();
        (one.compile)(&policy);
        let compiled = nanoseconds(start) as f64 / 1e3;
        let (name, count) = (one.name, program.instructions().len());
        let (load, call) = one.medians();
        println!(
            "{name}: {count} instructions, compiled in {compiled:.0} us, loaded in {load:.0} us, \
             getppid {call:.0} ns"
        );
    }
    let (ours, theirs) = (contestants[0].medians(), contestants[1].medians());
    let (load, call) = (ours.0 / theirs.0, ours.1 / theirs.1);
    println!("{{\"load_ratio\":{load:.3},\"call_ratio\":{call:.3}}}");
    Ok(())
}

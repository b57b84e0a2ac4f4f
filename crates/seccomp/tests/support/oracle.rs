//! Policies through libseccomp.

use std::io::Read;

use aril_seccomp::{Action, Arch, Compare, Condition, Policy, Program, Syscall};
use libseccomp::{
    ScmpAction, ScmpArch, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall,
};

/// The program that libseccomp makes of a policy whose rules for one call agree on the action.
pub(crate) fn program(policy: &Policy, optimize: u32) -> Program {
    let mut context = ScmpFilterContext::new(action(policy.default)).unwrap();
    context.set_ctl_optimize(optimize).unwrap();
    context
        .set_act_badarch(action(policy.mismatched_arch))
        .unwrap();
    context.remove_arch(ScmpArch::Native).unwrap();
    for listed in &policy.arches {
        context.add_arch(arch(listed.arch)).unwrap();
    }
    // libseccomp knows one list of rules for all its ABIs.
    for rule in &policy.arches[0].rules {
        let Syscall::Name(name) = &rule.syscall else {
            panic!("{rule}: by name only")
        };
        let syscall = ScmpSyscall::from_name(name).unwrap();
        let tests: Vec<_> = rule.conditions.iter().map(compare).collect();
        context
            .add_rule_conditional(action(rule.action), syscall, &tests)
            .unwrap_or_else(|error| panic!("{rule}: {error}"));
    }
    export(&context)
}

/// The bytes of a context, as a program.
pub(crate) fn export(context: &ScmpFilterContext) -> Program {
    let (mut reader, writer) = std::io::pipe().unwrap();
    // 4096 instructions fit into a pipe: 64 KiB, pipe(7).
    context.export_bpf(&writer).unwrap();
    drop(writer);
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    Program::from_bytes(&bytes).unwrap()
}

pub(crate) fn arch(arch: Arch) -> ScmpArch {
    match arch {
        Arch::X86_64 => ScmpArch::X8664,
        Arch::I386 => ScmpArch::X86,
        Arch::X32 => ScmpArch::X32,
        Arch::Aarch64 => ScmpArch::Aarch64,
        Arch::Arm => ScmpArch::Arm,
    }
}

pub(crate) fn action(action: Action) -> ScmpAction {
    match action {
        Action::Allow => ScmpAction::Allow,
        Action::Errno(errno) => ScmpAction::Errno(errno.into()),
        Action::KillProcess => ScmpAction::KillProcess,
        Action::KillThread => ScmpAction::KillThread,
        Action::Trap => ScmpAction::Trap,
        Action::Log => ScmpAction::Log,
        Action::UserNotify => ScmpAction::Notify,
    }
}

fn compare(condition: &Condition) -> ScmpArgCompare {
    let (arg, op, value) = match *condition {
        Condition::Int(arg, Compare::Eq(value)) => {
            (arg, ScmpCompareOp::MaskedEqual(0xffff_ffff), value.into())
        }
        Condition::Int(arg, Compare::MaskedEq { mask, value }) => {
            (arg, ScmpCompareOp::MaskedEqual(mask.into()), value.into())
        }
        Condition::Int(..) => panic!("{condition}: libseccomp compares 64 bits"),
        Condition::Long(arg, Compare::Eq(value)) => (arg, ScmpCompareOp::Equal, value),
        Condition::Long(arg, Compare::Ne(value)) => (arg, ScmpCompareOp::NotEqual, value),
        Condition::Long(arg, Compare::Lt(value)) => (arg, ScmpCompareOp::Less, value),
        Condition::Long(arg, Compare::Le(value)) => (arg, ScmpCompareOp::LessOrEqual, value),
        Condition::Long(arg, Compare::Gt(value)) => (arg, ScmpCompareOp::Greater, value),
        Condition::Long(arg, Compare::Ge(value)) => (arg, ScmpCompareOp::GreaterEqual, value),
        Condition::Long(arg, Compare::MaskedEq { mask, value }) => {
            (arg, ScmpCompareOp::MaskedEqual(mask), value)
        }
    };
    ScmpArgCompare::new(u32::try_from(arg.index()).unwrap(), op, value)
}

//! A policy to a program.
//!
//! The shape follows from what the kernel does with a filter. When it is loaded,
//! `seccomp_cache_prepare` (since Linux 5.11) emulates it once for every number of the native
//! and the 32-bit ABI, up to the first look at an argument; numbers that come out allowed are
//! never filtered again. So what costs time at load is the *depth* at which the numbers are
//! decided, and what costs time at each call is the depth of calls whose arguments count.
//!
//! 1. [`ranges`]: per audit value, the numbers fall into ranges with one verdict each.
//! 2. [`tree`]: a binary tree over the ranges, balanced by what each costs.
//! 3. [`arguments`]: the conditions of one call, as a chain of comparisons.
//! 4. [`assembler`]: from the last instruction to the first, so that every target is known.

mod arguments;
mod assembler;
mod ranges;
mod tree;

use assembler::{Assembler, Target};

use crate::action::{Action, MAX_ERRNO};
use crate::opcode::{JEQ, OFFSET_ARCH, OFFSET_NUMBER};
use crate::{Arch, CompileError, Policy, Program, ProgramError};

/// Compiles a policy to a filter program that decides as [`Policy::decide`] does.
pub fn compile(policy: &Policy) -> Result<Program, CompileError> {
    check(policy)?;
    let mut assembler = Assembler::default();
    let mut elsewhere = Target::Return(policy.mismatched_arch);
    for arch in audit_values(policy).into_iter().rev() {
        let ranges = ranges::ranges(policy, arch)?;
        let root = tree::emit(&mut assembler, &ranges);
        let body = assembler.load(OFFSET_NUMBER, root);
        elsewhere = assembler.branch(JEQ, arch.audit(), body, elsewhere);
    }
    assembler.load(OFFSET_ARCH, elsewhere);
    Program::new(assembler.finish()).map_err(|error| match error {
        ProgramError::TooLong(count) => CompileError::TooLong(count),
        other => unreachable!("the assembler made a program that cannot be: {other}"),
    })
}

/// One ABI for each distinct audit value, in the policy's order.
fn audit_values(policy: &Policy) -> Vec<Arch> {
    let mut values: Vec<Arch> = Vec::new();
    for listed in &policy.arches {
        if !values
            .iter()
            .any(|arch| arch.audit() == listed.arch.audit())
        {
            values.push(listed.arch);
        }
    }
    values
}

fn check(policy: &Policy) -> Result<(), CompileError> {
    if policy.arches.is_empty() {
        return Err(CompileError::NoArch);
    }
    for (place, listed) in policy.arches.iter().enumerate() {
        if policy.arches[..place]
            .iter()
            .any(|earlier| earlier.arch == listed.arch)
        {
            return Err(CompileError::DuplicateArch(listed.arch));
        }
    }
    let rules = policy
        .arches
        .iter()
        .flat_map(|listed| &listed.rules)
        .map(|rule| rule.action);
    for action in rules.chain([policy.default, policy.mismatched_arch]) {
        if let Action::Errno(errno) = action
            && errno > MAX_ERRNO
        {
            return Err(CompileError::ErrnoTooLarge(errno));
        }
    }
    Ok(())
}

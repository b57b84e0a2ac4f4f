//! From facts to findings: no system call is made here.

mod cgroups;
mod desktop;
mod features;
mod filesystems;
mod kernel;
mod user_namespaces;

use super::facts::Facts;
use super::finding::Finding;

/// Everything that the facts say, in the order in which a person would ask.
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![kernel::version(facts), user_namespaces::basis(facts)];
    findings.push(filesystems::proc(facts));
    findings.push(user_namespaces::network(facts));
    findings.push(user_namespaces::nesting(facts));
    findings.push(user_namespaces::rest(facts));
    findings.extend(user_namespaces::limits(facts));
    findings.push(features::seccomp(facts));
    findings.push(features::notifications(facts));
    findings.push(features::landlock(facts));
    findings.push(filesystems::overlay(facts));
    findings.push(features::time(facts));
    findings.push(cgroups::limits(facts));
    findings.push(features::ranges(facts));
    findings.push(desktop::runtime_directory(facts));
    findings.push(desktop::session_bus(facts));
    findings.push(desktop::portal(facts));
    findings.push(desktop::applications(facts));
    findings
}

#[cfg(test)]
mod tests;

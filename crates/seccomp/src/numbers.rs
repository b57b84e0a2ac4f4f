//! System-call names and numbers of each ABI.

use crate::Arch;
use crate::arch::X32_BIT;
use crate::newer::{AARCH64_ABSENT, ARM_PRIVATE, EVERYWHERE, SPELLING, X32_ABSENT, X32_SPECIAL};

type Table = [(u32, &'static str)];

/// No ABI here has an ordinary number as high as this (x32's specials end at 547).
const ORDINARY: u32 = 600;

/// The number of a name, as it stands in `seccomp_data.nr`.
pub(crate) fn number(arch: Arch, name: &str) -> Option<u32> {
    match arch {
        Arch::X32 => number_x32(name),
        Arch::Arm => number_in(ARM_PRIVATE, name).or_else(|| number_plain(arch, name)),
        _ => number_plain(arch, name),
    }
}

/// The name of a number, as it stands in `seccomp_data.nr`.
pub(crate) fn name(arch: Arch, number: u32) -> Option<&'static str> {
    match arch {
        Arch::X32 => name_x32(number.checked_sub(X32_BIT)?),
        Arch::Arm => name_in(ARM_PRIVATE, number).or_else(|| name_plain(arch, number)),
        _ => name_plain(arch, number),
    }
}

/// Every number of an ABI with its name, ascending.
pub(crate) fn all(arch: Arch) -> Vec<(u32, &'static str)> {
    let base = if arch == Arch::X32 { X32_BIT } else { 0 };
    let private = if arch == Arch::Arm { ARM_PRIVATE } else { &[] };
    (base..base + ORDINARY)
        .filter_map(|number| Some((number, name(arch, number)?)))
        .chain(private.iter().copied())
        .collect()
}

fn number_x32(name: &str) -> Option<u32> {
    if X32_ABSENT.contains(&name) {
        return None;
    }
    number_in(X32_SPECIAL, name)
        .or_else(|| number_plain(Arch::X86_64, name))
        .map(|number| number | X32_BIT)
}

fn name_x32(number: u32) -> Option<&'static str> {
    if let Some(name) = name_in(X32_SPECIAL, number) {
        return Some(name);
    }
    let name = name_plain(Arch::X86_64, number)?;
    let elsewhere = X32_ABSENT.contains(&name) || number_in(X32_SPECIAL, name).is_some();
    (!elsewhere).then_some(name)
}

fn number_plain(arch: Arch, name: &str) -> Option<u32> {
    let spelled = SPELLING
        .iter()
        .find(|row| row.0 == arch && row.2 == name)
        .map(|row| row.1);
    let name = spelled.unwrap_or(name);
    let id = match arch {
        Arch::X86_64 | Arch::X32 => name.parse().ok().map(|s: syscalls::x86_64::Sysno| s.id()),
        Arch::I386 => name.parse().ok().map(|s: syscalls::x86::Sysno| s.id()),
        Arch::Aarch64 => name.parse().ok().map(|s: syscalls::aarch64::Sysno| s.id()),
        Arch::Arm => name.parse().ok().map(|s: syscalls::arm::Sysno| s.id()),
    };
    id.and_then(|id| u32::try_from(id).ok())
        .filter(|number| !is_absent(arch, *number))
        .or_else(|| number_in(EVERYWHERE, name))
}

fn name_plain(arch: Arch, number: u32) -> Option<&'static str> {
    if is_absent(arch, number) {
        return None;
    }
    let id = usize::try_from(number).ok()?;
    let name = match arch {
        Arch::X86_64 | Arch::X32 => syscalls::x86_64::Sysno::new(id).map(|s| s.name()),
        Arch::I386 => syscalls::x86::Sysno::new(id).map(|s| s.name()),
        Arch::Aarch64 => syscalls::aarch64::Sysno::new(id).map(|s| s.name()),
        Arch::Arm => syscalls::arm::Sysno::new(id).map(|s| s.name()),
    };
    let Some(name) = name else {
        return name_in(EVERYWHERE, number);
    };
    let spelled = SPELLING
        .iter()
        .find(|row| row.0 == arch && row.1 == name)
        .map(|row| row.2);
    Some(spelled.unwrap_or(name))
}

fn is_absent(arch: Arch, number: u32) -> bool {
    arch == Arch::Aarch64 && AARCH64_ABSENT.contains(&number)
}

fn number_in(table: &Table, name: &str) -> Option<u32> {
    table.iter().find(|row| row.1 == name).map(|row| row.0)
}

fn name_in(table: &Table, number: u32) -> Option<&'static str> {
    table.iter().find(|row| row.0 == number).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree_on_every_abi() {
        for arch in Arch::ALL {
            for (nr, name) in all(arch) {
                assert_eq!(number(arch, name), Some(nr), "{arch} {name}");
            }
        }
    }

    #[test]
    fn x32_has_its_own_ioctl_and_shares_the_rest() {
        assert_eq!(number(Arch::X32, "ioctl"), Some(0x4000_0000 | 514));
        assert_eq!(number(Arch::X32, "socket"), Some(0x4000_0000 | 41));
        assert_eq!(name(Arch::X32, 0x4000_0000 | 16), None);
        assert_eq!(name(Arch::X32, 16), None);
    }

    #[test]
    fn the_last_calls_of_each_table_are_there() {
        for arch in [Arch::X86_64, Arch::I386, Arch::Aarch64, Arch::Arm] {
            assert_eq!(number(arch, "file_setattr"), Some(469), "{arch}");
            assert_eq!(number(arch, "listns"), Some(470), "{arch}");
        }
        assert_eq!(number(Arch::Arm, "set_tls"), Some(0x0f_0005));
    }
}

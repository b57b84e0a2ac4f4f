//! What a rule asks of a call's arguments.

use std::fmt;

/// One of the six argument registers that seccomp_data shows: seccomp(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arg {
    /// The first argument.
    A0,
    /// The second argument.
    A1,
    /// The third argument.
    A2,
    /// The fourth argument.
    A3,
    /// The fifth argument.
    A4,
    /// The sixth argument.
    A5,
}

impl Arg {
    /// All six, in order.
    pub const ALL: [Self; 6] = [Self::A0, Self::A1, Self::A2, Self::A3, Self::A4, Self::A5];

    /// Its place among the six, from 0.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// An unsigned comparison of an argument with a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare<T> {
    /// Equal.
    Eq(T),
    /// Not equal.
    Ne(T),
    /// Less than.
    Lt(T),
    /// Less than or equal.
    Le(T),
    /// Greater than.
    Gt(T),
    /// Greater than or equal.
    Ge(T),
    /// The bits of the mask equal the value.
    MaskedEq {
        /// Which bits count.
        mask: T,
        /// What they must be.
        value: T,
    },
}

/// One condition on one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Looks at the low 32 bits alone. For every argument that the kernel reads as an `int`,
    /// an `unsigned int` or flags, since a caller can put anything into the upper half and
    /// the kernel will not see it (CVE-2019-10063: `ioctl` with `0x1_0000_5412`).
    Int(Arg, Compare<u32>),
    /// Looks at all 64 bits, or at the low half, zero-extended, where the kernel reads no more:
    /// [`Arch::reads_low_halves`](crate::Arch::reads_low_halves).
    Long(Arg, Compare<u64>),
}

impl<T> Compare<T>
where
    T: Copy + PartialOrd + std::ops::BitAnd<Output = T>,
{
    /// Whether the comparison is true of this value.
    pub fn holds(&self, argument: T) -> bool {
        match *self {
            Self::Eq(value) => argument == value,
            Self::Ne(value) => argument != value,
            Self::Lt(value) => argument < value,
            Self::Le(value) => argument <= value,
            Self::Gt(value) => argument > value,
            Self::Ge(value) => argument >= value,
            Self::MaskedEq { mask, value } => argument & mask == value,
        }
    }
}

impl Condition {
    /// Whether the condition is true of these arguments. `narrow`: the kernel reads the low
    /// halves alone.
    pub fn holds(&self, args: &[u64; 6], narrow: bool) -> bool {
        match self {
            Self::Int(arg, compare) => compare.holds(low(args[arg.index()])),
            Self::Long(arg, compare) if narrow => compare.holds(u64::from(low(args[arg.index()]))),
            Self::Long(arg, compare) => compare.holds(args[arg.index()]),
        }
    }
}

/// The low half of an argument.
pub(crate) const fn low(value: u64) -> u32 {
    (value & 0xffff_ffff) as u32
}

/// The upper half of an argument.
pub(crate) const fn high(value: u64) -> u32 {
    (value >> 32) as u32
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(arg, compare) => write_compare(f, "int", *arg, compare),
            Self::Long(arg, compare) => write_compare(f, "arg", *arg, compare),
        }
    }
}

fn write_compare<T: fmt::LowerHex>(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    arg: Arg,
    compare: &Compare<T>,
) -> fmt::Result {
    let name = format_args!("{word}{}", arg.index()).to_string();
    match compare {
        Compare::Eq(value) => write!(f, "{name} == {value:#x}"),
        Compare::Ne(value) => write!(f, "{name} != {value:#x}"),
        Compare::Lt(value) => write!(f, "{name} < {value:#x}"),
        Compare::Le(value) => write!(f, "{name} <= {value:#x}"),
        Compare::Gt(value) => write!(f, "{name} > {value:#x}"),
        Compare::Ge(value) => write!(f, "{name} >= {value:#x}"),
        Compare::MaskedEq { mask, value } => write!(f, "{name} & {mask:#x} == {value:#x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_int_condition_does_not_see_the_upper_half() {
        let args = [0, 0x1_0000_5412, 0, 0, 0, 0];
        assert!(Condition::Int(Arg::A1, Compare::Eq(0x5412)).holds(&args, false));
        assert!(!Condition::Long(Arg::A1, Compare::Eq(0x5412)).holds(&args, false));
        assert!(Condition::Long(Arg::A1, Compare::Eq(0x5412)).holds(&args, true));
    }

    #[test]
    fn words_show_the_comparison() {
        let masked = Compare::MaskedEq {
            mask: 0x1000_0000,
            value: 0x1000_0000,
        };
        let condition = Condition::Int(Arg::A0, masked);
        assert_eq!(condition.to_string(), "int0 & 0x10000000 == 0x10000000");
    }
}

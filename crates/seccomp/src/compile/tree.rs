//! A binary tree over ranges of numbers, balanced by weight.

use super::arguments;
use super::assembler::{Assembler, Target};
use super::ranges::Range;
use crate::opcode::{JEQ, JGE};

/// The kernel emulates a filter for numbers below this at load: `NR_syscalls`, about 470 in
/// Linux 6.18, rounded up. Higher numbers are not called and weigh nothing.
const EMULATED: u32 = 512;

/// A call whose arguments are read goes through the filter every time; what it weighs beside
/// the numbers that are decided once. 64 puts it three or four steps from the root.
const READS_ARGUMENTS: u32 = 64;

/// Writes the tree; the accumulator holds the number where it begins.
pub(crate) fn emit(assembler: &mut Assembler, ranges: &[Range<'_>]) -> Target {
    let weights: Vec<u32> = (0..ranges.len())
        .map(|place| weight(ranges, place))
        .collect();
    Tree {
        ranges,
        weights: &weights,
    }
    .emit(assembler)
}

fn weight(ranges: &[Range<'_>], place: usize) -> u32 {
    let first = ranges[place].first.min(EMULATED);
    let end = ranges
        .get(place + 1)
        .map_or(EMULATED, |next| next.first.min(EMULATED));
    let reads = !ranges[place].verdict.tests.is_empty();
    1 + (end - first) + if reads { READS_ARGUMENTS } else { 0 }
}

/// Adjacent ranges and what they weigh.
#[derive(Clone, Copy)]
struct Tree<'a> {
    ranges: &'a [Range<'a>],
    weights: &'a [u32],
}

impl Tree<'_> {
    fn emit(self, assembler: &mut Assembler) -> Target {
        if let [range] = self.ranges {
            return arguments::emit(assembler, &range.verdict);
        }
        if self.is_exception() {
            let (number, rest) = (self.part(1, 2), self.part(0, 1));
            let (yes, no) = (number.emit(assembler), rest.emit(assembler));
            return assembler.branch(JEQ, self.ranges[1].first, yes, no);
        }
        let middle = self.middle();
        let (below, above) = (self.part(0, middle), self.part(middle, self.ranges.len()));
        // The larger part is written first and so lies farther off, beyond the smaller one.
        let (below, above) = if below.ranges.len() > above.ranges.len() {
            let below = below.emit(assembler);
            (below, above.emit(assembler))
        } else {
            let above = above.emit(assembler);
            (below.emit(assembler), above)
        };
        assembler.branch(JGE, self.ranges[middle].first, above, below)
    }

    /// One number between two ranges with the same verdict: one comparison decides.
    fn is_exception(self) -> bool {
        match self.ranges {
            [below, number, above] => {
                number.first + 1 == above.first && below.verdict == above.verdict
            }
            _ => false,
        }
    }

    fn part(self, from: usize, to: usize) -> Self {
        let (ranges, weights) = (&self.ranges[from..to], &self.weights[from..to]);
        Self { ranges, weights }
    }

    /// Where to cut so that both sides weigh about the same.
    fn middle(self) -> usize {
        let total: u32 = self.weights.iter().sum();
        let mut below = 0;
        let mut best = (u32::MAX, 1);
        for (place, weight) in self.weights.iter().enumerate().take(self.weights.len() - 1) {
            below += weight;
            let difference = below.abs_diff(total - below);
            if difference < best.0 {
                best = (difference, place + 1);
            }
        }
        best.1
    }
}

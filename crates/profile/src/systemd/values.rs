//! Values that are no paths: switches, amounts, variables, families of sockets.

use super::draft::Draft;
use super::from::Unit;
use super::specifier::expand;
use super::unit::Assignment;
use super::words::split;
use crate::amount::{Limit, parse_size};

/// Whether a switch is off, or has the value that changes nothing.
pub(super) fn is_off(value: &str) -> bool {
    let off = [
        "", "no", "n", "false", "f", "off", "0", "default", "inherit", "all", "auto", "infinity",
    ];
    off.contains(&value.to_ascii_lowercase().as_str())
}

/// Bytes, with K, M, G and T for powers of 1024.
pub(super) fn memory(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    limit(draft, by, ("limit.memory", "memory"));
}

pub(super) fn tasks(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    limit(draft, by, ("limit.pids", "pids"));
}

pub(super) fn processor(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    limit(draft, by, ("limit.cpu", "cpu"));
}

pub(super) fn open_files(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    limit(draft, by, ("limit.files", "files"));
}

pub(super) fn file_size(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    limit(draft, by, ("limit.file-size", "file-size"));
}

pub(super) fn core_size(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    limit(draft, by, ("limit.core-size", "core-size"));
}

fn limit(draft: &mut Draft, by: &Assignment, (key, word): (&'static str, &str)) {
    // SOFT:HARD; the program may raise the soft one to the hard one.
    let amount = by.value.rsplit(':').next().unwrap_or_default();
    if amount == "infinity" {
        return;
    }
    match Limit::parse(&format!("{word}={amount}")) {
        Ok(limit) if word == "cpu" => draft.replace(key, &format!("{}%", limit.most), by),
        Ok(_) => draft.replace(key, amount, by),
        Err(_) if amount.ends_with('%') => {
            draft.without(by, "a share of the machine; a profile has amounts");
        }
        Err(bad) => draft.without(by, bad.why),
    }
}

/// A time span, as `1h 30min` (`systemd.time(7)`), in whole milliseconds.
pub(super) fn run_time(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    if by.value == "infinity" {
        return;
    }
    match milliseconds(&by.value).filter(|&time| time > 0) {
        Some(time) => draft.ask("timeout", written(time), by),
        None => draft.without(by, "it is no time that is known here"),
    }
}

fn written(milliseconds: u64) -> String {
    match milliseconds % 1000 {
        0 => format!("{}s", milliseconds / 1000),
        _ => format!("{milliseconds}ms"),
    }
}

fn milliseconds(span: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = span.trim_start();
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let factor = match unit {
            "ms" | "msec" => 1,
            "" | "s" | "sec" | "second" | "seconds" => 1000,
            "m" | "min" | "minute" | "minutes" => 60_000,
            "h" | "hr" | "hour" | "hours" => 3_600_000,
            "d" | "day" | "days" => 86_400_000,
            "w" | "week" | "weeks" => 604_800_000,
            _ => return None,
        };
        let part = number.parse::<u64>().ok()?.checked_mul(factor)?;
        total = total.checked_add(part)?;
        rest = after.trim_start();
    }
    Some(total)
}

/// `NAME=VALUE` words.
pub(super) fn variables(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    each_word(draft, by, |draft, word| match expand(word, unit) {
        Ok(word) if word.contains('=') && !word.starts_with('=') => draft.ask("env", word, by),
        Ok(_) => draft.without(by, "a variable is NAME=VALUE"),
        Err(why) => draft.without(by, why),
    });
}

/// Names of variables of the manager's.
pub(super) fn passed_variables(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    each_word(draft, by, |draft, word| {
        match word.is_empty() || word.contains(['=', '%']) {
            true => draft.without(by, "it is no name of a variable"),
            false => draft.ask("env", word, by),
        }
    });
}

pub(super) fn each_word(
    draft: &mut Draft,
    by: &Assignment,
    mut each: impl FnMut(&mut Draft, &str),
) {
    match split(&by.value) {
        Ok(words) => words.iter().for_each(|word| each(draft, word)),
        Err(why) => draft.without(by, why),
    }
}

/// The devices that a profile can give.
pub(super) fn device(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    let name = by.value.split_whitespace().next().unwrap_or_default();
    match name {
        "char-drm" => draft.ask("device", "dri", by),
        name if name.starts_with("/dev/dri") => draft.ask("device", "dri", by),
        "/dev/kvm" => draft.ask("device", "kvm", by),
        "/dev/fuse" => draft.ask("device", "fuse", by),
        "/dev/null" | "/dev/zero" | "/dev/full" | "/dev/random" | "/dev/urandom" | "/dev/tty"
        | "/dev/ptmx" => draft.always(by, "every sandbox has it"),
        _ => draft.without(by, "a profile gives the devices dri, kvm and fuse"),
    }
}

/// The native ABI, or with the 32-bit one of the same machine.
pub(super) fn architectures(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    let foreign =
        |word: &&str| !["native", std::env::consts::ARCH, "x86-64", "arm64"].contains(word);
    let mut words = by.value.split_whitespace();
    match words.find(foreign) {
        None => draft.always(by, "calls by another ABI end the program"),
        Some("x86" | "arm") => draft.ask("seccomp", "default,multiarch", by),
        Some(_) => draft.without(by, "calls by this ABI end the program"),
    }
}

/// A size that a profile can hold, for the other way.
pub(super) fn size_word(bytes: u64) -> String {
    let units = [("T", 40), ("G", 30), ("M", 20), ("K", 10)];
    let whole = |shift: &u32| bytes > 0 && bytes.is_multiple_of(1 << shift);
    let unit = units.iter().find(|(_, shift)| whole(shift));
    let word = unit.map_or(bytes.to_string(), |(unit, shift)| {
        format!("{}{unit}", bytes >> shift)
    });
    debug_assert_eq!(parse_size(&word), Ok(bytes));
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans() {
        for (span, made) in [
            ("90", 90_000),
            ("1h 30min", 5_400_000),
            ("2d12h", 216_000_000),
            ("5 s 10ms", 5_010),
        ] {
            assert_eq!(milliseconds(span), Some(made), "{span}");
        }
        for bad in ["x", "5parsec", "99999999999999999w", "-1"] {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
        assert_eq!([written(1500), written(60_000)], ["1500ms", "60s"]);
    }

    #[test]
    fn sizes() {
        for bytes in [0, 1, 1024, 1025, 3 << 20, 1 << 40] {
            assert_eq!(parse_size(&size_word(bytes)), Ok(bytes));
        }
    }
}

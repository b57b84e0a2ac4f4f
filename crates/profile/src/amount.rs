//! Sizes and durations in words, and the limits that have them.

use crate::setting::BadValue;
use std::time::Duration;

/// The most of something that the sandbox may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub resource: Resource,
    /// How much: bytes, a count, or hundredths of a processor.
    pub most: u64,
}

/// What can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Bytes of memory of everything inside together.
    Memory,
    /// Processes and threads.
    Pids,
    /// Processor time, in hundredths of one processor.
    Cpu,
    /// Open files of each process.
    Files,
    /// Bytes of each file that is written.
    FileSize,
    /// Bytes of a core dump; there is none unless this is given.
    CoreSize,
}

impl Resource {
    const ALL: [(&'static str, Self); 6] = [
        ("memory", Self::Memory),
        ("pids", Self::Pids),
        ("cpu", Self::Cpu),
        ("files", Self::Files),
        ("file-size", Self::FileSize),
        ("core-size", Self::CoreSize),
    ];

    /// Its word, as in `--limit WORD=...`.
    pub fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, resource)| *resource == self);
        found.map_or("", |(word, _)| word)
    }

    /// Parses a word such as `memory`.
    pub fn parse(word: &str) -> Result<Self, BadValue> {
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found
            .map(|(_, resource)| *resource)
            .ok_or_else(|| BadValue::not_among(word, &Self::ALL.map(|(word, _)| word)))
    }
}

impl Limit {
    /// Parses `memory=2G`, `pids=200`, `cpu=150%` and the like.
    pub fn parse(word: &str) -> Result<Self, BadValue> {
        let (resource, amount) = word
            .split_once('=')
            .ok_or_else(|| BadValue::new("a limit is written RESOURCE=AMOUNT, as memory=2G"))?;
        let resource = Resource::parse(resource)?;
        let most = match resource {
            Resource::Memory | Resource::FileSize | Resource::CoreSize => parse_size(amount)?,
            Resource::Pids | Resource::Files => parse_count(amount)?,
            Resource::Cpu => parse_count(amount.strip_suffix('%').ok_or_else(|| {
                BadValue::new("processor time is a percentage of one processor, as 150%")
            })?)?,
        };
        if most == 0 && !matches!(resource, Resource::FileSize | Resource::CoreSize) {
            return Err(BadValue::new("with a limit of 0 nothing can run"));
        }
        Ok(Self { resource, most })
    }

    /// Parses several, separated by commas.
    pub fn parse_list(words: &str) -> Result<Vec<Self>, BadValue> {
        words.split(',').map(Self::parse).collect()
    }
}

fn parse_count(word: &str) -> Result<u64, BadValue> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    let number = word.parse().ok().filter(|_| digits);
    number.ok_or_else(|| BadValue::new("it is not a number"))
}

/// Bytes: a number, with `K`, `M`, `G` or `T` for powers of 1024; `KiB` and the like mean the same.
pub fn parse_size(word: &str) -> Result<u64, BadValue> {
    const UNITS: [(&str, u32); 4] = [("K", 10), ("M", 20), ("G", 30), ("T", 40)];
    let why = || BadValue::new("a size is a number of bytes, or a whole one with K, M, G or T");
    let digits = word.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = word.split_at(digits.unwrap_or(word.len()));
    let short = unit.strip_suffix("iB").unwrap_or(unit);
    let known = UNITS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(short));
    let shift = match (unit, known) {
        ("", _) => 0,
        (_, Some((_, shift))) => *shift,
        (_, None) => return Err(why()),
    };
    let number = parse_count(number).map_err(|_| why())?;
    number.checked_mul(1 << shift).ok_or_else(why)
}

/// Numbers with `ms`, `s`, `m`, `h` or `d`, as `1h30m`; seconds where there is no unit.
pub fn parse_duration(word: &str) -> Result<Duration, BadValue> {
    let why =
        || BadValue::new("a time is a whole number with ms, s, m, h or d, or several, as 1h30m");
    let mut rest = word;
    let mut total: u64 = 0;
    while !rest.is_empty() || word.is_empty() {
        let (number, after) = rest.split_at(
            rest.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len()),
        );
        let end = after.find(|c: char| c.is_ascii_digit());
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        let is_alone = number.len() == word.len();
        let factor = match unit {
            "ms" => 1,
            "" if is_alone => 1000,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(why()),
        };
        let milliseconds = parse_count(number).ok().and_then(|n| n.checked_mul(factor));
        let sum = milliseconds.and_then(|it| total.checked_add(it));
        total = sum.ok_or_else(why)?;
        rest = after;
    }
    match total {
        0 => Err(BadValue::new("in no time nothing can run")),
        total => Ok(Duration::from_millis(total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let limit = |resource, most| Ok(Limit { resource, most });
        for (word, made) in [
            ("memory=2G", limit(Resource::Memory, 2 << 30)),
            ("memory=1024", limit(Resource::Memory, 1024)),
            ("memory=2g", limit(Resource::Memory, 2 << 30)),
            ("memory=2GiB", limit(Resource::Memory, 2 << 30)),
            ("pids=200", limit(Resource::Pids, 200)),
            ("cpu=150%", limit(Resource::Cpu, 150)),
            ("files=1024", limit(Resource::Files, 1024)),
            ("file-size=0", limit(Resource::FileSize, 0)),
            ("core-size=1G", limit(Resource::CoreSize, 1 << 30)),
        ] {
            assert_eq!(Limit::parse(word), made, "{word}");
        }
        for bad in [
            "",
            "memory",
            "memory=",
            "memory=x",
            "memory=-1",
            "memory=+1",
            "memory=99999999T",
            "cpu=2",
            "pids=0",
            "memroy=1",
            "pids=1G",
            "memory=1,5G",
            "memory=1.5G",
            "memory=1GB",
            "memory=iB",
            "memory=1iB",
            "memory=G",
            "memory=1G1",
        ] {
            assert!(Limit::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Limit::parse_list("pids=1,files=2").unwrap().len(), 2);
        assert_eq!(
            Limit::parse("memroy=1").unwrap_err().suggestion,
            Some("memory")
        );
    }

    #[test]
    fn durations() {
        for (word, seconds) in [
            ("10", 10),
            ("10s", 10),
            ("10m", 600),
            ("2h", 7200),
            ("1d", 86400),
            ("1h30m", 5400),
            ("1d1h1m1s", 90061),
            ("1000ms", 1),
        ] {
            assert_eq!(
                parse_duration(word),
                Ok(Duration::from_secs(seconds)),
                "{word}"
            );
        }
        for bad in [
            "",
            "m",
            "0",
            "0s",
            "-1s",
            "1.5m",
            "1 m",
            "1m30",
            "s1",
            "1sm",
            "0h0m",
            "99999999999d99999999999999999d",
            "1w",
            "99999999999999999d",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}

//! Calls that say that they have done what they have not: what the set-up reads back, or tries, is how it
//! finds out. `strace` leaves the call out and returns success.

use super::{Place, Rule, check, facts, setup_calls, trace};

/// Calls by which a protection is put in force. With the sign all that follow are left out too: such a call is
/// repeated until it has had its effect. (With `prctl` the answers would be lies as well.)
const LIES: [(&str, &str); 5] = [
    ("prctl", ""),
    ("capset", ""),
    ("mount_setattr", ""),
    ("umount2", "+"),
    ("pivot_root", ""),
];

#[test]
fn a_call_that_does_nothing_is_found_out() {
    let place = Place::new("lies");
    let plain = trace(0, &place.directory, &["--trace=all".into()]);
    let baseline = facts(&plain.output).unwrap_or_else(|| panic!("{:?}", plain.output));
    let calls = setup_calls(&plain.log);
    let (mut told, mut found_out) = (0, Vec::new());
    let limit = limit_number(&plain.log);
    // It is one byte that is written.
    let limit = [("write", ("1", ""), limit..=limit)].into_iter();
    let lies = LIES.into_iter().map(|(name, sign)| {
        let count = calls.get(name).copied().unwrap_or_default();
        assert!(count > 0, "{name} is not among {calls:?}");
        (name, ("0", sign), 1..=count)
    });
    for (name, (success, sign), numbers) in lies.chain(limit) {
        let mut stopped = 0;
        for number in numbers {
            let rule = Rule {
                name: name.to_owned(),
                number,
                error: "nothing done",
            };
            let options = [
                "--seccomp-bpf".to_owned(),
                format!("--trace={name}"),
                format!("--inject={name}:retval={success}:when={number}{sign}"),
            ];
            let traced = trace(0, &place.directory, &options);
            if traced.log.contains("(INJECTED)") {
                told += 1;
                stopped += usize::from(check(&rule, &baseline, &traced.output));
            }
        }
        found_out.push((name, stopped));
    }
    assert!(told >= 12, "{told}");
    for (name, stopped) in found_out {
        assert!(stopped > 0, "no lie of {name} stopped the start");
    }
}

/// Which write of its process limits user namespaces: that of one byte, the number of the one that is left.
fn limit_number(log: &str) -> usize {
    let is_limit = |line: &&str| line.contains("write(") && line.contains(", \"1\", 1)");
    let limit = log.lines().position(|line| is_limit(&line));
    let limit = limit.expect("the limit is written");
    let process = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let lines: Vec<&str> = log.lines().collect();
    let own = process(lines[limit]);
    let before = lines[..=limit].iter();
    before
        .filter(|line| process(line) == own && line.contains("write(") && !line.contains("resumed"))
        .count()
}

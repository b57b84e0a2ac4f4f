//! A report for people: a line for each denial.

use super::quoted::quoted;
use super::{Denied, Kind, Report};
use aril_flatpak::shown;

/// The lines, each with its line feed.
pub fn lines(report: &Report) -> String {
    let mut text: String = report.denials.iter().map(line).collect();
    if report.beyond > 0 {
        text += &format!("denied {}: of further kinds\n", times(report.beyond));
    }
    if text.is_empty() {
        text += "denied: nothing\n";
    }
    text
}

/// What is in a report may come from a file, and is escaped here however it was made.
fn line(denied: &Denied) -> String {
    let kind = match denied.kind {
        Kind::SystemCall => "system call ",
        Kind::BusName => "on the session bus ",
        Kind::Hidden | Kind::ReadOnly | Kind::Socket | Kind::Network => "",
    };
    let subject = shown(denied.subject.as_bytes());
    let reason = shown(denied.reason.as_bytes());
    let allow = match &denied.allow {
        Some(words) => {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            format!("; {} allows it", words.join(" "))
        }
        None => "; no option allows it".to_owned(),
    };
    let warning = denied.warning.as_ref();
    let warning = warning.map_or_else(String::new, |warning| {
        format!(", but {}", shown(warning.as_bytes()))
    });
    let times = times(denied.count);
    format!("denied {times}: {kind}{subject}: {reason}{allow}{warning}\n")
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_all() {
        let denied = Denied {
            kind: Kind::Hidden,
            subject: "/srv/a b\u{1b}".into(),
            reason: "it is hidden".into(),
            count: 3,
            by: "cat".into(),
            allow: Some(vec!["--ro".into(), "/srv/a b".into()]),
            warning: Some("keys are kept there".into()),
        };
        let mut report = Report {
            command: vec!["cat".into()],
            ended: 0,
            observed: true,
            denials: vec![denied.clone()],
            beyond: 2,
        };
        let text = lines(&report);
        let (first, rest) = text.split_once('\n').unwrap();
        assert!(first.starts_with("denied 3 times: /srv/a b"), "{first}");
        assert!(
            first.ends_with(": it is hidden; --ro '/srv/a b' allows it, but keys are kept there"),
            "{first}"
        );
        assert!(!text.contains('\u{1b}'));
        assert_eq!(rest, "denied twice: of further kinds\n");
        report.denials[0].allow = None;
        report.denials[0].warning = None;
        report.denials[0].kind = Kind::SystemCall;
        assert!(lines(&report).starts_with("denied 3 times: system call /srv"));
        assert!(lines(&report).contains("; no option allows it\n"));
    }
}

//! The known differences: the table in docs/flatpak-compat.md is the test's own.

/// The page.
const PAGE: &str = include_str!("../../../docs/flatpak-compat.md");

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What it is about; a `*` stands for anything.
    pub(crate) about: String,
    /// When it is seen: `always`, or on some machines only.
    pub(crate) only: String,
    /// Why it is so.
    pub(crate) reason: String,
}

impl Difference {
    /// Whether it must be seen on every machine, to every user.
    pub(crate) fn is_sure(&self) -> bool {
        self.only == "always"
    }

    /// Whether it speaks of this.
    pub(crate) fn covers(&self, about: &str) -> bool {
        matches(self.about.as_bytes(), about.as_bytes())
    }
}

/// Whether a pattern with `*` describes a whole text.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        Some((first, rest)) => text
            .split_first()
            .is_some_and(|(byte, text)| byte == first && matches(rest, text)),
    }
}

/// Reads the rows `| `about` | seen | aril | flatpak | reason |` of the page's table.
pub(crate) fn known() -> Vec<Difference> {
    let table = PAGE.split("<!-- differences -->").nth(1);
    let table = table.expect("the page has a table between two marks");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(row).collect()
}

fn row(line: &str) -> Difference {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [about, only, .., reason] = &cells[..] else {
        panic!("a row of five cells: {line}");
    };
    assert_eq!(cells.len(), 5, "a row of five cells: {line}");
    Difference {
        about: about.trim_matches('`').to_owned(),
        only: (*only).to_owned(),
        reason: (*reason).to_owned(),
    }
}

#[test]
fn every_row_has_its_reason() {
    let rows = known();
    assert!(!rows.is_empty(), "{rows:?}");
    for row in &rows {
        assert!(row.reason.len() > 10, "{row:?}");
    }
}

#[test]
fn stars_stand_for_anything() {
    assert!(matches(b"mount /sys/*", b"mount /sys/bus"));
    assert!(matches(b"*x", b"abx") && matches(b"a*", b"a") && matches(b"a*c", b"abbc"));
    assert!(!matches(b"a", b"ab") && !matches(b"a*c", b"ab"));
}

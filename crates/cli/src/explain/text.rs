//! The explanation for a terminal.

use super::model::{Access, Explanation, Line, Mount, Openness};
use crate::style::{Ink, Style};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The page.
pub(super) fn page(explanation: &Explanation, style: Style) -> String {
    let mut page = Page {
        text: String::new(),
        style,
    };
    page.heading(&explanation.title);
    page.line("  ", &format!("runs {}", explanation.command.join(" ")));
    page.writable(&explanation.mounts);
    page.heading("\nFiles");
    page.tree(&explanation.mounts);
    let sections = [
        ("Network", &explanation.network),
        ("Sockets and devices", &explanation.sockets),
        ("Namespaces", &explanation.namespaces),
        ("Privileges", &explanation.privileges),
        ("Limits", &explanation.limits),
        ("Lifetime", &explanation.lifetime),
    ];
    for (heading, lines) in sections {
        page.section(heading, lines);
    }
    page.calls(explanation);
    page.section("Environment", &explanation.environment);
    for note in &explanation.notes {
        page.line("", note);
    }
    page.text
}

struct Page {
    text: String,
    style: Style,
}

/// A line of the tree before it is aligned.
struct Row<'a> {
    branch: String,
    name: &'a str,
    mount: &'a Mount,
}

impl Page {
    fn heading(&mut self, text: &str) {
        let painted = match text.strip_prefix('\n') {
            Some(text) => format!("\n{}", self.style.paint(Ink::Heading, text)),
            None => self.style.paint(Ink::Heading, text),
        };
        self.line("", &painted);
    }

    fn line(&mut self, indent: &str, text: &str) {
        // Writing to a string does not fail.
        writeln!(self.text, "{indent}{text}").ok();
    }

    /// The answer to the first question that people have.
    fn writable(&mut self, root: &Mount) {
        let kept: Vec<&str> = root
            .kept()
            .iter()
            .map(|mount| mount.path.as_str())
            .collect();
        let text = match kept.is_empty() {
            true => "can write nothing that stays".to_owned(),
            false => format!("can write, of what stays: {}", kept.join(", ")),
        };
        self.line("  ", &text);
    }

    fn section(&mut self, heading: &str, lines: &[Line]) {
        self.heading(&format!("\n{heading}"));
        for line in lines {
            let ink = match line.openness {
                Openness::Closed => Ink::Good,
                Openness::Open => Ink::Open,
            };
            let mark = match line.openness {
                Openness::Closed => "-",
                Openness::Open => "!",
            };
            let mark = self.style.paint(ink, mark);
            let origin = self.origin(line.origin.as_deref());
            self.line("  ", &format!("{mark} {}{origin}", line.what));
        }
    }

    fn origin(&self, origin: Option<&str>) -> String {
        origin.map_or(String::new(), |origin| {
            self.style.paint(Ink::Faint, format_args!("  [{origin}]"))
        })
    }

    fn tree(&mut self, root: &Mount) {
        let mut rows = Vec::new();
        gather(root, "", &mut rows);
        let width = |row: &Row<'_>| row.branch.chars().count() + row.name.chars().count();
        let widest = rows.iter().map(width).filter(|width| *width <= 48).max();
        for row in &rows {
            let padding = widest.unwrap_or(0).saturating_sub(width(row));
            let access = self.access(row.mount.access);
            let about = about(row.mount);
            let origin = self.origin(row.mount.origin.as_deref());
            let branch = self.style.paint(Ink::Faint, &row.branch);
            let line = format!(
                "{branch}{}{:padding$}  {access}  {about}{origin}",
                row.name, ""
            );
            self.line("  ", line.trim_end());
        }
    }

    fn access(&self, access: Option<Access>) -> String {
        let (ink, word) = match access {
            None => return " ".repeat(9),
            Some(Access::ReadOnly) => (Ink::Good, "read-only"),
            Some(Access::Temporary) => (Ink::Faint, "temporary"),
            Some(Access::ReadWrite) => (Ink::Open, "WRITABLE "),
        };
        self.style.paint(ink, word)
    }

    fn calls(&mut self, explanation: &Explanation) {
        self.heading("\nSystem calls");
        let calls = &explanation.system_calls;
        if calls.programs == 0 {
            let mark = self.style.paint(Ink::Open, "!");
            self.line("  ", &format!("{mark} none is refused"));
            return;
        }
        let names = calls.rules.iter().map(|rule| rule.syscall.as_str());
        let names: BTreeSet<&str> = names.collect();
        let mark = self.style.paint(Ink::Good, "-");
        let count = names.len();
        self.line(
            "  ",
            &format!("{mark} refused, some only with certain arguments ({count}):"),
        );
        let mut line = String::new();
        for name in names {
            if line.len() + name.len() > 90 {
                self.line("    ", line.trim_end());
                line.clear();
            }
            line += name;
            line.push(' ');
        }
        self.line("    ", line.trim_end());
        let hint = "reasons: --json, --html, `aril seccomp show`";
        let hint = self.style.paint(Ink::Faint, hint);
        self.line("    ", &hint);
    }
}

/// The kind, and what is shown there.
pub(super) fn about(mount: &Mount) -> String {
    let mut parts = match (mount.kind, &mount.source) {
        ("bind", Some(source)) if *source == mount.path => vec!["the host's".to_owned()],
        ("bind", Some(source)) => vec![source.clone()],
        ("bind", None) => vec!["a descriptor".to_owned()],
        ("symlink", Some(to)) => vec![format!("→ {to}")],
        ("overlay", Some(source)) => vec![format!("overlay on {source}")],
        ("tmpfs", _) => vec!["in memory".to_owned()],
        ("parent", _) => Vec::new(),
        (kind, _) => vec![kind.to_owned()],
    };
    parts.extend(mount.details.iter().cloned());
    parts.join(", ")
}

/// The name of a place below another.
pub(super) fn name_below<'a>(mount: &'a Mount, parent: &str) -> &'a str {
    let below = mount.path.strip_prefix(parent).unwrap_or(&mount.path);
    below.trim_start_matches('/')
}

fn gather<'a>(root: &'a Mount, branch: &str, rows: &mut Vec<Row<'a>>) {
    if rows.is_empty() {
        rows.push(Row {
            branch: String::new(),
            name: &root.path,
            mount: root,
        });
    }
    let last = root.children.len().saturating_sub(1);
    for (index, child) in root.children.iter().enumerate() {
        let (fork, below) = if index == last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        rows.push(Row {
            branch: format!("{branch}{fork}"),
            name: name_below(child, &root.path),
            mount: child,
        });
        gather(child, &format!("{branch}{below}"), rows);
    }
}

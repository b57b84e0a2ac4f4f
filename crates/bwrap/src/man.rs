//! The manual page, in roff (man(7)).

use crate::table::{self, Row};

const INTRODUCTION: &str = "\
.TH BWRAP 1 \"\" \"Aril\" \"User Commands\"
.SH NAME
bwrap \\- run a command in a sandbox
.SH SYNOPSIS
.B bwrap
.RI [ OPTIONS ...]
.RB [ \\-\\- ]
.I COMMAND
.RI [ ARGS ...]
.SH DESCRIPTION
The command runs in a tree of files that begins empty and holds what the options put there, in
their order. The mount namespace is always new, and no program inside can gain privileges. Of the
other namespaces those are new that the options ask for; an ordinary user always gets a new user
namespace.
.PP
The options are those of bubblewrap. Each value is a word of its own; there is no form with an
equals sign. A path inside begins at the root, with or without a slash. The options end at the first
word that does not begin with a dash, or after
.BR \\-\\- .
.PP
This program refuses to run with set\\-user\\-ID or with file capabilities: it needs neither.
.SH OPTIONS
";

const CONCLUSION: &str = "\
.SH EXIT STATUS
That of the command; 128 and the signal's number if a signal killed it; 1 if the sandbox could not
be made or the command not be executed.
.SH EXAMPLE
A shell that sees the system but cannot change it, and has no network:
.PP
.nf
.RS
bwrap \\-\\-ro\\-bind / / \\-\\-dev /dev \\-\\-proc /proc \\-\\-tmpfs /tmp \\e
    \\-\\-unshare\\-all \\-\\-new\\-session sh
.RE
.fi
.SH SEE ALSO
.BR aril (1),
.BR namespaces (7),
.BR capabilities (7),
.BR seccomp (2)
";

/// The page.
pub fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    for group in table::GROUPS {
        page.push_str(&format!(".SS {}\n", escape(group.title)));
        for row in group.rows {
            push_row(&mut page, row);
        }
    }
    page.push_str(CONCLUSION);
    page
}

fn push_row(page: &mut String, row: &Row) {
    page.push_str(&format!(".TP\n\\fB{}\\fR", escape(row.name)));
    for value in row.values {
        page.push_str(&format!(" \\fI{}\\fR", escape(value.name)));
    }
    page.push_str(&format!("\n{}.", escape(row.help)));
    if !row.more.is_empty() {
        page.push_str(&format!(" {}", escape(row.more)));
    }
    match row.since {
        Some("Aril") => page.push_str(" Bubblewrap does not have it."),
        Some(version) => page.push_str(&format!(" Since bubblewrap {version}.")),
        None => (),
    }
    page.push('\n');
}

/// A backslash begins an escape, a dash would become a hyphen, and a full stop or an apostrophe at
/// the beginning of a line would be a request.
fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        return format!("\\&{text}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_there_with_its_words() {
        let page = page();
        for row in table::rows() {
            let heading = format!("\\fB{}\\fR", escape(row.name));
            assert!(page.contains(&heading), "{}", row.name);
            assert!(page.contains(&escape(row.help)), "{}", row.name);
            assert!(page.contains(&escape(row.more)), "{}", row.name);
        }
    }

    #[test]
    fn no_line_is_a_request_by_accident() {
        let known = [
            ".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".BR", ".RB", ".RI", ".I", ".nf", ".fi",
            ".RS", ".RE",
        ];
        for line in page().lines().filter(|line| line.starts_with(['.', '\''])) {
            let request = line.split(' ').next().unwrap_or(line);
            assert!(known.contains(&request), "{line}");
        }
    }
}

//! The explanation as one page that needs nothing else: no script, no font, no picture from elsewhere.

use super::model::{Access, Explanation, Line, Mount, Openness, Rule};
use super::text::{about, name_below};
use std::fmt::{self, Display, Formatter};

const STYLE: &str = include_str!("page.css");

/// Text as it stands in a page: what could begin markup is escaped.
struct Html<'a>(&'a str);

impl Display for Html<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                other => write!(out, "{other}")?,
            }
        }
        Ok(())
    }
}

/// The page.
pub(super) fn page(explanation: &Explanation) -> String {
    let title = Html(&explanation.title);
    let command = explanation.command.join(" ");
    let tiles = tiles(explanation);
    let tree = tree(&explanation.mounts, "");
    let sections = [
        ("Network", &explanation.network),
        ("Sockets and devices", &explanation.sockets),
        ("Namespaces", &explanation.namespaces),
        ("Privileges", &explanation.privileges),
        ("Limits", &explanation.limits),
        ("Lifetime", &explanation.lifetime),
    ];
    let sections: String = sections
        .iter()
        .map(|(heading, lines)| section(heading, lines))
        .collect();
    let rules: String = explanation.system_calls.rules.iter().map(rule).collect();
    let count = explanation.system_calls.rules.len();
    let environment = section("Environment", &explanation.environment);
    let notes: String = explanation
        .notes
        .iter()
        .map(|note| format!("<p class=note>{}</p>\n", Html(note)))
        .collect();
    // Nothing on the page may load anything: the policy says so to the browser too.
    format!(
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\n\
         <title>The sandbox of {title}</title>\n<style>\n{STYLE}</style>\n\
         <header><h1>The sandbox of {title}</h1>\n<p>runs <code>{}</code></p></header>\n\
         <main>\n{tiles}{notes}\
         <section class=wide><h2>Files</h2>\n\
         <p class=legend><b class=ro>read-only</b> <b class=tmp>temporary</b> gone with the sandbox \
         <b class=rw>writable</b> stays on the host</p>\n\
         <ul class=tree>{tree}</ul></section>\n{sections}\
         <section class=wide><h2>System calls</h2>\n<details><summary>{count} rules refuse calls</summary>\n\
         <table><thead><tr><th>call<th>when<th>what becomes of it<th>reason<tbody>\n{rules}</table></details></section>\n\
         {environment}</main>\n</html>\n",
        Html(&command)
    )
}

/// The answers to the first questions, side by side.
fn tiles(explanation: &Explanation) -> String {
    let kept = explanation.mounts.kept();
    let places = |count: usize| match count {
        0 => "nothing that stays".to_owned(),
        1 => "one place that stays".to_owned(),
        count => format!("{count} places that stay"),
    };
    let open = |lines: &[Line]| {
        lines
            .iter()
            .filter(|line| line.openness == Openness::Open)
            .count()
    };
    let network = match open(&explanation.network) {
        0 => "none".to_owned(),
        _ => "the host's".to_owned(),
    };
    let sockets = match open(&explanation.sockets) {
        0 => "none".to_owned(),
        count => format!("{count} in reach"),
    };
    let calls = match explanation.system_calls.programs {
        0 => "none refused".to_owned(),
        _ => format!("{} rules", explanation.system_calls.rules.len()),
    };
    let tiles = [
        ("can write", places(kept.len()), kept.is_empty()),
        ("network", network, open(&explanation.network) == 0),
        ("sockets, devices", sockets, open(&explanation.sockets) == 0),
        ("system calls", calls, explanation.system_calls.programs > 0),
    ];
    let tiles = tiles.iter().map(|(what, value, closed)| {
        let class = if *closed { "closed" } else { "open" };
        format!(
            "<div class={class}><span>{what}</span>{}</div>",
            Html(value)
        )
    });
    format!(
        "<section class=\"wide tiles\">{}</section>\n",
        tiles.collect::<String>()
    )
}

fn tree(mount: &Mount, parent: &str) -> String {
    let name = match parent {
        "" => mount.path.as_str(),
        parent => name_below(mount, parent),
    };
    let (class, word) = match mount.access {
        None => ("", ""),
        Some(Access::ReadOnly) => ("ro", "read-only"),
        Some(Access::Temporary) => ("tmp", "temporary"),
        Some(Access::ReadWrite) => ("rw", "writable"),
    };
    let badge = match word {
        "" => String::new(),
        word => format!(" <b class={class}>{word}</b>"),
    };
    let about = about(mount);
    let origin = origin(mount.origin.as_deref());
    let children: String = mount
        .children
        .iter()
        .map(|child| tree(child, &mount.path))
        .collect();
    let children = match children.is_empty() {
        true => children,
        false => format!("\n<ul>{children}</ul>"),
    };
    format!(
        "<li><code title=\"{}\">{}</code>{badge} <span>{}</span>{origin}{children}</li>\n",
        Html(&mount.path),
        Html(name),
        Html(&about)
    )
}

fn origin(origin: Option<&str>) -> String {
    origin.map_or(String::new(), |origin| format!(" <i>{}</i>", Html(origin)))
}

fn section(heading: &str, lines: &[Line]) -> String {
    let items = lines.iter().map(|line| {
        let class = match line.openness {
            Openness::Closed => "closed",
            Openness::Open => "open",
        };
        let origin = origin(line.origin.as_deref());
        format!("<li class={class}>{}{origin}</li>\n", Html(&line.what))
    });
    let items: String = items.collect();
    format!("<section><h2>{heading}</h2>\n<ul>{items}</ul></section>\n")
}

fn rule(rule: &Rule) -> String {
    let when = rule.when.join(" and ");
    format!(
        "<tr><td><code>{}</code><td>{}<td>{}<td>{}\n",
        Html(&rule.syscall),
        Html(&when),
        Html(&rule.action),
        Html(&rule.reason)
    )
}

//! The theme of GTK that the user has chosen, by which extensions are enabled.

use std::process::{Command, Stdio};

/// The name of the theme, asked of gsettings(1), which knows where the desktop keeps it. `None` where
/// that is not installed, or the desktop has no such setting.
pub fn gtk_theme() -> Option<String> {
    let mut command = Command::new("gsettings");
    command.args(["get", "org.gnome.desktop.interface", "gtk-theme"]);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| name(&said))?
}

/// The text of a value: quotes around it, and `\` before what would end it (GVariant text format).
fn name(said: &str) -> Option<String> {
    let said = said.trim_end();
    let quote = said.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let text = said.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut name = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        name.push(if c == '\\' { chars.next()? } else { c });
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let rows = [
            ("'Adwaita'\n", Some("Adwaita")),
            ("\"it's\"\n", Some("it's")),
            ("'a\\'b'", Some("a'b")),
            ("''", Some("")),
            ("'", None),
            ("Adwaita", None),
            ("", None),
        ];
        for (said, expected) in rows {
            assert_eq!(name(said).as_deref(), expected, "{said}");
        }
    }
}

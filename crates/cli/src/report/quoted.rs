//! A word as a shell reads it.

use std::fmt::Write;

/// The word itself where it can stand so, and else in quotes. Control characters are escaped, so that it
/// can be printed on a terminal; bash, zsh and busybox read them back.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if word.chars().all(aril_flatpak::is_graphic) {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let mut text = String::from("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => text.extend(['\\', c]),
            c if aril_flatpak::is_graphic(c) => text.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a string does not fail.
                    write!(text, "\\x{byte:02x}").ok();
                }
            }
        }
    }
    text + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_it_back() {
        for word in [
            "a",
            "",
            "a b",
            "it's",
            "a\nb'c\\d",
            "é",
            "$(reboot)",
            "\u{1b}[31m",
            "~",
        ] {
            let text = quoted(word);
            assert!(text.chars().all(|c| !c.is_control()), "{text}");
            let script = format!("printf %s {text}");
            let output = std::process::Command::new("bash")
                .args(["-c", &script])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word, "{text}");
        }
    }
}

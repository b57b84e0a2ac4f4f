//! Words of a value: separated by white space, with quotes and escapes (`systemd.syntax(7)`, "Quoting").

/// Splits a value into words; the error says what is wrong with it.
pub(super) fn split(value: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = value.chars();
    while let Some(next) = rest.next() {
        match (next, quote) {
            ('\\', _) => word
                .get_or_insert_default()
                .push(escaped(&mut rest).ok_or("it has an escape that is not known")?),
            (mark, Some(open)) if mark == open => quote = None,
            (mark @ ('"' | '\''), None) => {
                quote = Some(mark);
                word.get_or_insert_default();
            }
            (space, None) if space.is_whitespace() => words.extend(word.take()),
            (other, _) => word.get_or_insert_default().push(other),
        }
    }
    if quote.is_some() {
        return Err("a quotation does not end");
    }
    words.extend(word);
    Ok(words)
}

/// What follows a backslash.
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        'n' => '\n',
        't' => '\t',
        's' => ' ',
        'x' => {
            let digits: String = rest.by_ref().take(2).collect();
            // Bytes above are parts of characters: they are written as they are.
            u8::from_str_radix(&digits, 16)
                .ok()
                .filter(u8::is_ascii)?
                .into()
        }
        same @ ('\\' | '"' | '\'' | ' ' | ':') => same,
        _ => return None,
    })
}

/// Writes a word so that it is read as it is; `%` would begin a specifier.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.,:=+@~".contains(c);
    let word_is_plain = !word.is_empty() && word.chars().all(plain);
    let escaped = word
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
        .replace('%', "%%");
    if word_is_plain {
        escaped
    } else {
        format!("\"{escaped}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        for (value, expected) in [
            ("", &[] as &[&str]),
            (" a  b\t", &["a", "b"]),
            (r#""a b" 'c "d"' """#, &["a b", "c \"d\"", ""]),
            (r"a\x20b \\ a\sb", &["a b", "\\", "a b"]),
            (r#"A="b c"d"#, &["A=b cd"]),
        ] {
            assert_eq!(split(value).unwrap(), expected, "{value}");
        }
        for bad in ["\"a", "'", "\\", "\\q", "\\xzz", "\\xff"] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for word in ["a", "", "a b", "\"'\\", "100%", "a\nb\tc", "ä", "{x}"] {
            let back = split(&quoted(word)).unwrap();
            assert_eq!(back, [word.replace('%', "%%")], "{word}");
        }
    }
}

use super::*;

#[test]
fn reads_values_with_their_escapes() {
    let text = b"[G]\nspace=\\sx\\t\\n\\r\\\\\nlist=a;b\\;c;;d\ntail=a;b;\nempty=\none=;\n \
        padded = v \nyes=true \nno=0\nnumber=-7\n";
    let file = KeyFile::parse(text).unwrap();
    assert_eq!(file.string("G", "space").unwrap().unwrap(), " x\t\n\r\\");
    assert_eq!(
        file.list("G", "list").unwrap().unwrap(),
        ["a", "b;c", "", "d"]
    );
    assert_eq!(file.list("G", "tail").unwrap().unwrap(), ["a", "b"]);
    assert!(file.list("G", "empty").unwrap().unwrap().is_empty());
    assert_eq!(file.list("G", "one").unwrap().unwrap(), [""]);
    assert_eq!(file.string("G", "padded").unwrap().unwrap(), "v ");
    assert_eq!(file.boolean("G", "yes").unwrap(), Some(true));
    assert_eq!(file.boolean("G", "no").unwrap(), Some(false));
    assert_eq!(file.integer("G", "number").unwrap(), Some(-7));
    assert_eq!(file.string("G", "absent").unwrap(), None);
    assert_eq!(file.string("H", "absent").unwrap(), None);
}

#[test]
fn the_last_of_equal_keys_wins_and_equal_groups_are_one() {
    let file = KeyFile::parse(b"[A]\nk=1\n[B]\nk=2\n[A]\nk=3\nl=4\n").unwrap();
    assert_eq!(file.groups().count(), 2);
    assert_eq!(file.string("A", "k").unwrap().unwrap(), "3");
    assert_eq!(
        file.group("A").unwrap().keys().collect::<Vec<_>>(),
        ["k", "l"]
    );
}

#[test]
fn refuses_lines_with_their_number() {
    let rows: [(&[u8], usize, LineFault); 9] = [
        (b"[A]\nk=a\0b\n", 2, LineFault::Nul),
        (b"[A]\n\n# c\nnonsense\n", 4, LineFault::Unknown),
        (b"k=v\n", 1, LineFault::NoGroup),
        (b"[]\n", 1, LineFault::GroupName),
        (b"[a\x1bb]\n", 1, LineFault::GroupName),
        (b"[A]\n=v\n", 2, LineFault::Key),
        (b"[A]\nk]=v\n", 2, LineFault::Key),
        (b"[A]\nk[de=v\n", 2, LineFault::Key),
        (b"[A]\nk=v\nl=\xff\n", 3, LineFault::Encoding),
    ];
    for (text, line, fault) in rows {
        let error = KeyFile::parse(text).unwrap_err();
        assert_eq!(
            error,
            KeyFileError::Line { line, fault },
            "{}",
            crate::shown(text)
        );
    }
}

#[test]
fn refuses_values_with_their_key() {
    let file = KeyFile::parse(b"[A]\nbad=\\x\nend=x\\\nword=maybe\n").unwrap();
    let said = file.string("A", "bad").unwrap_err().to_string();
    assert_eq!(said, "read value, on bad in [A]: a backslash before x");
    assert!(file.list("A", "end").is_err());
    assert!(file.boolean("A", "word").is_err());
    assert!(file.integer("A", "word").is_err());
}

#[test]
fn accepts_what_glib_accepts() {
    let text = b"\xef\xbb\xbf# not a byte order mark\n";
    assert!(KeyFile::parse(text).is_err());
    let text = b"# first\r\n\r\n [A] \t\r\n  Name[de_DE.UTF-8@x]=Wert\r\na b=c = d\r\n";
    let file = KeyFile::parse(text).unwrap();
    assert_eq!(
        file.string("A", "Name[de_DE.UTF-8@x]").unwrap().unwrap(),
        "Wert"
    );
    assert_eq!(file.string("A", "a b").unwrap().unwrap(), "c = d");
}

#[test]
fn rewriting_keeps_what_is_not_known() {
    let text = "# mine\n\n[Context]\n# why\nfuture=yes\nsockets=x11;\n\n[Later]\nk=v\n";
    let mut file = KeyFile::parse(text.as_bytes()).unwrap();
    assert_eq!(file.to_string(), text);
    file.set_list("Context", "sockets", &["wayland", "a;b", " c"])
        .unwrap();
    file.set_string("Context", "new", "  two\n\\").unwrap();
    file.set_string("Third", "k", "v").unwrap();
    file.remove_key("Later", "k");
    assert_eq!(
        file.to_string(),
        "# mine\n\n[Context]\n# why\nfuture=yes\nsockets=wayland;a\\;b;\\sc;\n\
         new=\\s\\stwo\\n\\\\\n\n[Third]\nk=v\n"
    );
    let again = KeyFile::parse(file.to_string().as_bytes()).unwrap();
    assert_eq!(
        again.string("Context", "new").unwrap().unwrap(),
        "  two\n\\"
    );
    assert_eq!(
        again.list("Context", "sockets").unwrap().unwrap(),
        ["wayland", "a;b", " c"]
    );
}

#[test]
fn names_cannot_smuggle_lines() {
    let mut file = KeyFile::new();
    for key in ["", "a\nb", "[x", "#a", " a", "a ", "a=b", "a]", "a\0"] {
        assert!(file.set_string("Environment", key, "v").is_err(), "{key:?}");
    }
    for group in ["", "a]\n[Context", "a\n", "[a"] {
        assert!(file.set_string(group, "k", "v").is_err(), "{group:?}");
    }
    assert!(file.set_string("G", "k", "a\0").is_err());
    assert_eq!(file.to_string(), "");
}

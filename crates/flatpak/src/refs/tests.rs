use super::*;

#[test]
fn ids_are_valid_bus_names() {
    for good in [
        "org.x.Y",
        "_a._b._c9",
        "org.gnome.Maps-beta",
        "a.b.c.-d",
        "a.b.--",
        "O.P.Q1_2",
    ] {
        assert!(good.parse::<Id>().is_ok(), "{good}");
    }
    let long = format!("a.b.{}", "c".repeat(252));
    let rows = [
        ("", RefFault::Empty),
        (long.as_str(), RefFault::TooLong),
        ("org.x", RefFault::TooFewDots),
        ("org", RefFault::TooFewDots),
        (".org.x.y", RefFault::EmptyPart),
        ("org.x.", RefFault::EmptyPart),
        ("org..x.y", RefFault::EmptyPart),
        ("org.x.9y", RefFault::Start('9')),
        ("1org.x.y", RefFault::Start('1')),
        ("org.x-y.z", RefFault::Dash),
        ("org.x.y/z", RefFault::Character('/')),
        ("org.x.\u{e9}", RefFault::Character('\u{e9}')),
        ("org.x.y\0", RefFault::Character('\0')),
    ];
    for (text, fault) in rows {
        assert_eq!(text.parse::<Id>().unwrap_err().fault(), fault, "{text:?}");
    }
    assert!(long[..255].parse::<Id>().is_ok());
}

#[test]
fn arch_and_branch_cannot_leave_their_directory() {
    for good in ["x86_64", "i386", "9"] {
        assert!(good.parse::<Arch>().is_ok(), "{good}");
    }
    for bad in ["", "..", "../x", "x-y", "a/b"] {
        assert!(bad.parse::<Arch>().is_err(), "{bad}");
    }
    for good in ["stable", "23.08", "-x", "9", "a..b", "1.2-beta_3"] {
        assert!(good.parse::<Branch>().is_ok(), "{good}");
    }
    for bad in ["", ".", "..", ".x", "a/b", "a b"] {
        assert!(bad.parse::<Branch>().is_err(), "{bad}");
    }
}

#[test]
fn partial_refs_come_back_as_they_were_typed() {
    let texts = [
        "org.x.Y",
        "org.x.Y/arm",
        "org.x.Y//9.1",
        "app/org.x.Y",
        "runtime/org.x.Y/arm/9",
    ];
    for text in texts {
        assert_eq!(text.parse::<PartialRef>().unwrap().to_string(), text);
    }
    assert_eq!(
        "org.x.Y//".parse::<PartialRef>().unwrap().to_string(),
        "org.x.Y"
    );
    for bad in [
        "",
        "org.x",
        "org.x.Y/a/b/c",
        "org.x.Y/a-b",
        "org.x.Y//.b",
        "apps/org.x.Y",
    ] {
        assert!(bad.parse::<PartialRef>().is_err(), "{bad}");
    }
}

#[test]
fn full_refs() {
    let text = "runtime/org.x.Platform/x86_64/23.08";
    let full: Ref = text.parse().unwrap();
    assert_eq!(full.to_string(), text);
    assert_eq!(full.directory(), PathBuf::from(text));
    for bad in [
        "org.x.Platform/x86_64/1",
        "app/org.x.Y/x86_64",
        "lib/org.x.Y/a/b",
    ] {
        assert!(bad.parse::<Ref>().is_err(), "{bad}");
    }
    let said = "app/org.x.Y/a".parse::<Ref>().unwrap_err().to_string();
    assert_eq!(
        said,
        "read runtime, on org.x.Y/a: not the right number of slashes"
    );
}

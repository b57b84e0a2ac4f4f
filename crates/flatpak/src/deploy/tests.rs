use super::*;

/// What flatpak 1.14.10 wrote for an application of one file.
const WRITTEN: &[u8] = b"\
    \x72\x00\x33\x33\x31\x35\x34\x61\x31\x33\x36\x39\x65\x33\x31\x30\x35\x38\x38\x62\x64\x64\x36\x33\
    \x32\x35\x39\x31\x35\x39\x34\x35\x38\x39\x32\x63\x33\x36\x35\x61\x64\x33\x65\x33\x35\x31\x37\x37\
    \x38\x61\x66\x33\x62\x32\x33\x62\x37\x33\x35\x62\x35\x61\x35\x36\x33\x32\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x00\x04\x00\x64\x65\x70\x6c\x6f\x79\x2d\x76\x65\x72\x73\x69\x6f\x6e\x00\x00\
    \x04\x00\x00\x00\x00\x69\x0f\x00\x72\x75\x6e\x74\x69\x6d\x65\x00\x6f\x72\x67\x2e\x78\x2e\x50\x6c\
    \x61\x74\x66\x6f\x72\x6d\x2f\x78\x38\x36\x5f\x36\x34\x2f\x31\x00\x00\x73\x08\x00\x00\x00\x00\x00\
    \x74\x69\x6d\x65\x73\x74\x61\x6d\x70\x00\x00\x00\x00\x00\x00\x00\xd9\xc7\x05\x6b\x00\x00\x00\x00\
    \x00\x74\x0a\x17\x3b\x5b\x43\x43\x02\
";

#[test]
fn reads_what_flatpak_wrote() {
    let deploy = Deploy::parse(WRITTEN).unwrap();
    assert_eq!(deploy.origin, "r");
    assert_eq!(
        deploy.commit,
        "33154a1369e310588bdd6325915945892c365ad3e351778af3b23b735b5a5632"
    );
    assert!(deploy.subpaths.is_empty());
    assert_eq!(deploy.version, 4);
    assert_eq!(deploy.timestamp, Some(1_795_540_953));
    assert_eq!(deploy.runtime.as_deref(), Some("org.x.Platform/x86_64/1"));
}

#[test]
fn reads_subpaths_and_arrays() {
    // ('o', 'c', ['/a', '/bc'], 0, {'previous-ids': <['x.y']>}), each offset one byte.
    let mut bytes = b"o\0c\0/a\0/bc\0\x03\x07".to_vec();
    bytes.resize(16, 0);
    bytes.extend([0, 0, 0, 0, 0, 0, 4, 0]);
    bytes.extend(b"previous-ids\0\0\0\0x.y\0\x04\0as\x0d\x19");
    bytes.extend([13, 4, 2]);
    let deploy = Deploy::parse(&bytes).unwrap();
    assert_eq!((deploy.origin.as_str(), deploy.commit.as_str()), ("o", "c"));
    assert_eq!(deploy.subpaths, ["/a", "/bc"]);
    assert_eq!(deploy.installed_size, 1024);
    assert_eq!(deploy.previous_ids, ["x.y"]);
}

#[test]
fn no_bytes_make_it_panic() {
    for length in 0..WRITTEN.len() {
        assert!(
            Deploy::parse(&WRITTEN[..length]).is_err() || length > 0,
            "{length}"
        );
    }
    let mut bytes = WRITTEN.to_vec();
    for index in 0..bytes.len() {
        for value in [0, 1, 7, 0x7f, 0xff] {
            let old = std::mem::replace(&mut bytes[index], value);
            // Either is right: what matters is that it comes back.
            drop(Deploy::parse(&bytes));
            bytes[index] = old;
        }
    }
    for length in [0x100, 0x1_0000, 0x1_0001] {
        assert!(Deploy::parse(&vec![0xff; length]).is_err());
        assert!(Deploy::parse(&vec![0; length]).is_err());
    }
}

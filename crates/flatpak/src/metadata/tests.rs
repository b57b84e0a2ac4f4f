use super::*;
use crate::permissions::{Facts, Layer, Share};

fn load(text: &str) -> Result<Metadata, MetadataError> {
    let file = KeyFile::parse(text.as_bytes())?;
    Metadata::load(&file, &Origin::layer(Layer::App))
}

#[test]
fn an_application() {
    let metadata = load(
        "[Application]\nname=org.x.Y\nruntime=org.x.Platform/x86_64/1\nsdk=org.x.Sdk/x86_64/1\n\
         command=run.sh\nrequired-flatpak=1.12.0;1.10.5;\n\n[Context]\nshared=network;\n\n\
         [Extension org.x.Y.Plugins@new]\ndirectory=lib/plugins\nversions=2;1;\nversion=0\n\
         subdirectories=true\nmerge-dirs=a;b;\nenable-if=active-gl-driver;\nfuture=1\n\n\
         [Extension org.x.Y.Locale]\ndirectory=share/locale\nversion=3\n\n\
         [X-DConf]\npaths=/org/x/;\nmigrate-path=/org/x/y/\n",
    )
    .unwrap();
    assert_eq!(metadata.kind, Kind::App);
    assert_eq!(
        metadata.runtime.unwrap().to_string(),
        "org.x.Platform/x86_64/1"
    );
    assert_eq!(metadata.command.as_deref(), Some("run.sh"));
    assert_eq!(metadata.required_flatpak, ["1.12.0", "1.10.5"]);
    let granted = metadata.permissions.granted(&Facts::default());
    assert!(granted.shares.contains_key(&Share::Network));
    let [plugins, locale] = metadata.extensions.as_slice() else {
        panic!()
    };
    assert_eq!(
        (plugins.name.as_str(), plugins.tag.as_deref()),
        ("org.x.Y.Plugins", Some("new"))
    );
    assert_eq!(plugins.versions, ["2", "1"]);
    assert!(plugins.subdirectories && !locale.subdirectories);
    assert_eq!(locale.versions, ["3"]);
    assert_eq!(metadata.dconf.unwrap().paths, ["/org/x/"]);
}

#[test]
fn an_extension() {
    let text = "[Runtime]\nname=org.x.Platform.GL.default\n\n[ExtensionOf]\n\
                ref=runtime/org.x.Platform/x86_64/1\npriority=-5\n";
    let metadata = load(text).unwrap();
    assert_eq!(metadata.kind, Kind::Runtime);
    assert_eq!(metadata.extension_of.unwrap().priority, -5);
}

#[test]
fn refusals() {
    let rows = [
        (
            "[Context]\n",
            "read metadata, on its groups: neither [Application] nor [Runtime]",
        ),
        (
            "[Application]\n",
            "read metadata, on [Application]: no name",
        ),
        (
            "[Application]\nname=x\n",
            "read id, on x: fewer than two dots",
        ),
        (
            "[Application]\nname=org.x.Y\nruntime=../..\n",
            "read runtime, on ../..: not the right number of slashes",
        ),
        (
            "[Application]\nname=org.x.Y\n[Extension a.b.c]\nsubdirectories=perhaps\n",
            "read value, on subdirectories in [Extension a.b.c]: neither true nor false",
        ),
        (
            "[Application]\nname=org.x.Y\0\n",
            "read key file, on line 2: a NUL character",
        ),
    ];
    for (text, said) in rows {
        assert_eq!(load(text).unwrap_err().to_string(), said);
    }
}

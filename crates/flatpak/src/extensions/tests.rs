use super::*;
use crate::installations::InstallationError;
use crate::keyfile::KeyFile;
use crate::metadata::Metadata;
use crate::permissions::{Layer, Origin};
use crate::refs::{Id, Ref};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Installed extensions by ref, each with its priority.
struct Hand(BTreeMap<Ref, i32>);

impl Catalogue for Hand {
    fn find(&self, reference: &Ref) -> Result<Option<Found>, InstallationError> {
        let found = |&priority: &i32| Found {
            files: PathBuf::from("/f").join(reference.id.as_str()),
            commit: (priority < 1000).then(|| "aa".to_owned()),
            priority,
        };
        Ok(self.0.get(reference).map(found))
    }

    fn names(&self, prefix: &str) -> Result<Vec<Id>, InstallationError> {
        let mut names: Vec<Id> = self
            .0
            .keys()
            .map(|reference| reference.id.clone())
            .collect();
        names.retain(|id| id.as_str().starts_with(prefix));
        names.dedup();
        Ok(names)
    }
}

fn catalogue() -> Hand {
    let rows = [
        ("org.x.P.GL.default", "1", 0),
        ("org.x.P.GL.nvidia-550-1", "1", 0),
        ("org.x.P.GL.nvidia-550-1", "2", 0),
        ("org.x.P.Locale", "1", 0),
        ("org.x.P.Locale.de", "1", 0),
        ("org.x.P.Plug.a", "1", 5),
        ("org.x.P.Plug.b", "1", 1000),
        ("org.x.P.Two", "1", 0),
        ("org.x.P.Two", "2", 0),
    ];
    let reference =
        |id: &str, branch: &str| format!("runtime/{id}/x86_64/{branch}").parse().unwrap();
    Hand(
        rows.iter()
            .map(|(id, branch, priority)| (reference(id, branch), *priority))
            .collect(),
    )
}

fn resolved(groups: &str, facts: &ExtensionFacts) -> Extensions {
    let text = format!("[Runtime]\nname=org.x.P\n{groups}");
    let file = KeyFile::parse(text.as_bytes()).unwrap();
    let metadata = Metadata::load(&file, &Origin::layer(Layer::Runtime)).unwrap();
    let owner = "runtime/org.x.P/x86_64/1".parse().unwrap();
    resolve(&metadata.extensions, &owner, facts, &catalogue()).unwrap()
}

fn written(extensions: &Extensions) -> Vec<String> {
    let row = |one: &Mounted| {
        let Ref { id, branch, .. } = &one.reference;
        format!("{id}/{branch} {}", one.target.display())
    };
    extensions.mounted.iter().map(row).collect()
}

#[test]
fn points_become_mounts() {
    let gl = "[Extension org.x.P.GL]\ndirectory=lib/GL\nsubdirectories=true\n";
    let rows: [(&str, &[&str]); 7] = [
        (
            gl,
            &[
                "org.x.P.GL.default/1 lib/GL/default",
                "org.x.P.GL.nvidia-550-1/1 lib/GL/nvidia-550-1",
            ],
        ),
        ("[Extension org.x.P.GL]\ndirectory=lib/GL\n", &[]),
        (
            "[Extension org.x.P.Locale]\ndirectory=share/locale\nsubdirectories=true\n",
            &["org.x.P.Locale/1 share/locale"],
        ),
        (
            "[Extension org.x.P.Two@a]\ndirectory=a\nversions=2;1;\n\
             [Extension org.x.P.Two@b]\ndirectory=b\nversion=1\n",
            &["org.x.P.Two/2 a", "org.x.P.Two/1 b"],
        ),
        (
            "[Extension org.x.P.Plug]\ndirectory=plug\nsubdirectories=true\n\
             subdirectory-suffix=files/x\n",
            &[
                "org.x.P.Plug.a/1 plug/a/files/x",
                "org.x.P.Plug.b/1 plug/b/files/x",
            ],
        ),
        (
            "[Extension org.x.P.Absent]\ndirectory=a\nsubdirectories=true\n",
            &[],
        ),
        (
            "[Extension ../../etc]\ndirectory=a\nsubdirectories=true\nversion=../x\n",
            &[],
        ),
    ];
    for (groups, expected) in rows {
        assert_eq!(
            written(&resolved(groups, &ExtensionFacts::default())),
            expected,
            "{groups}"
        );
    }
}

/// As `org.freedesktop.Platform.ffmpeg-full` is asked for.
#[test]
fn the_place_itself_is_a_path() {
    let groups = "[Extension org.x.P.Two]\ndirectory=lib/ffmpeg\nadd-ld-path=.\n\
                  subdirectory-suffix=.\nmerge-dirs=.\n";
    let extensions = resolved(groups, &ExtensionFacts::default());
    assert!(extensions.refused.is_empty());
    let [one] = extensions.mounted.as_slice() else {
        panic!()
    };
    assert_eq!(one.target.as_os_str(), "lib/ffmpeg");
    let library = one.library_path.as_ref().unwrap();
    assert_eq!(library.as_os_str(), "lib/ffmpeg/.");
    assert_eq!(one.merges[0].shared.as_os_str(), "lib");
    assert_eq!(one.merges[0].own.as_os_str(), "lib/ffmpeg");
}

#[test]
fn paths_that_lead_out_are_refused() {
    let rows = [
        ("directory=../../etc", "directory", PathFault::DotDot),
        ("directory=/etc", "directory", PathFault::Absolute),
        ("version=1", "directory", PathFault::Empty),
        (
            "directory=a\nsubdirectory-suffix=../..",
            "subdirectory-suffix",
            PathFault::DotDot,
        ),
        (
            "directory=a\nadd-ld-path=/lib",
            "add-ld-path",
            PathFault::Absolute,
        ),
        (
            "directory=a\nmerge-dirs=b;../c;",
            "merge-dirs",
            PathFault::DotDot,
        ),
    ];
    for (keys, key, fault) in rows {
        let groups = format!("[Extension org.x.P.Locale]\n{keys}\n");
        let extensions = resolved(&groups, &ExtensionFacts::default());
        assert!(extensions.mounted.is_empty(), "{keys}");
        let name = "org.x.P.Locale".to_owned();
        assert_eq!(extensions.refused, [Refused { name, key, fault }], "{keys}");
    }
}

#[test]
fn conditions_enable() {
    let facts = ExtensionFacts {
        gl_drivers: gl_drivers(None, Some("550.1\n")),
        gtk_theme: Some("b".to_owned()),
        kernel_modules: ["nvidia".to_owned()].into(),
        desktops: vec!["GNOME".to_owned()],
        ..ExtensionFacts::default()
    };
    let rows: [(&str, &str, usize); 9] = [
        ("GL", "active-gl-driver", 2),
        ("Plug", "active-gl-driver", 0),
        ("Plug", "active-gtk-theme", 1),
        ("Plug", "have-intel-gpu", 0),
        ("Plug", "have-intel-gpu;on-xdg-desktop-gnome", 2),
        ("Plug", "have-kernel-module-nvidia", 2),
        ("Plug", "have-kernel-module-nouveau", 0),
        ("Plug", "tomorrow", 0),
        ("Plug", "", 2),
    ];
    for (point, conditions, count) in rows {
        let groups = format!(
            "[Extension org.x.P.{point}]\ndirectory=d\nsubdirectories=true\nenable-if={conditions}\n"
        );
        assert_eq!(
            resolved(&groups, &facts).mounted.len(),
            count,
            "{point} {conditions}"
        );
    }
    assert_eq!(gl_drivers(Some("mesa:host"), Some("1.2")), ["mesa", "host"]);
    assert_eq!(gl_drivers(None, None), ["default", "host"]);
    assert_eq!(facts.gl_drivers[0], "nvidia-550-1");
}

#[test]
fn libraries_and_shared_directories_by_priority() {
    let groups = "[Extension org.x.P.Plug]\ndirectory=plug\nsubdirectories=true\n\
                  add-ld-path=lib\nmerge-dirs=share/icons;\n";
    let extensions = resolved(groups, &ExtensionFacts::default());
    let first = extensions.by_priority()[0];
    assert_eq!(first.reference.id.as_str(), "org.x.P.Plug.b");
    assert_eq!(first.library_path.as_deref(), Some(Path::new("plug/b/lib")));
    assert_eq!(first.emptied.as_deref(), Some(Path::new("plug")));
    let [merge] = first.merges.as_slice() else {
        panic!()
    };
    assert_eq!(merge.shared, Path::new("plug/share/icons"));
    assert_eq!(merge.own, Path::new("plug/b/share/icons"));
    let commits = extensions.commits();
    assert_eq!(
        (commits[0].1.as_str(), commits[1].1.as_str()),
        ("aa", "local")
    );
}

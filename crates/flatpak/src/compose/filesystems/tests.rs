use super::tree::relative;
use super::*;
use crate::compose::Note;
use crate::exports::HostFacts;
use crate::keyfile::KeyFile;
use crate::permissions::{Context, Layer, Origin, UserDir};
use aril_sandbox::spec::{Bind, Source};
use aril_sandbox::{Access, Entry, Node};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A home directory, and the entries for permissions.
struct Home {
    place: TempDir,
    path: PathBuf,
}

impl Home {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().canonicalize().unwrap().join("home");
        for directory in [
            "a/b",
            ".config/kde",
            ".var/app/org.x.Y",
            ".var/app/org.x.Z",
            ".local/share/flatpak",
        ] {
            fs::create_dir_all(path.join(directory)).unwrap();
        }
        fs::create_dir(place.path().join("out")).unwrap();
        fs::write(path.join("secret"), "s").unwrap();
        Self { place, path }
    }

    fn places(&self) -> HostPlaces {
        HostPlaces {
            home: self.path.clone(),
            user_dirs: [(UserDir::Config, self.path.join(".config"))].into(),
            root_names: Vec::new(),
            app_directory: Some(self.path.join(".var/app/org.x.Y")),
            previous_app_directories: Vec::new(),
            user_installation: Some(self.path.join(".local/share/flatpak")),
        }
    }

    fn part(&self, filesystems: &str) -> Part {
        self.part_with(filesystems, Missing::Make)
    }

    fn part_with(&self, filesystems: &str, missing: Missing) -> Part {
        let text = format!("[Context]\nfilesystems={filesystems}\n");
        let file = KeyFile::parse(text.as_bytes()).unwrap();
        let context = Context::load(&file, &Origin::layer(Layer::App)).unwrap();
        let places = self.places();
        let view = View::decide(&context, &places, &HostFacts);
        let own = fs::File::open(self.path.join(".var/app/org.x.Y")).unwrap();
        part(&Filesystems {
            view: &view,
            places: &places,
            app_directory: Some(std::os::fd::AsFd::as_fd(&own)),
            writable: &[],
            missing,
        })
    }

    /// The entries in words, `~` for the home directory.
    fn written(&self, part: &Part) -> Vec<String> {
        let home = self.path.to_str().unwrap();
        let outer = self.path.parent().unwrap().to_str().unwrap();
        let word = |entry: &Entry| {
            let node = match &entry.node {
                Node::Bind(bind) => written_bind(bind).to_owned(),
                Node::Tmpfs { .. } => "tmpfs".into(),
                Node::Directory { .. } => "directory".into(),
                Node::Data { .. } => "data".into(),
                Node::ReadOnly => "sealed".into(),
                Node::Symlink { to } => format!("-> {}", to.to_str().unwrap()),
                other => panic!("{other:?}"),
            };
            let target = entry.target.to_str().unwrap();
            format!("{} {node}", target.replace(home, "~").replace(outer, "O"))
        };
        part.tree.iter().map(word).collect()
    }
}

fn written_bind(bind: &Bind) -> &'static str {
    match (&bind.source, bind.access) {
        (Source::Path(_), _) => "by path",
        (Source::Fd(_), Access::ReadOnly) => "ro",
        (Source::Fd(_), Access::ReadWrite) => "rw",
    }
}

const OWN: &str = "~/.var/app/org.x.Y rw";

#[test]
fn permissions_become_entries() {
    let home = Home::new();
    let rows: [(&str, &[&str]); 6] = [
        (
            "",
            &[
                "~ directory",
                "~/.local/share/flatpak directory",
                "~/.var/app directory",
                OWN,
            ],
        ),
        (
            "home:ro;~/a",
            &[
                "~ ro",
                "~/.local/share/flatpak tmpfs",
                "~/.var/app tmpfs",
                OWN,
                "~/a rw",
                "~/.local/share/flatpak sealed",
                "~/.var/app sealed",
            ],
        ),
        (
            "home;~/a:ro;~/a/b;!~/secret;~/.config",
            &[
                "~ rw",
                "~/.local/share/flatpak tmpfs",
                "~/.var/app tmpfs",
                OWN,
                "~/a ro",
                "~/a/b rw",
                "~/secret data",
                "~/.local/share/flatpak sealed",
                "~/.var/app sealed",
            ],
        ),
        (
            "~/secret:ro;!~/a",
            &[
                "~ directory",
                "~/.local/share/flatpak directory",
                "~/.var/app directory",
                OWN,
                "~/a directory",
                "~/secret ro",
            ],
        ),
        (
            "xdg-config/kde:ro",
            &[
                "~ directory",
                "~/.config/kde ro",
                "~/.local/share/flatpak directory",
                "~/.var/app directory",
                OWN,
                "~/.var/app/org.x.Y/config/kde ro",
            ],
        ),
        (
            "~/new/er:create",
            &[
                "~ directory",
                "~/.local/share/flatpak directory",
                "~/.var/app directory",
                OWN,
                "~/new/er rw",
            ],
        ),
    ];
    for (filesystems, expected) in rows {
        let part = home.part(filesystems);
        assert_eq!(home.written(&part), expected, "{filesystems}");
        assert_eq!(part.notes, [], "{filesystems}");
    }
    assert!(home.path.join("new/er").is_dir());
    let place = home.path.join(".var/app/org.x.Y/config/kde");
    assert!(place.is_dir(), "a mirror needs a place");
}

#[test]
fn links_are_relative_and_what_they_lead_to_is_bound() {
    let home = Home::new();
    symlink(home.place.path().join("out"), home.path.join("link")).unwrap();
    let part = home.part("~/link:ro");
    let written = home.written(&part);
    assert!(written.contains(&"O/out ro".to_owned()), "{written:?}");
    assert!(
        written.contains(&"~/link -> ../out".to_owned()),
        "{written:?}"
    );
    let entry = &part.tree[0];
    assert_eq!(entry.origin.as_deref(), Some("every application"));
    let link = part
        .tree
        .iter()
        .find(|entry| entry.target.ends_with("link"));
    assert_eq!(link.unwrap().origin.as_deref(), Some("application"));
    // Where what is around it shows, the link is there already.
    let written = home.written(&home.part("home;~/link"));
    assert!(
        !written.iter().any(|entry| entry.contains("->")),
        "{written:?}"
    );
}

#[test]
fn a_mirror_follows_no_link_of_the_application() {
    let home = Home::new();
    symlink("/", home.path.join(".var/app/org.x.Y/config")).unwrap();
    let part = home.part("xdg-config/kde");
    assert!(
        !home
            .written(&part)
            .iter()
            .any(|entry| entry.contains("config/kde rw") && entry.contains(".var"))
    );
    let [Note::Warning(told)] = part.notes.as_slice() else {
        panic!("{:?}", part.notes)
    };
    assert!(told.starts_with("Not sharing"), "{told}");
}

#[test]
fn what_is_refused_is_told() {
    let home = Home::new();
    let told = home
        .part("/usr/share;/sys;/boot;~/absent;!~/gone;!/etc")
        .notes;
    let expected = [
        (
            "detail",
            "Not sharing \"~/absent\" with sandbox: nothing is there",
        ),
        (
            "detail",
            "Not replacing \"~/gone\" with tmpfs: nothing is there",
        ),
        (
            "warning",
            "Not sharing \"/boot\" with sandbox: path \"/boot\" is not shared as a whole",
        ),
        (
            "warning",
            "Not replacing \"/etc\" with tmpfs: path \"/etc\" is reserved for the sandbox",
        ),
        (
            "warning",
            "Not sharing \"/sys\" with sandbox: path \"/sys\" is not shared as a whole",
        ),
        (
            "warning",
            "Not sharing \"/usr/share\" with sandbox: path \"/usr\" is reserved for the sandbox",
        ),
    ];
    let home = home.path.to_str().unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|note| match note {
            Note::Warning(text) => ("warning", text.replace(home, "~")),
            Note::Detail(text) => ("detail", text.replace(home, "~")),
        })
        .collect();
    for (level, text) in expected {
        let text = format!("{text}; asked for by application");
        assert!(told.contains(&(level, text.clone())), "{text}: {told:?}");
    }
    assert_eq!(told.len(), expected.len());
}

#[test]
fn the_way_from_one_directory_to_a_path() {
    let rows = [
        ("/", "/mnt/real", "mnt/real"),
        ("/home/u", "/srv", "../../srv"),
        ("/home/u", "/home/u/x", "x"),
        ("/home/u", "/home/u", "."),
        ("/a/b", "/a/c/d", "../c/d"),
    ];
    for (from, to, expected) in rows {
        assert_eq!(
            relative(Path::new(from), Path::new(to)),
            Path::new(expected)
        );
    }
}

#[test]
fn nothing_is_made_for_show() {
    let home = Home::new();
    let part = home.part_with("~/new:create;xdg-config/kde", Missing::Leave);
    let written = home.written(&part);
    for expected in ["~/new by path", "~/.var/app/org.x.Y/config/kde rw"] {
        assert!(written.contains(&expected.to_owned()), "{written:?}");
    }
    assert!(!home.path.join("new").exists());
    assert!(!home.path.join(".var/app/org.x.Y/config").exists());
}

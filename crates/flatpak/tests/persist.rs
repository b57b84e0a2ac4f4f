//! Paths that are kept for an application, in a running sandbox.

mod launched;

use aril_flatpak::compose::Part;
use aril_flatpak::compose::filesystems::{self, Filesystems, Missing};
use aril_flatpak::compose::persist::{Persist, part};
use aril_flatpak::exports::{HostFacts, HostPlaces, View};
use aril_flatpak::permissions::UserDir;
use aril_sandbox::{Access, Entry};
use launched::{context, inside};
use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use tempfile::TempDir;

struct Home {
    _place: TempDir,
    path: PathBuf,
}

impl Home {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().canonicalize().unwrap().join("home");
        for directory in [".var/app/org.x.Y", ".ssh", ".config/kde"] {
            fs::create_dir_all(path.join(directory)).unwrap();
        }
        fs::write(path.join(".ssh/key"), "secret").unwrap();
        fs::write(path.join(".config/kde/file"), "host").unwrap();
        Self {
            _place: place,
            path,
        }
    }

    fn own(&self) -> PathBuf {
        self.path.join(".var/app/org.x.Y")
    }

    /// What is kept, then the host's files, as they are put together.
    fn part(&self, lines: &str) -> Result<Part, String> {
        let context = context(lines);
        let own = File::open(self.own()).unwrap();
        let places = HostPlaces {
            home: self.path.clone(),
            user_dirs: [(UserDir::Config, self.path.join(".config"))].into(),
            app_directory: Some(self.own()),
            ..HostPlaces::default()
        };
        let view = View::decide(&context, &places, &HostFacts);
        let persisted = part(&Persist {
            paths: &context.persistent,
            home: view.home.as_deref().unwrap(),
            app_directory: (own.as_fd(), &self.own()),
            home_access: view.home_access,
            missing: Missing::Make,
        });
        let persisted = persisted.map_err(|error| error.to_string())?;
        let mut part = persisted.part;
        part.extend(filesystems::part(&Filesystems {
            view: &view,
            places: &places,
            app_directory: Some(own.as_fd()),
            writable: &persisted.writable,
            missing: Missing::Make,
        }));
        Ok(part)
    }

    fn inside(&self, lines: &str, script: &str) -> String {
        let script = format!("cd {} && {script}", self.path.display());
        inside(&script, &self.part(lines).unwrap())
    }
}

#[test]
fn what_is_written_stays_in_the_applications_directory() {
    let home = Home::new();
    let script = "echo kept > .ssh/x; ls -A .ssh; touch other 2>/dev/null || echo sealed";
    assert_eq!(home.inside("persistent=.ssh", script), "x\nsealed\n");
    assert_eq!(fs::read(home.own().join(".ssh/x")).unwrap(), b"kept\n");
    assert!(!home.path.join(".ssh/x").exists());
    assert_eq!(home.inside("persistent=.ssh", "cat .ssh/x"), "kept\n");
    // Where the home directory is shared, it counts.
    let seen = home.inside("persistent=.ssh\nfilesystems=home:ro", "ls .ssh");
    assert_eq!(seen, "key\n");
}

#[test]
fn the_whole_home_can_be_kept() {
    let home = Home::new();
    let script = "echo kept > file && mkdir -p .x/y && ls -A .var/app && cat .var/app/org.x.Y/file";
    assert_eq!(home.inside("persistent=.", script), "org.x.Y\nkept\n");
    assert!(home.own().join(".x/y").is_dir() && !home.path.join("file").exists());
}

#[test]
fn what_is_shared_shows_in_what_is_kept() {
    let home = Home::new();
    let lines = "persistent=.config\nfilesystems=xdg-config/kde:ro";
    let script = "cat .config/kde/file .var/app/org.x.Y/config/kde/file; echo x > .config/own; \
        echo x 2>/dev/null > .config/kde/file || echo sealed";
    assert_eq!(home.inside(lines, script), "hosthostsealed\n");
    assert!(home.own().join(".config/own").exists());
}

/// CVE-2024-42472: an application leaves a link in its directory and is started again.
#[test]
fn a_link_does_not_bring_in_what_it_leads_to() {
    let home = Home::new();
    for target in ["../../../.ssh".into(), home.path.join(".ssh"), "/".into()] {
        let link = home.own().join("kept");
        symlink(&target, &link).unwrap();
        let refused = home.part("persistent=kept").unwrap_err();
        let expected = "Symbolic link \"kept\" not allowed to avoid sandbox escape";
        assert!(refused.ends_with(expected), "{refused}");
        fs::remove_file(link).unwrap();
    }
    // The control: by path, the link is followed.
    symlink(home.path.join(".ssh"), home.own().join("kept")).unwrap();
    let at = home.path.join("kept");
    let followed = Part {
        tree: vec![Entry::bind(home.own().join("kept"), &at, Access::ReadWrite)],
        ..Part::default()
    };
    assert_eq!(
        inside(&format!("cat {}/key", at.display()), &followed),
        "secret"
    );
}

/// `/home` is a link to `/var/home` where the system is an image.
#[test]
fn a_home_directory_behind_a_link_is_the_same() {
    let mut home = Home::new();
    let link = home.path.with_file_name("link");
    symlink("home", &link).unwrap();
    home.path = link;
    let lines = "persistent=.kept\nfilesystems=xdg-config/kde:ro";
    let script = "echo kept > .kept/x; echo own > .var/app/org.x.Y/y; cat .config/kde/file; \
        cat .var/app/org.x.Y/config/kde/file; cd ../home && cat .kept/x";
    assert_eq!(home.inside(lines, script), "hosthostkept\n");
    let kept = home.own().join(".kept/x");
    assert!(kept.exists() && home.own().join("y").exists());
}

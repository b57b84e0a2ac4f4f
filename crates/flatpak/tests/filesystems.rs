//! The host's files in a running sandbox: what is granted is there, and nothing else.

mod launched;

use aril_flatpak::compose::Part;
use aril_flatpak::compose::filesystems::{Filesystems, Missing, part};
use aril_flatpak::exports::{HostFacts, HostPlaces, View};
use aril_sandbox::spec::Stream;
use aril_sandbox::{Access, Entry, Host, LaunchError, Plan};
use launched::{context, in_mounts_of_root, in_own_mounts, inside, mount, outside, spec, start};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A home directory with two applications' data.
struct Home {
    _place: TempDir,
    path: PathBuf,
}

impl Home {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().canonicalize().unwrap().join("home");
        for directory in [
            "a/b",
            "hidden",
            ".var/app/org.x.Y",
            ".var/app/org.x.Z",
            ".local/share/flatpak",
        ] {
            fs::create_dir_all(path.join(directory)).unwrap();
        }
        for file in [
            "file",
            "a/file",
            "a/b/file",
            "hidden/file",
            ".var/app/org.x.Z/file",
        ] {
            fs::write(path.join(file), file).unwrap();
        }
        Self {
            _place: place,
            path,
        }
    }

    fn at(&self, below: &str) -> String {
        self.path.join(below).to_str().unwrap().to_owned()
    }

    fn part(&self, filesystems: &str) -> Part {
        self.part_of(&context(&format!("filesystems={filesystems}")))
    }

    fn part_of(&self, context: &aril_flatpak::permissions::Context) -> Part {
        let own = self.path.join(".var/app/org.x.Y");
        let places = HostPlaces {
            home: self.path.clone(),
            root_names: fs::read_dir("/")
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect(),
            app_directory: Some(own.clone()),
            previous_app_directories: vec![self.path.join(".var/app/org.old.Y")],
            user_installation: Some(self.path.join(".local/share/flatpak")),
            ..HostPlaces::default()
        };
        let view = View::decide(context, &places, &HostFacts);
        let own = File::open(own).unwrap();
        part(&Filesystems {
            view: &view,
            places: &places,
            app_directory: Some(own.as_fd()),
            writable: &[],
            missing: Missing::Make,
        })
    }

    /// Runs a script in the home directory.
    fn inside(&self, filesystems: &str, script: &str) -> String {
        let script = format!("cd '{}' && {script}", self.path.display());
        inside(&script, &self.part(filesystems))
    }

    fn outside(&self, script: &str) -> String {
        outside(&format!("cd '{}' && {script}", self.path.display()))
    }
}

const OTHER: &str = "ls -A .var/app; cat .var/app/org.x.Z/file 2>/dev/null || echo none";

#[test]
fn other_applications_are_out_of_sight() {
    let home = Home::new();
    for filesystems in ["", "home", "home:ro", "~/.var;home", "~/a"] {
        assert_eq!(
            home.inside(filesystems, OTHER),
            "org.x.Y\nnone\n",
            "{filesystems}"
        );
    }
    assert_eq!(
        home.outside(OTHER),
        "org.x.Y\norg.x.Z\n.var/app/org.x.Z/file"
    );
    // Who may say so, sees them.
    let seen = home.inside("~/.var/app:ro", OTHER);
    assert_eq!(seen, "org.x.Y\norg.x.Z\n.var/app/org.x.Z/file");
}

#[test]
fn the_own_directory_stays_and_nothing_else_does() {
    let home = Home::new();
    let script = "echo kept > .var/app/org.x.Y/x && \
        for at in . .var .var/app .local/share/flatpak; do \
            touch $at/new 2>/dev/null && echo $at; done; true";
    assert_eq!(home.inside("", script), "");
    assert_eq!(
        fs::read(home.path.join(".var/app/org.x.Y/x")).unwrap(),
        b"kept\n"
    );
    assert_eq!(home.inside("home", script), ".\n.var\n");
    assert!(
        home.path.join("new").exists(),
        "a shared home directory can be written"
    );
    assert!(!home.path.join(".var/app/new").exists());
}

/// A renamed application's old directory is a link to the new one.
#[test]
fn an_old_name_leads_to_the_same_directory() {
    let home = Home::new();
    symlink("org.x.Y", home.path.join(".var/app/org.old.Y")).unwrap();
    fs::write(home.path.join(".var/app/org.x.Y/x"), "kept").unwrap();
    for filesystems in ["", "home"] {
        let script = "ls .var/app; cat .var/app/org.old.Y/x";
        let seen = home.inside(filesystems, script);
        assert_eq!(seen, "org.old.Y\norg.x.Y\nkept", "{filesystems}");
    }
}

#[test]
fn only_what_is_granted_is_there() {
    let home = Home::new();
    let script = "cat file a/file a/b/file 2>/dev/null; true";
    assert_eq!(home.outside(script), "filea/filea/b/file");
    let rows = [
        ("", ""),
        ("~/a:ro", "a/filea/b/file"),
        ("~/a/b", "a/b/file"),
        ("~/file", "file"),
        ("home:ro", "filea/filea/b/file"),
        ("home:ro;!~/a/b", "filea/file"),
        ("home:ro;!~/a", "file"),
        ("home:ro;!~/a;~/a/b", "filea/b/file"),
    ];
    for (filesystems, expected) in rows {
        assert_eq!(home.inside(filesystems, script), expected, "{filesystems}");
    }
}

#[test]
fn the_mode_of_the_nearest_path_holds() {
    let home = Home::new();
    let script = "for at in . a a/b; do touch $at/new 2>/dev/null && echo $at; done; true";
    let rows = [
        ("home:ro", ""),
        ("home", ".\na\na/b\n"),
        ("home;~/a:ro", ".\n"),
        ("home;~/a:ro;~/a/b", ".\na/b\n"),
        ("home:ro;~/a", "a\na/b\n"),
        ("~/a:ro;~/a/b:create", "a/b\n"),
    ];
    for (filesystems, expected) in rows {
        assert_eq!(home.inside(filesystems, script), expected, "{filesystems}");
    }
}

#[test]
fn a_file_is_hidden_too() {
    let home = Home::new();
    let script = "cat file; cat hidden/file 2>/dev/null; ls -A hidden; \
        echo x 2>/dev/null > file || echo refused";
    assert_eq!(home.outside("cat file hidden/file"), "filehidden/file");
    assert_eq!(home.inside("home;!~/file;!~/hidden", script), "refused\n");
    assert_eq!(fs::read(home.path.join("file")).unwrap(), b"file");
}

#[test]
fn links_lead_to_the_same_places() {
    let home = Home::new();
    symlink("a/b", home.path.join("inner")).unwrap();
    symlink(home.path.join("a"), home.path.join("absolute")).unwrap();
    symlink("/etc", home.path.join("evil")).unwrap();
    let script = "cat inner/file absolute/file; readlink absolute; ls evil 2>/dev/null; true";
    let seen = home.inside("~/inner;~/absolute:ro;~/evil", script);
    assert_eq!(seen, "a/b/filea/filea\n");
    let seen = home.inside("~/absolute/b:ro", "cat absolute/b/file; ls -A a");
    assert_eq!(seen, "a/b/fileb\n");
}

#[test]
fn a_socket_can_be_reached() {
    let home = Home::new();
    let listener = UnixListener::bind(home.path.join("socket")).unwrap();
    let script = "test -S socket && perl -MIO::Socket::UNIX -e \
        'IO::Socket::UNIX->new(Peer => \"socket\") or exit 1' && echo connected";
    assert_eq!(home.inside("~/socket", script), "connected\n");
    listener.accept().unwrap();
    assert_eq!(home.inside("", "test -e socket || echo none"), "none\n");
}

/// What was opened is what appears, whatever is put in its place afterwards.
#[test]
fn a_directory_that_is_exchanged_for_a_link_is_not_followed() {
    let home = Home::new();
    let swap = || {
        fs::rename(home.path.join("a"), home.path.join("moved")).unwrap();
        symlink("hidden", home.path.join("a")).unwrap();
    };
    let script = format!("cat '{}'", home.at("a/file"));
    let part = home.part("~/a:ro");
    let by_path = Part {
        tree: vec![Entry::bind(home.at("a"), home.at("a"), Access::ReadOnly)],
        ..Part::default()
    };
    let planned = spec(&script, &part);
    let host = Host::gather().unwrap();
    let early = Plan::new(&planned, &host).unwrap();
    swap();
    assert_eq!(
        inside(&script, &part),
        "a/file",
        "planned after the exchange"
    );
    let Err(LaunchError::Step(failure)) = early.launch() else {
        panic!("planned before the exchange")
    };
    assert!(failure.to_string().contains(&home.at("a")), "{failure}");
    // The control: by path, the link is followed.
    assert_eq!(inside(&script, &by_path), "hidden/file");
}

#[test]
fn what_is_read_only_has_no_mount_in_it_that_can_be_written() {
    if !in_own_mounts("what_is_read_only_has_no_mount_in_it_that_can_be_written") {
        return;
    }
    let home = Home::new();
    mount(&["-t", "tmpfs", "none"], &home.path.join("a/b"));
    fs::write(home.path.join("a/b/file"), "mounted").unwrap();
    let script = "cat a/b/file; touch a/b/new 2>/dev/null && echo written; true";
    assert_eq!(home.inside("~/a:ro", script), "mounted");
    assert_eq!(home.inside("home:ro", script), "mounted");
    assert_eq!(home.inside("~/a", script), "mountedwritten\n");
}

/// Removable media that are mounted later appear where the medium's directory can be written.
#[test]
fn media_appear_while_the_application_runs() {
    if !in_own_mounts("media_appear_while_the_application_runs") {
        return;
    }
    let home = Home::new();
    let media = Path::new("/mnt");
    mount(&["-t", "tmpfs", "none"], media);
    mount(&["--make-shared"], media);
    fs::create_dir(media.join("stick")).unwrap();
    let script = "echo ready; read line; cat /mnt/stick/file 2>/dev/null || echo none";
    let rows = [("/mnt", "ready\nnew"), ("/mnt:ro", "ready\nnone\n")];
    for (filesystems, expected) in rows {
        let (input, mut tell) = std::io::pipe().unwrap();
        let part = home.part(filesystems);
        let running = start(&spec(script, &part), Stream::Fd(input.as_raw_fd())).unwrap();
        mount(&["-t", "tmpfs", "none"], &media.join("stick"));
        fs::write(media.join("stick/file"), "new").unwrap();
        writeln!(tell, "go").unwrap();
        assert_eq!(running.end(), expected, "{filesystems}");
        let unmounted = Command::new("umount").arg("/mnt/stick").status();
        assert!(unmounted.unwrap().success());
    }
}

#[test]
fn the_host_is_at_its_own_place() {
    let home = Home::new();
    let script = "for at in /run/host/usr/bin/env /run/host/etc/passwd /run/host/root/usr; do \
        test -e $at && echo $at; done; readlink /run/host/bin; \
        touch /run/host/usr/new 2>/dev/null && echo written; true";
    let bin = fs::read_link("/bin").map_or(String::new(), |link| format!("{}\n", link.display()));
    let rows = [
        ("", ""),
        ("host-etc:ro", "/run/host/etc/passwd\n"),
        ("host-os:ro", "/run/host/usr/bin/env\n"),
        ("host:ro", "/run/host/usr/bin/env\n/run/host/etc/passwd\n"),
        ("host-root:ro", "/run/host/root/usr\n"),
    ];
    for (filesystems, expected) in rows {
        let mut expected = expected.to_owned();
        if expected.contains("/usr/bin/env") {
            expected += &bin;
        }
        assert_eq!(home.inside(filesystems, script), expected, "{filesystems}");
    }
}

#[test]
fn the_whole_root_shows_neither_other_applications_nor_sockets() {
    let home = Home::new();
    let at = |below: &str| format!("/run/host/root{}", home.at(below));
    let script = format!(
        "cat {}; cat {} 2>/dev/null || echo; for at in {} /run/host/root/proc /run/host/root/run; \
            do ls -A $at; done; echo end",
        at("file"),
        at(".var/app/org.x.Z/file"),
        at(".var/app"),
    );
    assert_eq!(inside(&script, &home.part("host-root;")), "file\nend\n");
    // Their names at their own places say more.
    let script = script.replace("/run/host/root", "");
    assert!(outside(&script).starts_with("file.var/app/org.x.Z/fileorg.x.Y\norg.x.Z\n"));
}

/// A file server that is switched off does not keep an application from starting.
#[test]
fn a_silent_automounter_is_not_waited_for() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: only root can mount an automounter's directory");
        return;
    }
    if !in_mounts_of_root("a_silent_automounter_is_not_waited_for") {
        return;
    }
    // The daemon's own process group is never kept waiting, so it is another one's.
    let mut daemon = Command::new("sleep")
        .arg("infinity")
        .process_group(0)
        .spawn()
        .unwrap();
    let (mut requests, kernel) = std::io::pipe().unwrap();
    rustix::io::fcntl_setfd(&kernel, rustix::io::FdFlags::empty()).unwrap();
    let (fd, pgrp) = (kernel.as_raw_fd(), daemon.id());
    let options = format!("fd={fd},pgrp={pgrp},minproto=5,maxproto=5,indirect");
    mount(&["-t", "autofs", "-o", &options, "none"], Path::new("/mnt"));

    let home = Home::new();
    let part = home.part("/mnt/server/share;~/a:ro");
    let told: Vec<_> = part.notes.iter().map(ToString::to_string).collect();
    let expected = "warning: Not sharing \"/mnt/server/share\" with sandbox: \
        the automounter does not answer; asked for by application";
    assert_eq!(told, [expected]);
    // The control: it has been asked. A request begins with its version.
    let mut version = [0; 4];
    requests.read_exact(&mut version).unwrap();
    assert_eq!(i32::from_ne_bytes(version), 5);
    let script = format!("cat {}", home.at("a/file"));
    assert_eq!(inside(&script, &part), "a/file");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}

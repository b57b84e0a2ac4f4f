//! Instances in a runtime directory of the test's own.

use super::*;
use crate::refs::Id;
use aril_sandbox::sys;
use std::ffi::OsStr;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tempfile::TempDir;

fn case() -> (TempDir, RuntimeDir, Id) {
    let place = tempfile::tempdir().unwrap();
    let runtime = RuntimeDir::open(Some(place.path().as_os_str()), Path::new("/nowhere")).unwrap();
    (place, runtime, "org.x.Y".parse().unwrap())
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_made_and_what_stays() {
    let (place, runtime, app) = case();
    let instance = Instance::allocate(&runtime, &app).unwrap();
    let info =
        b"[Application]\nname=org.x.Y\nruntime=runtime/org.x.P/x86_64/1\n[Instance]\nbranch=1\n";
    instance.write_info(info).unwrap();
    instance
        .write_environment(&[("A".into(), "1".into())])
        .unwrap();
    let id = instance.id().to_owned();
    id.parse::<u32>().unwrap();
    let home = place.path().join(".flatpak");
    assert_eq!(names(&home.join(&id)), [".aril", ".ref", "info", "pid"]);
    let environ = home.join(format!("{id}-private/run-environ"));
    assert_eq!(fs::read(&environ).unwrap(), b"A=1\0");
    assert_eq!(
        fs::metadata(&environ).unwrap().permissions().mode() & 0o777,
        0o400
    );
    assert_eq!(names(&home.join("org.x.Y")), [".ref", "tmp", "xdg-run"]);
    let found = running(&runtime).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].instance, id);
    assert_eq!(found[0].maker, Maker::Aril);
    assert_eq!(found[0].app.as_deref(), Some("org.x.Y"));
    assert_eq!(found[0].pid, Some(std::process::id() as i32));
    instance.release().unwrap();
    assert_eq!(names(&home), ["org.x.Y"]);
    assert_eq!(names(&home.join("org.x.Y")), [".ref", "xdg-run"]);
    assert_eq!(names(&place.path().join("aril")), [] as [&str; 0]);
    assert_eq!(running(&runtime).unwrap(), []);
}

#[test]
fn a_removal_that_was_cut_off_is_finished() {
    let (place, runtime, app) = case();
    let own = place.path().join("aril");
    let instance = Instance::allocate(&runtime, &app).unwrap();
    // Without its lock and its mark, as a killed collector leaves it.
    fs::create_dir_all(own.join(".old-x/deep")).unwrap();
    fs::write(own.join(".old-x/deep/file"), "x").unwrap();
    fs::create_dir(own.join("other")).unwrap();
    instance.collect_dead().unwrap();
    assert_eq!(names(&own), ["other"]);
    instance.release().unwrap();
}

#[test]
fn what_another_holds_stays() {
    let (place, runtime, app) = case();
    let instance = Instance::allocate(&runtime, &app).unwrap();
    let id = instance.id().to_owned();
    // As init does, with copies of the descriptors.
    let held: Vec<_> = instance
        .lock_fds()
        .into_iter()
        .map(|fd| {
            sys::file::duplicate(sys::Fd::new(fd), 3)
                .unwrap()
                .into_owned()
        })
        .collect();
    instance.release().unwrap();
    let tmp = place.path().join(".flatpak/org.x.Y/tmp");
    let directory = place.path().join(".flatpak").join(&id);
    assert!(tmp.exists() && directory.exists());
    let other = Instance::allocate(&runtime, &app).unwrap();
    assert!(directory.exists());
    other.release().unwrap();
    assert!(tmp.exists());
    drop(held);
    let other = Instance::allocate(&runtime, &"org.x.Z".parse().unwrap()).unwrap();
    other.collect_dead().unwrap();
    assert!(!tmp.exists() && !directory.exists());
}

#[test]
fn instances_of_flatpak_are_left_alone() {
    let (place, runtime, app) = case();
    let dead = place.path().join(".flatpak/77");
    fs::create_dir_all(&dead).unwrap();
    fs::write(dead.join(".ref"), "").unwrap();
    fs::write(dead.join("info"), "[Application]\nname=org.x.Y\n").unwrap();
    let instance = Instance::allocate(&runtime, &app).unwrap();
    let listed = running(&runtime).unwrap();
    assert_eq!(listed.len(), 1, "a dead one is not listed: {listed:?}");
    instance.release().unwrap();
    // It may be starting, and flatpak holds no lock then.
    assert!(dead.join("info").exists());
    assert!(place.path().join(".flatpak/org.x.Y/tmp").exists());
    let lock = fs::File::open(dead.join(".ref")).unwrap();
    sys::file::lock_shared((&lock).into()).unwrap();
    let listed = running(&runtime).unwrap();
    assert_eq!(listed[0].maker, Maker::Flatpak);
}

#[test]
fn a_tree_of_any_depth_is_removed() {
    let (place, runtime, app) = case();
    let instance = Instance::allocate(&runtime, &app).unwrap();
    let tmp = &instance.per_app().tmp;
    let mut at = tmp.as_fd().try_clone_to_owned().unwrap();
    for _ in 0..3000 {
        rustix::fs::mkdirat(&at, "deep", rustix::fs::Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::PATH;
        at = rustix::fs::openat(&at, "deep", flags, rustix::fs::Mode::empty()).unwrap();
    }
    let outside = place.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), "kept").unwrap();
    let tmp = place.path().join(".flatpak/org.x.Y/tmp");
    symlink(&outside, tmp.join("link")).unwrap();
    symlink(&outside, tmp.join("deep/link")).unwrap();
    fs::create_dir(tmp.join("closed")).unwrap();
    fs::create_dir(tmp.join("closed/in")).unwrap();
    fs::set_permissions(tmp.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    instance.release().unwrap();
    assert!(!tmp.exists());
    assert!(outside.join("file").exists());
}

#[test]
fn links_and_foreign_places_are_refused() {
    let (place, runtime, app) = case();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join(".flatpak")).unwrap();
    symlink(elsewhere.path(), place.path().join(".flatpak/org.x.Y")).unwrap();
    let refused = Instance::allocate(&runtime, &app).unwrap_err().to_string();
    assert!(refused.contains(".flatpak/org.x.Y"), "{refused}");
    assert_eq!(names(elsewhere.path()), [] as [&str; 0]);
    fs::set_permissions(elsewhere.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let cache = place.path().join("cache");
    for bad in [
        Some(elsewhere.path().as_os_str()),
        None,
        Some(OsStr::new("relative")),
    ] {
        let fallen = RuntimeDir::open(bad, &cache).unwrap();
        assert!(fallen.reason().is_some());
        assert_eq!(fallen.root().path(), cache);
    }
}

#[test]
fn memory_is_shared_by_a_link_that_is_believed_only_if_it_is_ours() {
    let (place, runtime, app) = case();
    let instance = Instance::allocate(&runtime, &app).unwrap();
    let link = place.path().join(".flatpak/org.x.Y/dev-shm");
    symlink("/etc", &link).unwrap();
    let made = instance.per_app().shared_memory().unwrap();
    assert!(made.path().starts_with("/dev/shm"), "{:?}", made.path());
    let again = instance.per_app().shared_memory().unwrap();
    assert_eq!(again.path(), made.path());
    // In its place a link, even to a directory with the mark, is not believed.
    let mut moved = made.path().as_os_str().to_owned();
    moved.push("-moved");
    fs::rename(made.path(), &moved).unwrap();
    symlink(&moved, made.path()).unwrap();
    super::Directory::open_root(made.path()).unwrap();
    let other = instance.per_app().shared_memory().unwrap();
    assert_ne!(other.path(), made.path());
    fs::remove_file(made.path()).unwrap();
    fs::remove_dir_all(&moved).unwrap();
    let made = other;
    instance.release().unwrap();
    assert!(!made.path().exists() && fs::symlink_metadata(&link).is_err());
}

#[test]
fn allocations_at_once_do_not_disturb_each_other() {
    let (place, _, app) = case();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let runtime =
                        RuntimeDir::open(Some(place.path().as_os_str()), Path::new("/")).unwrap();
                    let instance = Instance::allocate(&runtime, &app).unwrap();
                    instance.collect_dead().unwrap();
                    instance
                        .write_info(b"[Application]\nname=org.x.Y\n")
                        .unwrap();
                    fs::write(instance.per_app().tmp.path().join(instance.id()), "x").unwrap();
                    instance.release().unwrap();
                }
            });
        }
    });
    assert_eq!(names(&place.path().join(".flatpak")), ["org.x.Y"]);
    assert_eq!(
        names(&place.path().join(".flatpak/org.x.Y")),
        [".ref", "xdg-run"]
    );
}

#[test]
fn what_is_no_regular_file_is_not_read_and_not_waited_for() {
    let (place, runtime, _) = case();
    let own = runtime.own().unwrap();
    let path = place.path().join("aril/pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    fs::create_dir(place.path().join("aril/directory")).unwrap();
    fs::write(place.path().join("aril/file"), "text").unwrap();
    for name in ["pipe", "directory"] {
        let read = own.read(OsStr::new(name), 9).unwrap_err().to_string();
        assert_eq!(read, "not a regular file", "{name}");
    }
    assert_eq!(
        own.read(OsStr::new("file"), 9).unwrap(),
        b"text",
        "the control"
    );
}

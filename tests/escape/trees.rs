//! Random trees of directories, files and symlinks: what is made below a name must be made where
//! the kernel's own `RESOLVE_IN_ROOT` says, or the start fails. The oracle is openat2(2).

use crate::control::{escape, original_before, ours};
use aril_tests::canary::tree;
use aril_tests::{Bwrap, Canary, Scratch, under_test};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2, readlinkat};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A small generator, the same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("below a usize")
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "oldroot"];

/// A path of a few components, `..` among them.
fn path(random: &mut Random, most: usize) -> String {
    let mut path = String::new();
    for _ in 0..=random.below(most) {
        let component = match random.below(7) {
            0 => "..",
            1 => ".",
            _ => random.of(&NAMES),
        };
        path.push('/');
        path.push_str(component);
    }
    path
}

/// Fills a root: the system's programs are bound at `usr`, and everything else is hostile.
fn plant(root: &Path, random: &mut Random, host: &str) {
    fs::create_dir_all(root.join("usr")).expect("make a directory");
    for name in ["bin", "lib", "lib64", "sbin"] {
        symlink(format!("usr/{name}"), root.join(name)).expect("make a symlink");
    }
    let mut places = vec![root.to_owned()];
    for _ in 0..14 {
        let place = places[random.below(places.len())].join(random.of(&NAMES));
        let target = path(random, 4);
        let made = match random.below(8) {
            0..3 => fs::create_dir(&place).map(|()| places.push(place)),
            3 => fs::File::create_new(place).map(drop),
            4 => symlink(format!("{target}{host}"), place),
            5 => symlink(target.trim_start_matches('/'), place),
            6 => symlink(format!("/oldroot{host}"), place),
            _ => symlink(target, place),
        };
        // A name that is taken stays as it is.
        if let Err(error) = made {
            assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists, "{error}");
        }
    }
}

/// Where the kernel says that a directory of a root lies, relative to the root.
fn oracle(root: &Path, path: &str) -> Option<PathBuf> {
    let top = aril_tests::fds::open_path(root);
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let fd = openat2(
        &top,
        path.trim_start_matches('/'),
        flags,
        Mode::empty(),
        how,
    )
    .ok()?;
    let link = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&fd));
    let found = readlinkat(rustix::fs::CWD, link, Vec::new()).expect("where it lies");
    let found = PathBuf::from(found.into_string().expect("text"));
    Some(found.strip_prefix(root).expect("in the root").to_owned())
}

/// Names below a root.
fn names(root: &Path) -> BTreeSet<PathBuf> {
    tree(root).into_keys().collect()
}

/// A run with a hostile root, which asks for a directory below `parent`.
fn make_below(program: &Path, root: &Path, parent: &str) -> Bwrap {
    let root = root.to_str().expect("text");
    let made = format!("{parent}/made");
    Bwrap::of(program)
        .args(["--bind", root, "/", "--ro-bind", "/usr", "/usr"])
        .args(["--dir", &made, "true"])
}

escape!(directories_are_made_where_the_kernel_says, {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut found = [0; 2];
    for round in 0..300 {
        let scratch = Scratch::new();
        let canary = Canary::new(&scratch);
        let root = PathBuf::from(scratch.dir("root"));
        plant(&root, &mut random, canary.path());
        let parent = if random.below(6) == 0 {
            format!("{}/{}", path(&mut random, 3), canary.path())
        } else {
            path(&mut random, 4)
        };
        let expected = oracle(&root, &parent);
        let before = names(&root);
        let done = make_below(ours(), &root, &parent).finish();
        canary.unchanged(&format!("round {round}: {parent}: {done:?}"));
        let after = names(&root);
        let made: Vec<&PathBuf> = after.difference(&before).collect();
        let place = format!("round {round}: {parent} is {expected:?}, made {made:?}: {done:?}");
        match expected {
            // It may have been there: then nothing is new.
            Some(parent) => {
                assert_eq!(done.code(), 0, "{place}");
                assert_eq!(made, [&parent.join("made")], "{place}");
                found[0] += 1;
            }
            // Missing parents are made, or it is refused. Everything that is new lies in the root,
            // since the canary is unchanged and these are all the names there are.
            None => found[1] += 1,
        }
    }
    assert!(
        found[0] > 40 && found[1] > 40,
        "both kinds are tried: {found:?}"
    );
});

escape!(control_the_original_makes_some_elsewhere, {
    let Some(original) = original_before(12, 0) else {
        return;
    };
    assert_ne!(original, under_test::path());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let reached = (0..150).any(|_| {
        let scratch = Scratch::new();
        let canary = Canary::new(&scratch);
        let root = PathBuf::from(scratch.dir("root"));
        plant(&root, &mut random, canary.path());
        let parent = path(&mut random, 4);
        make_below(&original, &root, &parent).finish();
        canary.is_changed()
    });
    assert!(reached, "no tree led the original to the host");
});

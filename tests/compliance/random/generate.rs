//! Random lists of options. What docs/bwrap-compat.md says to differ is left out: `..` and absolute
//! symlinks in targets, links that lead nowhere, empty words, and more than one mistake in a list.

use aril_tests::random::Random;

/// The source of all that comes from the host; `{src}` stands for it.
pub(super) const SOURCE: &str = "{src}";

/// Where things are made. `/m` is a writable bind of the source.
const TARGETS: [&str; 26] = [
    "/a",
    "/a/b",
    "/a/b/c",
    "a",
    "a/b",
    "/a//b",
    "/a/./b",
    "/d",
    "/d/x",
    "/m/dir",
    "/m/dir/sub",
    "/m/dir/new",
    "/m/file",
    "/m/link",
    "/m/link/sub",
    "/m/link/new/er",
    "/m/empty/n",
    "/m/closed/n",
    "/m/sp ace",
    "/run/user/1",
    "/tmp",
    "/tmp/t",
    "/m/dir/a",
    "/m/new",
    "/f",
    "/f/x",
];

const SOURCES: [&str; 14] = [
    "{src}",
    "{src}/dir",
    "{src}/file",
    "{src}/empty",
    "{src}/link",
    "{src}/file link",
    "{src}/closed",
    "{src}/sp ace",
    "{src}/dir/../file",
    "{src}/dir/",
    "{src}/dir/sub",
    "/dev/null",
    "/proc",
    "{src}/secret",
];

const WRONG_SOURCES: [&str; 5] = [
    "{src}/missing",
    "{src}/nowhere",
    "{src}/loop",
    "{src}/file/x",
    "/nonexistent",
];

const MODES: [&str; 9] = [
    "0", "700", "0755", "1777", "4755", "070", "007", "444", "7777",
];

/// Descriptors with contents that can be read once each.
pub(super) const CONTENTS: [(i32, &str); 4] = [(10, "ten"), (11, "eleven\n"), (12, ""), (13, "x")];

/// A list of options, and whether a part of it is in a file.
pub(super) struct List {
    pub(super) words: Vec<String>,
    /// What `--args 20` reads.
    pub(super) in_file: Vec<String>,
}

struct Generator {
    random: Random,
    words: Vec<String>,
    /// How many of [`CONTENTS`] are used up.
    used: usize,
    links: usize,
    may_fail: bool,
}

/// The list that belongs to a seed.
pub(super) fn list(seed: u64) -> List {
    let mut random = Random::new(seed);
    let mut generator = Generator {
        may_fail: random.once_in(4),
        random,
        words: Vec::new(),
        used: 0,
        links: 0,
    };
    let begin = generator.words(&["--bind", SOURCE, "/m"]);
    generator.namespaces();
    for _ in 0..=generator.random.below(7) {
        generator.option();
    }
    let middle = generator.random.below(generator.words.len() + 1);
    let is_cut = generator.random.once_in(3) && is_option(generator.words.get(middle));
    let in_file = generator.words.split_off(if is_cut {
        middle
    } else {
        generator.words.len()
    });
    let mut words = begin;
    words.append(&mut generator.words);
    words.extend(["--args".to_owned(), "20".to_owned()]);
    List { words, in_file }
}

/// Options may be moved to a file from here on. A modifier and its option stay together.
fn is_option(word: Option<&String>) -> bool {
    let modified = [
        "--tmpfs",
        "--dir",
        "--file",
        "--bind-data",
        "--ro-bind-data",
        "--size",
    ];
    word.is_some_and(|word| word.starts_with("--") && !modified.contains(&word.as_str()))
}

impl Generator {
    fn words(&self, words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn push(&mut self, words: &[&str]) {
        let words = self.words(words);
        self.words.extend(words);
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        self.random.pick::<&str>(from)
    }

    fn namespaces(&mut self) {
        const SETS: [&[&str]; 7] = [
            &[],
            &["--unshare-all"],
            &["--unshare-pid"],
            &["--unshare-user", "--unshare-pid"],
            &["--unshare-user", "--disable-userns"],
            &["--unshare-all", "--share-net"],
            &["--unshare-ipc", "--unshare-uts", "--hostname", "box"],
        ];
        let set = *self.random.pick(&SETS);
        self.push(set);
    }

    fn option(&mut self) {
        match self.random.below(20) {
            0..=5 => self.bind(),
            6..=7 => self.made_with_mode("--dir"),
            8..=9 => self.tmpfs(),
            10..=12 => self.contents(),
            13 => self.link(),
            14 => self.mode(),
            15 => self.file_systems(),
            16 => self.environment(),
            17 => self.identity(),
            18 => self.life(),
            _ => self.directory(),
        }
    }

    fn bind(&mut self) {
        let option = self.pick(&[
            "--bind",
            "--ro-bind",
            "--dev-bind",
            "--bind-try",
            "--ro-bind-try",
            "--dev-bind-try",
        ]);
        let is_wrong = self.may_fail && self.random.once_in(6);
        let source = self.pick(if is_wrong { &WRONG_SOURCES } else { &SOURCES });
        let target = self.pick(&TARGETS);
        self.push(&[option, source, target]);
    }

    fn modifier(&mut self) {
        if self.random.once_in(2) {
            let mode = self.pick(&MODES);
            self.push(&["--perms", mode]);
        }
    }

    fn made_with_mode(&mut self, option: &str) {
        self.modifier();
        let target = self.pick(&TARGETS);
        self.push(&[option, target]);
    }

    fn tmpfs(&mut self) {
        self.modifier();
        if self.random.once_in(3) {
            let size = self.pick(&["1", "4096", "0x100000", "0200000"]);
            self.push(&["--size", size]);
        }
        let target = self.pick(&TARGETS);
        self.push(&["--tmpfs", target]);
    }

    fn contents(&mut self) {
        let Some((number, _)) = CONTENTS.get(self.used) else {
            return;
        };
        self.used += 1;
        self.modifier();
        let option = self.pick(&["--file", "--bind-data", "--ro-bind-data"]);
        let target = self.pick(&TARGETS);
        self.push(&[option, &number.to_string(), target]);
    }

    /// A link that leads somewhere, and something beyond it.
    fn link(&mut self) {
        let link = format!("/link{}", self.links);
        self.links += 1;
        let to = self.pick(&["m", "m/dir", "./m/../m/dir", "usr"]);
        self.push(&["--symlink", to, &link]);
        let beyond = format!("{link}/{}", self.pick(&["n", "n/o", "sub"]));
        match to {
            "usr" => {}
            _ => self.push(&["--dir", &beyond]),
        }
    }

    fn mode(&mut self) {
        let mode = self.pick(&MODES);
        let target = self.pick(&["/m/file", "/m/file link", "/m/dir/a", "/m/empty", "/"]);
        self.push(&["--chmod", mode, target]);
    }

    fn file_systems(&mut self) {
        let words: &[&str] = match self.random.below(4) {
            0 => &["--dev", "/dev"],
            1 => &["--dev", "/d/dev"],
            2 => &["--proc", "/d/proc"],
            _ => &["--remount-ro", "/m"],
        };
        self.push(words);
    }

    fn environment(&mut self) {
        const CHANGES: [&[&str]; 7] = [
            &["--setenv", "A", "b c"],
            &["--setenv", "A", ""],
            &["--setenv", "HOME", "/m/dir"],
            &["--setenv", "PWD", "/lie"],
            &["--unsetenv", "LC_ALL"],
            &["--unsetenv", "NONE"],
            &["--clearenv", "--setenv", "PATH", "/usr/bin"],
        ];
        let change = *self.random.pick(&CHANGES);
        self.push(change);
    }

    fn identity(&mut self) {
        const WISHES: [&[&str]; 9] = [
            &["--uid", "0"],
            &["--uid", "1234", "--gid", " 5"],
            &["--gid", "+65534"],
            &["--cap-add", "ALL"],
            &["--cap-add", "cap_net_raw", "--cap-add", "12"],
            &["--cap-drop", "all"],
            &["--cap-drop", "CAP_SYS_ADMIN"],
            &["--uid", "x"],
            &["--cap-add", "CAP_NONE"],
        ];
        let last = if self.may_fail {
            WISHES.len()
        } else {
            WISHES.len() - 2
        };
        let wish = *self.random.pick(&WISHES[..last]);
        self.push(wish);
    }

    fn life(&mut self) {
        const WISHES: [&[&str]; 8] = [
            &["--new-session"],
            &["--die-with-parent"],
            &["--unshare-pid", "--as-pid-1"],
            &["--lock-file", "/usr/bin/env"],
            &["--info-fd", "21"],
            &["--json-status-fd", "22"],
            &["--unshare-cgroup-try", "--unshare-user-try"],
            &["--assert-userns-disabled"],
        ];
        let last = if self.may_fail {
            WISHES.len()
        } else {
            WISHES.len() - 1
        };
        let wish = *self.random.pick(&WISHES[..last]);
        self.push(wish);
    }

    fn directory(&mut self) {
        let places = [
            "/m/dir",
            "/m/link/sub",
            "/usr/bin",
            "usr",
            "/usr/./bin/",
            "/m/empty",
            "/missing",
        ];
        let last = if self.may_fail {
            places.len()
        } else {
            places.len() - 1
        };
        let place = self.pick(&places[..last]);
        self.push(&["--chdir", place]);
    }
}

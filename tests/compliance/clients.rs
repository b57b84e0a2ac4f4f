//! Argument lists as real clients make them, run by the original and by the program under test.
//! What the command then sees must be the same: mounts, capabilities, environment, ids, exit code
//! and messages. The shapes are those of the clients; paths are ones which exist everywhere.

use crate::judge::compliance;
use aril_tests::mountinfo::reachable;
use aril_tests::skip::skip;
use aril_tests::status::Status;
use aril_tests::{Bwrap, Facts, Scratch, fds, filter, is_root, under_test};
use std::collections::BTreeMap;
use std::path::Path;

/// One client's call.
struct Call {
    args: Vec<String>,
    /// Numbers and contents of the descriptors it hands over.
    files: Vec<(i32, Vec<u8>)>,
    probe: String,
}

/// What must be equal.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    mounts: Vec<(String, String, Vec<String>)>,
    status: Option<Status>,
    environ: BTreeMap<String, String>,
    ids: ((u32, u32), (u32, u32), Vec<u32>),
    place: (Option<String>, u32, String),
    pids: (i32, bool),
    fds: Vec<i32>,
    stderr: String,
}

impl Seen {
    /// A named difference: where root could write the kernel's settings, ours covers them. The
    /// original means to, and does not, because the directory says that nobody can write it.
    fn leave_out_covered_settings(&mut self) {
        self.mounts.retain(|(target, _, flags)| {
            let is_cover = target.ends_with("/proc/sys") || target.ends_with("/proc/sysrq-trigger");
            assert!(
                !is_cover || flags.iter().any(|flag| flag == "ro"),
                "{target}"
            );
            !is_cover
        });
    }

    /// Named differences where capabilities are real: a root that asks for none keeps a smaller set
    /// in ours, and what is not kept is gone from the bounding set too.
    fn leave_real_capabilities(&mut self, asked: bool) {
        if let Some(status) = &mut self.status {
            if !asked {
                status.permitted &= under_test::CONTAINER;
                status.effective &= under_test::CONTAINER;
            }
            status.bounding &= status.permitted;
        }
    }
}

impl Call {
    /// Whether the call has one of these words, its own or one in a file of words.
    fn has_word(&self, wanted: &[&str]) -> bool {
        let words = self.args.iter().map(String::as_bytes);
        let files = self
            .files
            .iter()
            .flat_map(|(_, text)| text.split(|byte| *byte == 0));
        words
            .chain(files)
            .any(|word| wanted.iter().any(|wanted| wanted.as_bytes() == word))
    }

    /// A call from a list with one argument after the other, split at blanks.
    fn new(list: &str) -> Self {
        let args = list.split_whitespace().map(str::to_owned).collect();
        Self {
            args,
            files: Vec::new(),
            probe: under_test::probe().to_owned(),
        }
    }

    fn file(mut self, number: i32, content: &[u8]) -> Self {
        self.files.push((number, content.to_vec()));
        self
    }

    /// Brings the probe into a root that does not have it.
    fn with_probe(mut self) -> Self {
        let bind = ["--ro-bind", under_test::probe(), "/usr-probe"];
        self.args.extend(bind.map(str::to_owned));
        "/usr-probe".clone_into(&mut self.probe);
        self
    }

    /// Passes the whole list in a file, as flatpak does.
    fn in_a_file(mut self) -> Self {
        let words: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let content = words.join("\0");
        self.args = vec!["--args".into(), "20".into()];
        self.file(20, content.as_bytes())
    }

    fn bwrap(&self, program: &Path) -> Bwrap {
        let bwrap = self
            .files
            .iter()
            .fold(Bwrap::of(program), |bwrap, (number, content)| {
                bwrap.fd(*number, fds::data(content))
            });
        bwrap
            .env("XDG_RUNTIME_DIR", "/run/user/1000")
            .args(&self.args)
    }

    fn seen(&self, program: &Path) -> Seen {
        let done = self.bwrap(program).args(["--", &self.probe]).finish();
        let stderr = done.stderr.clone();
        let facts: Facts = done.facts();
        let mounts = facts.mounts.as_deref().map(reachable).unwrap_or_default();
        let mount = |mount: &aril_tests::mountinfo::Mount| {
            (
                mount.target.clone(),
                mount.kind.clone(),
                mount.flags.clone(),
            )
        };
        let status = facts.status.clone().map(|status| Status {
            namespace_pids: Vec::new(), // Differ from run to run.
            ..status
        });
        Seen {
            mounts: mounts.into_iter().map(mount).collect(),
            status,
            ids: (facts.uid, facts.gid, facts.groups),
            place: (facts.cwd, facts.umask, facts.hostname),
            // Ids count from the same start only in a pid namespace.
            pids: (
                if facts.ppid <= 1 { facts.pid } else { 0 },
                facts.sid == Some(1),
            ),
            fds: facts.fds.unwrap_or_default().into_keys().collect(),
            environ: facts.environ,
            stderr,
        }
    }

    /// Runs both programs and compares what the command saw, and a failing command's end.
    fn compare(&self) {
        let Some(original) = under_test::original() else {
            skip("no original is installed")
        };
        let ours = under_test::path();
        let mut expected = self.seen(&original);
        let namespace = [
            "--unshare-user",
            "--unshare-user-try",
            "--unshare-all",
            "--userns",
        ];
        if is_root() && ours != original && !self.has_word(&namespace) {
            expected.leave_real_capabilities(self.has_word(&["--cap-add", "--cap-drop"]));
        }
        let mut seen = self.seen(ours);
        if is_root() && ours != original {
            seen.leave_out_covered_settings();
        }
        assert_eq!(seen, expected);
        for command in [
            &["sh", "-c", "echo out; echo err >&2; exit 7"][..],
            &["/nonexistent"],
        ] {
            let run = |program| self.bwrap(program).args(["--"]).args(command).finish();
            assert_eq!(run(ours), run(&original), "{command:?}");
        }
    }
}

/// System directories as symlinks into /usr, as on every merged system.
const MERGED: &str = "--symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib \
                      --symlink usr/lib64 /lib64";

compliance!(flatpak_run, {
    let scratch = Scratch::new();
    let (app, home) = (scratch.dir("app"), scratch.dir("home"));
    let reference = scratch.file("app/.ref", "");
    let list = format!(
        "--unshare-user --unshare-pid --unshare-ipc --unshare-net --die-with-parent \
         --ro-bind /usr /usr --ro-bind {app} /app --bind {home} {home} \
         {MERGED} --symlink ../run /var/run --symlink ../tmp /var/tmp2 \
         --dir /tmp --dir /run/host --perms 0700 --dir /run/user/1000 \
         --proc /proc --dev /dev --tmpfs /dev/shm --dir /var/tmp \
         --ro-bind-try /sys/block /sys/block --ro-bind-try /sys/class /sys/class \
         --ro-bind-try /sys/devices /sys/devices --ro-bind-try /proc/self/ns/user /run/.userns \
         --ro-bind-data 10 /.flatpak-info --perms 0600 --ro-bind-data 11 /run/user/1000/info \
         --perms 0444 --file 12 /etc/passwd --ro-bind-try /etc/machine-id /etc/machine-id \
         --ro-bind-try /nonexistent/fonts /run/host/fonts --symlink /app/lib /run/applib \
         --setenv XDG_DATA_DIRS /app/share:/usr/share --setenv FLATPAK_ID org.example.App \
         --unsetenv LC_ALL --lock-file /app/.ref --seccomp 13 --chdir {home}"
    );
    let call = Call::new(&list)
        .with_probe()
        .file(10, b"[Application]\n")
        .file(11, b"x");
    let call = call
        .file(12, b"root:x:0:0\n")
        .file(13, &filter::deny(filter::PERSONALITY, 38));
    call.in_a_file().compare();
    drop(reference);
});

compliance!(flatpak_run_with_a_read_only_root, {
    let list = format!(
        "--unshare-all --share-net --ro-bind /usr /usr {MERGED} --proc /proc --tmpfs /tmp \
         --perms 1777 --tmpfs /var/tmp --dir /etc --new-session --die-with-parent"
    );
    let mut call = Call::new(&list).with_probe();
    call.args.extend(["--remount-ro".into(), "/".into()]);
    call.compare();
});

compliance!(flatpak_builder, {
    let scratch = Scratch::new();
    let (build, app) = (scratch.dir("build"), scratch.dir("app"));
    let list = format!(
        "--ro-bind /usr /usr {MERGED} --bind {app} /app --bind {build} /run/build/module \
         --bind {build} {build} --unshare-ipc --unshare-pid --unshare-net --die-with-parent \
         --proc /proc --dev /dev --dir /tmp --dir /run/user/1000 --setenv XDG_RUNTIME_DIR /run/x \
         --setenv FLATPAK_BUILDER_BUILDDIR /run/build/module --unshare-user --disable-userns \
         --chdir /run/build/module"
    );
    Call::new(&list).with_probe().in_a_file().compare();
});

compliance!(pressure_vessel, {
    let scratch = Scratch::new();
    let home = scratch.dir("home");
    let list = format!(
        "--ro-bind /usr /usr {MERGED} --ro-bind /etc /run/host/etc --ro-bind /usr /run/host/usr \
         --dev-bind /dev /dev --proc /proc --ro-bind /sys /sys --tmpfs /run/pressure-vessel \
         --bind-try {home} {home} --bind-try /nonexistent/steam /steam --tmpfs /tmp \
         --perms 1777 --tmpfs /dev/shm --symlink /run/host/etc/hosts /etc/hosts \
         --ro-bind-data 10 /etc/ld.so.conf --symlink ../run /var/run --setenv LD_PRELOAD {home} \
         --unsetenv LD_PRELOAD --bind {home} /run/user/1000 --die-with-parent --new-session"
    );
    Call::new(&list)
        .with_probe()
        .file(10, b"/lib\n")
        .in_a_file()
        .compare();
});

compliance!(webkitgtk, {
    let list = format!(
        "--die-with-parent --ro-bind /usr /usr {MERGED} --ro-bind-try /etc/fonts /etc/fonts \
         --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache --ro-bind-try /sys/dev /sys/dev \
         --ro-bind-try /usr/local/share /usr/local/share --dev /dev --proc /proc --tmpfs /tmp \
         --unsetenv TMPDIR --symlink ../tmp /var/tmp --setenv XDG_CACHE_HOME /cache \
         --unshare-pid --unshare-uts --unshare-net --unshare-ipc --seccomp 10 \
         --perms 0700 --dir /run/user/1000 --ro-bind-data 11 /.flatpak-info --chdir /"
    );
    let call = Call::new(&list)
        .with_probe()
        .file(10, &filter::deny(filter::PERSONALITY, 1));
    call.file(11, b"[Application]\n").in_a_file().compare();
});

compliance!(codex, {
    let scratch = Scratch::new();
    let work = scratch.dir("work");
    scratch.dir("work/.git");
    let list = format!(
        "--new-session --die-with-parent --ro-bind / / --dev /dev --bind {work} {work} \
         --ro-bind {work}/.git {work}/.git --unshare-user --unshare-pid --unshare-net --proc /proc"
    );
    Call::new(&list).compare();
});

compliance!(sandbox_runtime, {
    let scratch = Scratch::new();
    let work = scratch.dir("work");
    let file = scratch.file("work/.bashrc", "");
    let list = format!(
        "--new-session --die-with-parent --unshare-net --setenv HTTP_PROXY http://localhost:3128 \
         --ro-bind / / --bind {work} {work} --ro-bind {file} {file} --ro-bind /dev/null {file} \
         --dev /dev --unshare-pid --proc /proc"
    );
    Call::new(&list).compare();
});

compliance!(ansible_runner, {
    let scratch = Scratch::new();
    let private = scratch.dir("private");
    let list = format!(
        "--die-with-parent --unshare-pid --dev-bind /dev dev --proc /proc --dir /tmp \
         --ro-bind /usr /usr {MERGED} --ro-bind /etc /etc --bind {private} {private} \
         --bind {private} /runner --chdir /runner"
    );
    Call::new(&list).with_probe().compare();
});

compliance!(mat2, {
    let scratch = Scratch::new();
    let (input, output) = (scratch.file("input", "x"), scratch.dir("output"));
    let list = format!(
        "--ro-bind /usr /usr {MERGED} --dev /dev --proc /proc --chdir / --unshare-user-try \
         --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup-try \
         --new-session --cap-drop all --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache \
         --bind {output} {output} --ro-bind {input} /input"
    );
    Call::new(&list).with_probe().compare();
});

compliance!(nixpak, {
    let scratch = Scratch::new();
    let home = scratch.dir("home");
    let list = format!(
        "--unshare-user --unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup --share-net \
         --uid 1000 --gid 100 --hostname nixpak --clearenv --setenv PATH /usr/bin --setenv A b \
         --ro-bind /usr /usr {MERGED} --dev /dev --proc /proc --tmpfs /home --perms 0700 \
         --tmpfs /run --bind {home} /home/user --bind-try /nonexistent /x --dev-bind-try \
         /dev/null /dev/dri --symlink /usr /run/current-system --chdir /home/user"
    );
    Call::new(&list).with_probe().in_a_file().compare();
});

compliance!(rpm_ostree, {
    let list = format!(
        "--dev /dev --proc /proc --dir /run --dir /tmp --chdir / --die-with-parent \
         --ro-bind /usr /usr {MERGED} --unshare-pid --unshare-uts --unshare-ipc --unshare-net \
         --unshare-cgroup-try --cap-drop ALL --cap-add CAP_CHOWN --cap-add CAP_DAC_OVERRIDE \
         --cap-add CAP_FOWNER --cap-add CAP_SETUID --cap-add CAP_SETGID --cap-add CAP_SYS_CHROOT \
         --setenv PATH /usr/bin --ro-bind /sys/block /sys/block --ro-bind /sys/class /sys/class \
         --tmpfs /var/tmp --dir /etc"
    );
    Call::new(&list).with_probe().compare();
});

compliance!(probes_for_support, {
    Call::new("--bind / /").compare();
    Call::new("--unshare-user --dev-bind / /").compare();
    Call::new("--unshare-all --ro-bind / / --proc /proc --dev /dev").compare();
});

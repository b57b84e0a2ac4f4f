//! Argument lists as real clients make them, run by the original and by the program under test.
//! What the command then sees must be the same: mounts, capabilities, environment, ids, exit code
//! and messages. The shapes are those of the clients; paths are ones which exist everywhere.

mod recorded;

use crate::both::{Asked, Seen, end_of, programs};
use crate::judge::compliance;
use aril_tests::{Bwrap, Scratch, fds, filter, under_test};
use std::path::Path;

/// One client's call.
struct Call {
    args: Vec<String>,
    /// Numbers and contents of the descriptors it hands over.
    files: Vec<(i32, Vec<u8>)>,
    /// Numbers and paths of those that it opens with `O_PATH`.
    places: Vec<(i32, String)>,
    probe: String,
}

impl Call {
    /// What the words ask for, its own and those in files.
    fn asked(&self) -> Asked {
        let words = self.args.iter().map(String::as_bytes);
        let files = self.files.iter();
        let files = files.flat_map(|(_, text)| text.split(|byte| *byte == 0));
        Asked::by(words.chain(files))
    }

    /// A call from a list with one argument after the other, split at blanks.
    fn new(list: &str) -> Self {
        let args = list.split_whitespace().map(str::to_owned).collect();
        Self {
            args,
            files: Vec::new(),
            places: Vec::new(),
            probe: under_test::probe().to_owned(),
        }
    }

    fn file(mut self, number: i32, content: &[u8]) -> Self {
        self.files.push((number, content.to_vec()));
        self
    }

    fn place(mut self, number: i32, path: String) -> Self {
        self.places.push((number, path));
        self
    }

    /// Brings the probe into a root that does not have it, as long as that can be written.
    fn with_probe(mut self) -> Self {
        let bind = ["--ro-bind", under_test::probe(), "/usr-probe"];
        let sealed = self.args.ends_with(&["--remount-ro".into(), "/".into()]);
        let end = self.args.len() - if sealed { 2 } else { 0 };
        self.args.splice(end..end, bind.map(str::to_owned));
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
        let places = self.places.iter();
        let bwrap = places.fold(bwrap, |bwrap, (number, path)| {
            bwrap.fd(*number, fds::open_path(path))
        });
        bwrap
            .env("XDG_RUNTIME_DIR", "/run/user/1000")
            .args(&self.args)
    }

    fn seen(&self, program: &Path) -> Seen {
        Seen::told(self.bwrap(program).args(["--", &self.probe]).finish())
    }

    /// Runs both programs and compares what the command saw.
    fn compare_facts(&self) {
        let (original, ours) = programs();
        let expected = self.seen(&original).of_original(self.asked());
        assert_eq!(
            self.seen(ours).of_ours(self.asked()),
            expected,
            "{:?}",
            self.args
        );
    }

    /// Runs both programs and compares what the command saw, and a failing command's end.
    fn compare(&self) {
        self.compare_facts();
        let (original, ours) = programs();
        for command in [
            &["sh", "-c", "echo out; echo err >&2; exit 7"][..],
            &["/nonexistent"],
        ] {
            let end = |program| end_of(self.bwrap(program).args(["--"]).args(command));
            assert_eq!(end(ours), end(&original), "{:?} {command:?}", self.args);
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

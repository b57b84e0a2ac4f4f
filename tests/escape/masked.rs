//! Images that prepare the places where the set-up mounts and writes: `/dev`, `/dev/null`,
//! `/dev/console` and `/proc` as symlinks or files (runc CVE-2025-31133, -52565, -52881,
//! CVE-2019-19921; crun CVE-2026-88264, -88265).

use crate::control::{escape, original_before, ours};
use aril_tests::{Bwrap, Canary, Scratch, fds, under_test};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A writable image with the system's programs, whose other places the attacker prepares.
struct Image {
    scratch: Scratch,
    canary: Canary,
    path: String,
}

impl Image {
    fn new() -> Self {
        let scratch = Scratch::new();
        let canary = Canary::new(&scratch);
        let path = scratch.dir("image");
        scratch.dir("image/usr");
        scratch.file("image/probe", "");
        for name in ["bin", "lib", "lib64", "sbin"] {
            let link = scratch.at(&format!("image/{name}"));
            symlink(format!("usr/{name}"), link).expect("make a symlink");
        }
        Self {
            scratch,
            canary,
            path,
        }
    }

    fn link(&self, name: &str, target: &str) {
        let link = self.scratch.at(&format!("image/{name}"));
        symlink(target, link).expect("make a symlink");
    }

    fn bwrap(&self, program: &Path) -> Bwrap {
        Bwrap::of(program)
            .args(["--bind", &self.path, "/", "--ro-bind", "/usr", "/usr"])
            .args(["--ro-bind", under_test::probe(), "/probe"])
            .probe_at("/probe")
            .fd(8, fds::data(b"written"))
    }
}

/// Where such a place may lead.
fn leads(host: &str) -> [String; 5] {
    [
        format!("/oldroot{host}"),
        host.to_owned(),
        format!("../../../../../../..{host}"),
        format!("/proc/self/root{host}"),
        format!("/oldroot{host}/missing"),
    ]
}

const STEPS: &[&str] = &[
    "--dev /dev",
    "--proc /proc",
    "--dev /dev --proc /proc",
    "--mqueue /dev/mqueue",
    "--dev-bind /dev/null /dev/null",
    "--dev-bind /dev/null /dev/console",
    "--ro-bind /dev/null /proc/kcore",
    "--tmpfs /dev/shm",
    "--dir /dev/x",
    "--file 8 /dev/null",
    "--file 8 /proc/sys/x",
    "--symlink /x /dev/core",
];

escape!(an_image_with_links_does_not_lead_out, {
    for place in [
        "dev",
        "proc",
        "dev/null",
        "dev/console",
        "dev/shm",
        "dev/pts",
    ] {
        let image = Image::new();
        for target in leads(image.canary.path()) {
            if place.starts_with("dev/") {
                image.scratch.dir("image/dev");
            }
            image.link(place, &target);
            for words in STEPS {
                let bwrap = image.bwrap(ours()).args(words.split(' '));
                let done = bwrap.args(["true"]).finish();
                let what = format!("{place} -> {target}, {words}: {done:?}");
                image.canary.unchanged(&what);
                assert!(matches!(done.code(), 0 | 1), "{what}");
            }
            // The steps may have replaced nothing: the link is as it was.
            let left = image.scratch.at(&format!("image/{place}"));
            assert_eq!(fs::read_link(&left).expect("the link"), Path::new(&target));
            fs::remove_file(left).expect("remove the link");
        }
    }
});

escape!(control_an_image_with_links_leads_the_original_out, {
    let Some(original) = original_before(12, 0) else {
        return;
    };
    let mut image = Image::new();
    image.link("dev", &format!("/oldroot{}", image.canary.path()));
    for words in ["--dev /dev", "--dir /dev/x", "--symlink /x /dev/core"] {
        let bwrap = image.bwrap(&original).args(words.split(' '));
        let done = bwrap.args(["true"]).finish();
        assert!(
            image.canary.is_changed() || words == "--dev /dev",
            "{words}: {done:?}"
        );
        image.canary.restore(&image.scratch);
    }
});

escape!(devices_and_proc_are_the_real_ones_or_nothing_starts, {
    // Files and links where `--dev` and `--proc` go: either a refusal, or the right file systems.
    for kind in [
        "file",
        "link to a directory of the image",
        "directory with links",
    ] {
        let image = Image::new();
        match kind {
            "file" => {
                image.scratch.file("image/dev", "fake");
                image.scratch.file("image/proc", "fake");
            }
            "link to a directory of the image" => {
                image.scratch.dir("image/other/dev");
                image.scratch.dir("image/other/proc");
                image.link("dev", "/other/dev");
                image.link("proc", "other/proc");
            }
            _ => {
                image.scratch.dir("image/dev");
                image.scratch.dir("image/proc");
                image.link("dev/null", image.canary.path());
                image.scratch.file("image/dev/console", "fake");
                image.link("proc/self", "/other");
            }
        }
        let script =
            "stat -c %t:%T /dev/null; stat -f -c %T /proc/; readlink /proc/self | tr -d 0-9";
        let args = [
            "--unshare-pid",
            "--dev",
            "/dev",
            "--proc",
            "/proc",
            "sh",
            "-c",
            script,
        ];
        let done = image.bwrap(ours()).args(args).finish();
        image.canary.unchanged(kind);
        if kind == "file" {
            assert_eq!(done.code(), 1, "{done:?}");
        } else {
            assert_eq!(done.success().stdout, "1:3\nproc\n\n", "{kind}");
        }
    }
});

escape!(a_fake_proc_does_not_swallow_what_the_set_up_writes, {
    // CVE-2025-52881, CVE-2019-19921: id maps and limits go to the kernel, not to the image.
    let image = Image::new();
    image.scratch.dir("image/proc/sys/user");
    image.scratch.dir("image/proc/self");
    let files = ["uid_map", "gid_map", "setgroups"].map(|name| format!("image/proc/self/{name}"));
    let limit = "image/proc/sys/user/max_user_namespaces".to_owned();
    for file in files.iter().chain([&limit]) {
        image.scratch.file(file, "fake");
    }
    let args = [
        "--unshare-user",
        "--disable-userns",
        "--uid",
        "12",
        "--gid",
        "34",
    ];
    let bwrap = image.bwrap(ours()).args(args);
    let done = bwrap
        .args(["sh", "-c", "id -u; id -g; unshare -U true"])
        .finish();
    assert_eq!(done.stdout, "12\n34\n");
    assert!(done.stderr.contains("No space left on device"), "{done:?}");
    for file in files.iter().chain([&limit]) {
        assert_eq!(image.scratch.read(file), "fake", "{file}");
    }
    // The control: without the option the payload can make a namespace.
    let bwrap = image.bwrap(ours()).args(["--unshare-user"]);
    bwrap.args(["unshare", "-U", "true"]).finish().success();
});

escape!(what_is_masked_stays_masked, {
    // Row 14: no other name of a masked file reaches it, and the mask cannot be taken off.
    let scratch = Scratch::new();
    let secret = scratch.file("secret", Canary::SECRET);
    let place = scratch.path().to_str().expect("text");
    let ways = format!(
        "cat /x/secret /proc/self/root/x/secret /proc/thread-self/root/x/secret \
         /x/../x/./secret /proc/self/cwd/x/secret; cp /x/secret /tmp/copy; cat /tmp/copy; \
         ln /x/secret /x/hard; cat /x/hard; mv /x/secret /x/moved; cat /x/moved; \
         umount /x/secret; umount -l /x/secret; cat /x/secret; \
         unshare -Urm sh -c 'umount /x/secret; umount -l /x/secret; cat /x/secret; \
         mount --bind /x /mnt; cat /mnt/secret; mount --move /x/secret /mnt/secret; cat /x/secret; \
         mount --rbind /x /mnt && umount -l /mnt/secret; cat /mnt/secret'; cat {place}/secret"
    );
    let sandbox = |mask: &[&str]| {
        let bwrap = aril_tests::roots::bare(ours());
        let bwrap = bwrap.args(["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]);
        let bwrap = bwrap
            .args(["--dir", "/mnt", "--bind", place, "/x"])
            .args(mask);
        bwrap.args(["sh", "-c", &ways]).finish().stdout
    };
    let out = sandbox(&["--ro-bind", "/dev/null", "/x/secret"]);
    assert!(!out.contains(Canary::SECRET), "{out}");
    assert_eq!(scratch.read("secret"), Canary::SECRET, "it is still there");
    let out = sandbox(&[]);
    assert!(out.contains(Canary::SECRET), "the control: {out}");
    assert!(secret.ends_with("/secret"));
});

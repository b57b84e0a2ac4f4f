//! `/dev` in a running sandbox.

mod launched;

use aril_flatpak::compose::Part;
use aril_flatpak::compose::devices::{Granted, part};
use aril_flatpak::permissions::Facts;
use launched::{context, in_own_mounts, inside, mount, outside};
use std::fs::{self, File};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

fn devices(words: &str, shared_memory: Option<BorrowedFd<'_>>) -> Part {
    let context = context(&format!("devices={words}"));
    let devices = context.granted(&Facts::default()).devices;
    let granted = Granted {
        devices: &devices,
        shared_memory,
    };
    part(&granted, Path::exists)
}

const MINIMAL: &str =
    "fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n";

#[test]
fn only_the_harmless_ones_are_there() {
    let script = "ls /dev | grep -vx -e core -e console -e ntsync";
    assert_eq!(inside(script, &devices("", None)), MINIMAL);
    // The control: the host has more.
    assert!(outside("ls /dev").lines().count() > MINIMAL.lines().count());
    let script = "head -c 4 /dev/zero | wc -c; echo x > /dev/null && echo ok; \
        touch /dev/new 2>/dev/null || echo sealed; mknod /dev/shm/m c 1 3 2>/dev/null || echo no; \
        echo x > /dev/shm/file && cat /dev/shm/file";
    let seen = inside(script, &devices("", None));
    assert_eq!(seen, "4\nok\nsealed\nno\nx\n");
}

/// In a mount namespace with a `/dev` made for it, which has a device of each group.
#[test]
fn what_is_granted_is_there_and_nothing_else() {
    if !in_own_mounts("what_is_granted_is_there_and_nothing_else") {
        return;
    }
    let names = [
        "dri/card0",
        "nvidia0",
        "kfd",
        "kvm",
        "input/event0",
        "bus/usb/001",
        "sda",
        "mqueue/q",
        "shm/s",
    ];
    // It is made aside, and covers the host's. Nothing of the host's is in it but nodes, each a
    // mount of its own: what is removed here by mistake is an empty file.
    let made = Path::new("/mnt");
    mount(&["-t", "tmpfs", "-o", "mode=755", "none"], made);
    for node in ["null", "zero", "full", "random", "urandom", "tty"] {
        File::create(made.join(node)).unwrap();
        mount(&["--bind", &format!("/dev/{node}")], &made.join(node));
    }
    for name in names {
        let at = made.join(name);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        File::create(at).unwrap();
    }
    mount(&["--rbind", "/mnt"], Path::new("/dev"));
    let script = format!(
        "cd /dev; for at in {}; do test -e $at && echo $at; done; true",
        names.join(" ")
    );
    let rows = [
        ("", ""),
        ("dri", "dri/card0 nvidia0 kfd"),
        ("kvm", "kvm"),
        ("input", "input/event0"),
        ("usb", "bus/usb/001"),
        ("shm", "shm/s"),
        (
            "all",
            "dri/card0 nvidia0 kfd kvm input/event0 bus/usb/001 sda",
        ),
        (
            "all;shm",
            "dri/card0 nvidia0 kfd kvm input/event0 bus/usb/001 sda shm/s",
        ),
    ];
    for (words, expected) in rows {
        let seen = inside(&script, &devices(words, None));
        assert_eq!(
            seen.lines().collect::<Vec<_>>().join(" "),
            expected,
            "{words}"
        );
    }
}

#[test]
fn all_devices_work_and_none_can_be_made() {
    let script = "ls /dev | wc -l; head -c 4 /dev/zero | wc -c; echo x > /dev/null && echo ok; \
        touch /dev/new 2>/dev/null || echo sealed; ls /dev/shm";
    let host = outside("ls /dev | wc -l");
    let seen = inside(script, &devices("all", None));
    assert_eq!(seen, format!("{host}4\nok\nsealed\n"));
}

#[test]
fn instances_share_memory_where_they_are_to() {
    let place = tempfile::tempdir().unwrap();
    let directory = File::open(place.path()).unwrap();
    let fd = Some(directory.as_fd());
    inside("echo one > /dev/shm/x", &devices("", fd));
    assert_eq!(inside("cat /dev/shm/x", &devices("", fd)), "one\n");
    assert_eq!(inside("ls /dev/shm", &devices("", None)), "");
}

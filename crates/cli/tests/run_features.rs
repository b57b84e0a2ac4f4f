//! Features. `--allow=multiarch`: programs for i386 run, and are filtered as others are.
//! `--allow=bluetooth`, `--allow=canbus`: their families of sockets.
#![cfg(target_arch = "x86_64")]

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use support::Case;

/// Where the file is loaded.
const BASE: u32 = 0x0804_8000;
/// The header and one program header (elf(5)).
const HEADERS: u32 = 52 + 32;

/// exit(7).
const EXIT: &[u8] = &[
    0xb8, 1, 0, 0, 0, // mov eax, 1
    0xbb, 7, 0, 0, 0, // mov ebx, 7
    0xcd, 0x80, // int 0x80
];

/// What a call returned becomes the status: an error's number, or 0.
const TELL: &[u8] = &[
    0xcd, 0x80, // int 0x80
    0xf7, 0xd8, // neg eax
    0x79, 0x02, // jns over the next
    0x31, 0xc0, // xor eax, eax
    0x89, 0xc3, // mov ebx, eax
    0xb8, 1, 0, 0, 0, // mov eax, 1
    0xcd, 0x80, // int 0x80
];

/// socket(family, SOCK_DGRAM, 0).
fn socket(family: u8) -> Vec<u8> {
    let call = [
        0xb8, 103, 1, 0, 0, // mov eax, 359
        0xbb, family, 0, 0, 0, // mov ebx, family
        0xb9, 2, 0, 0, 0, // mov ecx, SOCK_DGRAM
        0x31, 0xd2, // xor edx, edx
    ];
    [&call[..], TELL].concat()
}

/// socketcall(SYS_SOCKET, { AF_INET, SOCK_DGRAM, 0 }): a filter cannot look at the family.
fn socketcall() -> Vec<u8> {
    let mut code = vec![
        0xb8, 102, 0, 0, 0, // mov eax, 102
        0xbb, 1, 0, 0, 0, // mov ebx, SYS_SOCKET
        0xb9, 0, 0, 0, 0, // mov ecx, the arguments
    ];
    code.extend(TELL);
    let arguments = BASE + HEADERS + u32::try_from(code.len()).unwrap();
    code[11..15].copy_from_slice(&arguments.to_le_bytes());
    for word in [2_u32, 2, 0] {
        code.extend(word.to_le_bytes());
    }
    code
}

/// A program for i386 of one segment.
fn program(path: &Path, code: &[u8]) {
    let size = HEADERS + u32::try_from(code.len()).unwrap();
    let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([2, 0, 3, 0]); // ET_EXEC, EM_386
    for word in [1, BASE + HEADERS, 52, 0, 0] {
        file.extend(word.to_le_bytes());
    }
    for half in [52_u16, 32, 1, 0, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    // PT_LOAD, of the whole file, to be read and executed.
    for word in [1, 0, BASE, BASE, size, size, 5, 0x1000] {
        file.extend(word.to_le_bytes());
    }
    file.extend(code);
    fs::write(path, file).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn programs_for_i386_run_when_that_is_allowed() {
    let case = Case::new();
    let bin = Path::new(case.example()).join("files/bin");
    program(&bin.join("exit"), EXIT);
    // AF_VSOCK is 40: no application needs to talk to the machine below.
    program(&bin.join("vsock"), &socket(40));
    program(&bin.join("inet"), &socket(2));
    program(&bin.join("call"), &socketcall());
    let outside = |name: &str| {
        Command::new(bin.join(name))
            .status()
            .map(|status| status.code())
    };
    match outside("exit") {
        Ok(Some(7)) => {}
        other => {
            eprintln!("skipped: this kernel runs no program for i386: {other:?}");
            return;
        }
    }
    let inside = |options: &[&str], name: &str| {
        let command = format!("--command={name}");
        let words = [&["run", &command], options, &[case.example()]].concat();
        case.aril(&words).status.code()
    };
    let multiarch = ["--allow=multiarch"];
    assert_eq!(inside(&[], "exit"), Some(128 + 31), "SIGSYS");
    assert_eq!(inside(&multiarch, "exit"), Some(7));
    for name in ["inet", "call"] {
        assert_eq!(outside(name).unwrap(), Some(0), "the control, {name}");
    }
    assert_eq!(inside(&multiarch, "inet"), Some(0), "the control");
    let refused = 97; // EAFNOSUPPORT
    assert_eq!(inside(&multiarch, "vsock"), Some(refused));
    assert_eq!(inside(&multiarch, "call"), Some(refused));
    if outside("vsock").unwrap() == Some(refused) {
        eprintln!("skipped: this kernel has no vsock, so the control cannot tell");
    }
}

/// Of a type that no family has the kernel says EINVAL, whether it knows the family or not; the filter
/// looks at the family before.
#[test]
fn each_feature_has_its_family_of_sockets() {
    let case = Case::new();
    let script = "for $family (29, 31) { socket($s, $family, 0x20, 0); print 0 + $!, \"\\n\" }";
    let [passed, refused] = ["22\n", "97\n"];
    let outside = Command::new("perl").args(["-e", script]).output().unwrap();
    assert_eq!(
        support::text(&outside.stdout),
        passed.repeat(2),
        "the control"
    );
    let rows: [(&[&str], [&str; 2]); 4] = [
        (&[], [refused, refused]),
        (&["--allow=canbus"], [passed, refused]),
        (&["--allow=bluetooth"], [refused, passed]),
        (
            &["--allow=canbus", "--allow=bluetooth", "--disallow=canbus"],
            [refused, passed],
        ),
    ];
    for (options, expected) in rows {
        let app = ["--command=perl", case.example(), "-e", script];
        let output = case.aril(&[&["run"], options, &app].concat());
        let seen = support::text(&output.stdout);
        assert_eq!(seen, expected.concat(), "{options:?}: {output:?}");
    }
}

/// A kernel that cannot keep the session's abstract sockets away says so to who asks for details.
#[test]
fn what_an_older_kernel_cannot_part_is_told() {
    let case = Case::new();
    let told = |injected: &[&str], options: &[&str]| {
        let trace = [
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "trace=landlock_create_ruleset",
        ];
        let run = ["-v", "--command=true", case.example()];
        let mut command = Command::new("strace");
        command.args(trace).args(injected).arg(support::program());
        command.arg("run").args(options).args(run);
        let output = command.env("HOME", case.home()).output();
        let Ok(output) = output else {
            return None;
        };
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        Some(support::text(&output.stderr).contains("abstract sockets are in reach"))
    };
    let old = ["-e", "inject=landlock_create_ruleset:error=ENOSYS"];
    let network = ["--share=network"];
    let Some(is_told) = told(&old, &network) else {
        return eprintln!("skipped: strace is not installed");
    };
    assert!(is_told);
    assert_eq!(told(&old, &[]), Some(false), "there is no network");
    let x11 = ["--share=network", "--socket=x11"];
    assert_eq!(told(&old, &x11), Some(false), "they are wanted");
}

//! Bytes that nobody meant: the readers come back, and what they accept they write the same.

use aril_flatpak::deploy::Deploy;
use aril_flatpak::keyfile::KeyFile;
use aril_flatpak::metadata::Metadata;
use aril_flatpak::permissions::{Context, Form, Layer, Origin, options};

/// A generator of numbers that is the same on each run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

const PIECES: &[&str] = &[
    "[",
    "]",
    "=",
    ";",
    "\n",
    "#",
    "\\",
    "\\n",
    "\\s",
    " ",
    "!",
    ":",
    "if:",
    "\0",
    "\u{1b}",
    "\u{e9}",
    "Context",
    "Environment",
    "Policy x",
    "USB Devices",
    "Application",
    "name",
    "org.x.Y",
    "shared",
    "sockets",
    "x11",
    "filesystems",
    "home",
    "host:reset",
    "/a",
    "..",
    "~/",
    "persistent",
    "\r\n",
    "[Context]\n",
    "[Application]\nname=org.x.Y\n",
    "filesystems=",
    "sockets=",
    "true",
    "vnd:1234",
    "[Session Bus Policy]\n",
    "talk",
    "unset-environment=",
    "[Extension org.x.Y.L]\n",
    "directory=",
];

fn text(numbers: &mut Numbers) -> String {
    let count = numbers.below(40);
    (0..count)
        .map(|_| PIECES[numbers.below(PIECES.len())])
        .collect()
}

#[test]
fn key_files_and_permissions() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let origin = Origin::layer(Layer::App);
    let (mut parsed, mut loaded) = (0, 0);
    for _ in 0..20_000 {
        let text = text(&mut numbers);
        let Ok(file) = KeyFile::parse(text.as_bytes()) else {
            continue;
        };
        parsed += 1;
        let again = KeyFile::parse(file.to_string().as_bytes()).unwrap();
        assert_eq!(again.to_string(), file.to_string(), "{text:?}");
        drop(Metadata::load(&file, &origin));
        let Ok(context) = Context::load(&file, &origin) else {
            continue;
        };
        loaded += 1;
        let mut written = KeyFile::new();
        context.save(&mut written, Form::Layer).unwrap();
        let mut same = Context::load(&written, &origin).unwrap();
        same.ignored.clone_from(&context.ignored);
        assert_eq!(same, context, "{text:?}");
    }
    assert!(parsed > 500 && loaded > 300, "{parsed} {loaded}");
}

#[test]
fn options_that_are_accepted_are_written_and_read_again() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let names: Vec<&str> = options::names().collect();
    let mut accepted = 0;
    for _ in 0..40_000 {
        let name = names[numbers.below(names.len())];
        let count = 1 + numbers.below(4);
        let value: String = (0..count)
            .map(|_| PIECES[numbers.below(PIECES.len())])
            .collect();
        let Ok(changes) = options::parse(name, &value) else {
            continue;
        };
        if value.contains('\0') {
            // A command line has none.
            continue;
        }
        accepted += 1;
        let mut context = Context::default();
        for change in changes {
            context.apply(change, &Origin::COMMAND_LINE);
        }
        let mut file = KeyFile::new();
        context.save(&mut file, Form::Layer).unwrap();
        let again = KeyFile::parse(file.to_string().as_bytes()).unwrap();
        let again = Context::load(&again, &Origin::COMMAND_LINE).unwrap();
        assert!(
            again.ignored.is_empty(),
            "--{name}={value:?}: {:?}",
            again.ignored
        );
        assert_eq!(again, context, "--{name}={value:?}");
    }
    assert!(accepted > 500, "{accepted}");
}

#[test]
fn deployments() {
    let mut numbers = Numbers(0x0123_4567_89ab_cdef);
    for _ in 0..20_000 {
        let length = numbers.below(600);
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                if numbers.below(2) == 0 {
                    0
                } else {
                    numbers.below(256) as u8
                }
            })
            .collect();
        drop(Deploy::parse(&bytes));
    }
}

//! One application as chance has it: its metadata, the overrides, the command line, the session.
//!
//! `CASE` stands for the user's directories, which are made later.

use super::draw::Draw;
use crate::fixture::{BRANCH, RUNTIME, SMALL};

/// What is drawn.
#[derive(Debug)]
pub(super) struct Sample {
    /// The application's metadata.
    pub(super) metadata: String,
    /// The system's and the user's overrides: for all applications, and for this one.
    pub(super) overrides: [String; 4],
    /// The options of `run`.
    pub(super) options: Vec<String>,
    /// The variables of the session.
    pub(super) environment: Vec<(String, String)>,
    /// With what the application ends.
    pub(super) status: u8,
}

const PLACES: &[&str] = &[
    "home",
    "~",
    "~/shared",
    "~/shared/deep",
    "~/shared/deep/er",
    "home/shared",
    "~/readonly",
    "~/made",
    "~/made/more",
    "~/absent",
    "~/a-file",
    "~/link",
    "~/link/er",
    "~/link-out",
    "~/link-out/in",
    "~/dangling",
    "~/link-up/shared",
    "~/.var/app",
    "~/.var/app/org.other.App",
    "~/.local/share/flatpak",
    "~/.config/other",
    "~//shared/./deep/",
    "~/with space",
    "~/back\\\\slash",
    "~/co\\:lon",
    "xdg-documents",
    "xdg-documents/sub",
    "xdg-music",
    "xdg-desktop",
    "xdg-pictures",
    "xdg-download",
    "xdg-config",
    "xdg-config/other",
    "xdg-config/kept",
    "xdg-data",
    "xdg-data/x",
    "xdg-cache/y",
    "xdg-run/thing",
    "xdg-run/file",
    "xdg-run/absent",
    "host",
    "host-os",
    "host-etc",
    "/opt",
    "/srv",
    "/media",
    "/tmp",
    "/var/tmp",
    "/var/lib",
    "/run/media",
    "CASE/elsewhere",
    "CASE/elsewhere/in",
    "CASE/home/shared",
    "CASE/home",
    "CASE/way/in",
    "/usr",
    "/usr/share",
    "/app",
    "/run",
    "/run/host",
    "/proc",
    "/nowhere",
    "/bin",
    "/lib64",
];

/// What no layer may say.
const ODD_PLACES: &[&str] = &[
    "/",
    "foo",
    "xdg-run",
    "xdg-foo/x",
    "~/../x",
    "/opt/../etc",
    "host/x",
    "",
];

const MODES: &[&str] = &["", "", "", ":ro", ":ro", ":rw", ":create", ":odd"];

const PERSISTENT: &[&str] = &[
    ".old",
    "deep/er",
    "shared",
    "Documents",
    ".config/other",
    "new",
    ".",
    "deep",
];

const NAMES: &[&str] = &[
    "org.x.Y",
    "org.x.Y.*",
    "org.x.Z",
    "org.freedesktop.Notifications",
    "org.mpris.MediaPlayer2.small",
    "org.aril.test.Small.Sub",
    "org.aril.test.Small",
];

const VARIABLES: &[&str] = &[
    "A",
    "PATH_OF",
    "LANG",
    "TERM",
    "OF_RUNTIME",
    "OVERRIDDEN",
    "LD_PRELOAD",
    "TMPDIR",
    "XDG_DATA_DIRS",
    "PS1",
    "GTK_THEME",
];

const VALUES: &[&str] = &[
    "", "1", "a b", "a;b", "=", "x=y", "CASE/x", "\\s", "$A", "ä",
];

const SHARES: &[&str] = &["network", "ipc"];
const SOCKETS: &[&str] = &[
    "x11",
    "wayland",
    "fallback-x11",
    "pulseaudio",
    "ssh-auth",
    "pcsc",
    "cups",
];
const DEVICES: &[&str] = &["dri", "kvm", "shm", "all"];
const FEATURES: &[&str] = &[
    "devel",
    "multiarch",
    "bluetooth",
    "canbus",
    "per-app-dev-shm",
];

impl Sample {
    pub(super) fn draw(seed: u64) -> Self {
        let draw = &mut Draw::new(seed);
        let arch = std::env::consts::ARCH;
        let mut metadata = format!(
            "[Application]\nname={SMALL}\nruntime={RUNTIME}/{arch}/{BRANCH}\n\
             sdk={RUNTIME}/{arch}/{BRANCH}\ncommand=sh\n"
        );
        metadata += &layer(draw);
        for number in 0..draw.below(3) {
            metadata += &extension(draw, number);
        }
        let overrides = [(); 4].map(|()| match draw.once_in(2) {
            true => layer(draw),
            false => String::new(),
        });
        Self {
            metadata,
            overrides,
            options: options(draw),
            environment: environment(draw),
            status: u8::try_from(draw.below(4) * 41).expect("a status"),
        }
    }
}

/// The groups of a layer, as metadata and overrides have them.
fn layer(draw: &mut Draw) -> String {
    let mut text = String::from("[Context]\n");
    for (key, words) in [
        ("shared", SHARES),
        ("sockets", SOCKETS),
        ("devices", DEVICES),
        ("features", FEATURES),
    ] {
        let switches = list(draw, 2, |draw| negated(draw, words));
        text += &line(key, &switches);
    }
    let places = list(draw, 5, |draw| match draw.once_in(5) {
        true => format!("!{}", key_file(draw.one(PLACES))),
        false => key_file(&place(draw)),
    });
    text += &line("filesystems", &places);
    let persistent = list(draw, 2, |draw| draw.one(PERSISTENT).to_owned());
    text += &line("persistent", &persistent);
    let unset = list(draw, 1, |draw| draw.one(VARIABLES).to_owned());
    text += &line("unset-environment", &unset);
    for group in ["Session Bus Policy", "System Bus Policy"] {
        text += &format!("[{group}]\n");
        for _ in 0..draw.below(3) {
            let policy = draw.one(&["none", "see", "talk", "own"]);
            text += &format!("{}={policy}\n", draw.one(NAMES));
        }
    }
    text += "[Environment]\n";
    for _ in 0..draw.below(3) {
        let value = key_file(draw.one(VALUES));
        text += &format!("{}={value}\n", draw.one(VARIABLES));
    }
    if draw.once_in(3) {
        text += &format!("[Policy sub]\nkey={}a;b;\n", draw.one(&["", "!"]));
    }
    text
}

/// An extension point. Each has a directory of its own: where two meet, flatpak does not start.
fn extension(draw: &mut Draw, number: usize) -> String {
    const BELOW: &[&str] = &["org.aril.test.Extended.Plug", "org.local.Theme"];
    const EXACT: &[&str] = &[
        "org.aril.test.Extended.Plug.One",
        "org.local.Theme.Adwaita",
        "org.none.At",
    ];
    let several = draw.once_in(2);
    let name = draw.one(if several { BELOW } else { EXACT });
    let tag = draw.one(&["", "@tag", "@1"]);
    let mut text = format!("[Extension {name}{tag}{number}]\ndirectory=plug{number}\n");
    if tag.is_empty() {
        text = text.replace(&format!("{name}{number}"), name);
    }
    if several {
        text += "subdirectories=true\n";
        text += draw.one(&[
            "",
            "subdirectory-suffix=share\n",
            "merge-dirs=share/things;\n",
            "merge-dirs=share/things;none\n",
        ]);
    }
    text += draw.one(&[
        "",
        "",
        "version=1\n",
        "version=2\n",
        "versions=2;1;\n",
        "versions=none;1\n",
    ]);
    text += draw.one(&[
        "",
        "add-ld-path=lib\n",
        "add-ld-path=.\n",
        "no-autodownload=true\n",
    ]);
    text += draw.one(&[
        "",
        "",
        "enable-if=active-gl-driver\n",
        "enable-if=active-gtk-theme\n",
        "enable-if=on-xdg-desktop-test;have-intel-gpu\n",
        "enable-if=have-kernel-module-none\n",
        "enable-if=tomorrow\n",
    ]);
    text
}

/// A key file has escapes of its own.
fn key_file(text: &str) -> String {
    text.replace('\\', "\\\\")
}

fn line(key: &str, items: &[String]) -> String {
    match items.is_empty() {
        true => String::new(),
        false => format!("{key}={};\n", items.join(";")),
    }
}

fn list(draw: &mut Draw, most: usize, item: impl Fn(&mut Draw) -> String) -> Vec<String> {
    let length = draw.below(most + 1);
    (0..length).map(|_| item(draw)).collect()
}

fn negated(draw: &mut Draw, words: &[&str]) -> String {
    let sign = if draw.once_in(4) { "!" } else { "" };
    format!("{sign}{}", draw.one(words))
}

fn place(draw: &mut Draw) -> String {
    let odd = draw.once_in(20);
    let place = draw.one(if odd { ODD_PLACES } else { PLACES });
    let mode = draw.one(MODES);
    // Root would make it on the host.
    let is_host = place.starts_with('/') && mode == ":create";
    format!("{place}{}", if is_host { "" } else { mode })
}

fn options(draw: &mut Draw) -> Vec<String> {
    let mut options = list(draw, 6, |draw| match draw.below(16) {
        0 => format!("--share={}", draw.one(SHARES)),
        1 => format!("--unshare={}", draw.one(SHARES)),
        2 => format!(
            "--socket={}",
            draw.one(SOCKETS).trim_start_matches("fallback-")
        ),
        3 => format!("--nosocket={}", draw.one(SOCKETS)),
        4 => format!("--device={}", draw.one(DEVICES)),
        5 => format!("--nodevice={}", draw.one(DEVICES)),
        6 => format!("--allow={}", draw.one(FEATURES)),
        7 => format!("--disallow={}", draw.one(FEATURES)),
        8 | 9 => format!("--filesystem={}", place(draw).trim_end_matches(":odd")),
        10 => format!("--nofilesystem={}", draw.one(PLACES)),
        11 => format!("--persist={}", draw.one(PERSISTENT)),
        12 => format!(
            "--env={}={}",
            draw.one(VARIABLES),
            draw.one(VALUES).trim_matches('ä')
        ),
        13 => format!("--unset-env={}", draw.one(VARIABLES)),
        14 => format!(
            "--{}={}",
            draw.one(&[
                "own-name",
                "talk-name",
                "no-talk-name",
                "system-talk-name",
                "system-own-name"
            ]),
            draw.one(NAMES)
        ),
        _ => format!(
            "--{}=sub.key={}",
            draw.one(&["add-policy", "remove-policy"]),
            draw.one(&["a", "c"])
        ),
    });
    if draw.once_in(3) {
        let more = [
            "--sandbox",
            "--devel",
            "--die-with-parent",
            "--cwd=/app/share",
            "--cwd=/nowhere",
            "--cwd=CASE/home/shared",
            "--branch=1",
            "--branch=none",
            "--arch=none",
            "--runtime=org.aril.test.Platform//1",
            "--runtime-version=1",
            "--runtime-version=none",
            "--runtime=org.none.At",
            "--no-documents-portal",
            "--no-a11y-bus",
            "--nofilesystem=host:reset",
            "--user",
            "--system",
            "--commit=none",
            "--command=no-such-command",
        ];
        options.push(draw.one(&more).to_owned());
    }
    // A sub-sandbox of ours keeps nothing at all.
    if options.iter().any(|option| option == "--sandbox") {
        options.retain(|option| !option.starts_with("--persist"));
    }
    options
}

/// What the session has, and with which values.
const SESSION: &[(&str, &[&str])] = &[
    (
        "DISPLAY",
        &["", ":0", ":0.1", "host:1", "CASE/x:0", "odd", ":x"],
    ),
    ("XAUTHORITY", &["CASE/xauthority", "/nowhere", ""]),
    ("WAYLAND_DISPLAY", &["wayland-0", "wayland-7", "wayland-1"]),
    (
        "PULSE_SERVER",
        &[
            "",
            "CASE/run/pulse/native",
            "unix:CASE/run/pulse/native",
            "tcp:host",
            "{x}unix:CASE/run/pulse/native",
        ],
    ),
    (
        "SSH_AUTH_SOCK",
        &["", "CASE/run/agent", "CASE/run/none", "agent"],
    ),
    ("PCSCLITE_CSOCK_NAME", &["", "CASE/run/pcscd", "/nowhere"]),
    (
        "CUPS_SERVER",
        &["", "CASE/run/cups", "host:631", "/nowhere"],
    ),
    (
        "XDG_CONFIG_HOME",
        &["CASE/home/.config", "CASE/elsewhere", ""],
    ),
    (
        "XDG_DATA_HOME",
        &["CASE/home/.local/share", "CASE/elsewhere", ""],
    ),
    ("XDG_CACHE_HOME", &["CASE/home/.cache", ""]),
    ("XDG_STATE_HOME", &["CASE/state", ""]),
    ("TZ", &["UTC", ":UTC", "none"]),
    ("LANG", &["C.UTF-8", "de_DE.UTF-8"]),
    ("LD_LIBRARY_PATH", &["/x"]),
    ("TMPDIR", &["/x"]),
    ("GDK_BACKEND", &["x11"]),
    ("PS1", &["$ "]),
    ("PYTHONPATH", &["/x"]),
    ("container", &["x"]),
    ("SHELL", &["/bin/zsh"]),
    ("PWD", &["/x"]),
    ("EMPTY", &[""]),
    ("XDG_CURRENT_DESKTOP", &["test", "x:TEST", "GNOME"]),
    ("FLATPAK_GL_DRIVERS", &["One:Two", "", "default"]),
    ("GSETTINGS_BACKEND", &["memory"]),
];

fn environment(draw: &mut Draw) -> Vec<(String, String)> {
    let mut environment = Vec::new();
    for (name, values) in SESSION {
        if draw.once_in(4) {
            environment.push(((*name).to_owned(), draw.one(values).to_owned()));
        }
    }
    environment
}

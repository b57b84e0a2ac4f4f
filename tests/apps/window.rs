//! A GTK program in a window, seen in a screenshot.

use crate::case::{Case, Runner};
use crate::fixture::{WINDOW, desktop, is_installed};
use aril_tests::run::Running;
use aril_tests::skip::skip;
use aril_tests::{Bwrap, wait};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A display in memory, which wants a cookie of its clients.
struct Display {
    _server: Running,
    number: String,
    /// The clients' Xauthority file.
    authority: PathBuf,
}

const COOKIE: &str = "00112233445566778899aabbccddeeff";

impl Display {
    fn start(place: &Path) -> Self {
        let authority = place.join("Xauthority");
        let servers = place.join("servers-Xauthority");
        cookie(&servers, ":0");
        let options = [
            "-screen",
            "0",
            "800x500x24",
            "-nolisten",
            "tcp",
            "-displayfd",
            "1",
        ];
        let server = Bwrap::of("Xvfb").args(options);
        let mut server = server.args(["-auth"]).args([&servers]).spawn();
        server.says("\n");
        let number = server.stdout().trim().to_owned();
        cookie(&authority, &format!(":{number}"));
        Self {
            _server: server,
            number,
            authority,
        }
    }

    fn client(&self, command: Bwrap) -> Bwrap {
        command
            .env("DISPLAY", &format!(":{}", self.number))
            .env("XAUTHORITY", self.authority.to_str().expect("text"))
    }

    /// Takes a picture; how many colours it has.
    fn picture(&self, path: &Path) -> u32 {
        let import = self.client(Bwrap::of("import")).args(["-window", "root"]);
        import.args([path]).finish().success();
        let identify = Bwrap::of("identify").args(["-format", "%k"]).args([path]);
        let colours = identify.finish().success().stdout;
        colours.trim().parse().expect("a number of colours")
    }
}

fn cookie(file: &Path, display: &str) {
    let xauth = Bwrap::of("xauth").args(["-f"]).args([file]);
    xauth.args(["add", display, ".", COOKIE]).finish().success();
}

/// Where reports of tests are kept: `ARIL_REPORT`, else beside what cargo built, else /tmp.
fn report() -> PathBuf {
    let given = std::env::var_os("ARIL_REPORT").map(PathBuf::from);
    let exe = std::env::current_exe().expect("the test's path");
    let beside = exe.ancestors().nth(3).expect("target").join("report");
    let path = given.unwrap_or(beside);
    match fs::create_dir_all(&path) {
        Ok(()) => path,
        Err(_) => std::env::temp_dir(),
    }
}

#[test]
fn a_window_is_drawn() {
    aril_tests::skip::report("a_window_is_drawn", || {
        for needed in ["Xvfb", "xauth", "import", "identify"] {
            if !is_installed(needed) {
                skip(format!("{needed} is not installed"));
            }
        }
        let case = Case::of(desktop());
        let display = Display::start(case.place());
        let user = if aril_tests::is_root() {
            "root"
        } else {
            "user"
        };
        let path = report().join(format!("window-{user}.png"));
        let blank = display.picture(&path);
        assert_eq!(blank, 1, "the control: nothing is drawn yet");
        let words = [WINDOW, "/app/share/window.py"];
        let start = display.client(case.run(Runner::Aril, &words));
        let mut running = start.stdin(Stdio::piped()).spawn();
        running.says("mapped");
        wait::until("the window is on the screen", || {
            display.picture(&path) > 100
        });
        eprintln!("a screenshot: {}", path.display());
        running.close_stdin();
        let done = running.wait().success();
        assert!(!done.stderr.contains("cannot open display"), "{done:?}");
        // Without the permission there is no display.
        let words = ["--nosocket=x11", WINDOW, "/app/share/window.py"];
        let done = display.client(case.run(Runner::Aril, &words)).finish();
        assert!(!done.status.success(), "{done:?}");
    });
}

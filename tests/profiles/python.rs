//! `python`: a virtual environment, a package from a file, and its tests.

use crate::place::{KEY, Place, read};
use crate::program;
use aril_tests::skip;
use std::path::Path;

/// A wheel is an archive with three files about itself.
const MAKE_WHEEL: &str = r#"
import zipfile
info = "seed-1.0.dist-info"
with zipfile.ZipFile("seed-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("seed/__init__.py", "def grow(n):\n    return n * 2\n")
    wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\nName: seed\nVersion: 1.0\n")
    wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(info + "/RECORD", "")
"#;

const TESTS: &str = "\
import os, pathlib, unittest, seed
class Test(unittest.TestCase):
    def test_grow(self):
        self.assertEqual(seed.grow(21), 42)
    def test_write(self):
        pathlib.Path('report').write_text(seed.__file__)
";

/// What a package does that was not what it seemed.
const STEAL: &str = "\
import os, pathlib
home = pathlib.Path.home()
try: print((home / '.ssh/id_ed25519').read_text())
except OSError as error: print(error.strerror)
home.joinpath('.bashrc').write_text('evil')
";

#[test]
fn a_package_is_installed_into_a_virtual_environment_and_tested() {
    skip::report("python", || {
        program("python3");
        let place = Place::new();
        let profile = ["--profile", "python"];
        Place::write(&place.project("test_seed.py"), TESTS);
        place.outside(&["python3", "-c", MAKE_WHEEL]).succeeded();
        place
            .inside(&profile, &["python3", "-m", "venv", ".venv"])
            .succeeded();
        let pip = [
            ".venv/bin/pip",
            "install",
            "--no-index",
            "./seed-1.0-py3-none-any.whl",
        ];
        let installed = place.inside(&profile, &pip).succeeded();
        assert!(
            installed.contains("Successfully installed seed-1.0"),
            "{installed}"
        );
        place
            .inside(&profile, &[".venv/bin/python", "-m", "unittest"])
            .succeeded();
        let module = read(&place.project("report"));
        assert!(module.starts_with(&place.project(".venv/lib")), "{module}");

        let words = [".venv/bin/python", "-c", STEAL];
        let stolen = place.inside(&profile, &words).succeeded();
        assert_eq!(stolen, "No such file or directory\n");
        assert!(!Path::new(&place.home(".bashrc")).exists());
        // An editor runs the interpreter that the file names, so it cannot be changed any more.
        let home = ["sh", "-c", "echo 'home = /tmp/evil' >> .venv/pyvenv.cfg"];
        place.inside(&profile, &home).failed();
        assert!(place.outside(&words).succeeded().contains(KEY), "control");
        assert!(Path::new(&place.home(".bashrc")).exists(), "control");
        place.outside(&home).succeeded();
    });
}

//! The units of this machine's packages, translated; and a profile that was translated is used.

use crate::place::{Place, read};
use aril_tests::skip;
use std::fs;
use std::path::Path;

#[test]
fn the_units_of_installed_packages_become_profiles() {
    skip::report("systemd", || {
        let place = Place::new();
        let units = fs::read_dir("/usr/lib/systemd/system")
            .into_iter()
            .flatten();
        let units = units.map(|entry| entry.expect("an entry").path());
        // A link to nowhere is a unit that is masked.
        let is_service =
            |path: &Path| path.extension().is_some_and(|end| end == "service") && path.is_file();
        let units: Vec<_> = units.filter(|path| is_service(path)).collect();
        if units.is_empty() {
            skip::skip("no package has a unit");
        }
        for unit in &units {
            let unit = unit.to_str().expect("a path that is text");
            let text = place.aril(&["profile", "from-systemd", unit]).succeeded();
            Place::write(&place.project("translated.toml"), &text);
            let words = ["profile", "check", "./translated.toml"];
            assert!(place.aril(&words).succeeded().contains("good"), "{unit}");
        }
    });
}

#[test]
fn a_translated_profile_gives_what_the_unit_names() {
    let place = Place::new();
    let (state, secret) = (place.home("state"), place.home("state/secret"));
    Place::write(&secret, "hidden");
    let unit = format!(
        "[Service]\nReadWritePaths={state}\nInaccessiblePaths={secret}\nPrivateNetwork=yes\n\
         Environment=\"GREETING=a b\"\nMemoryDenyWriteExecute=yes\nLimitNOFILE=64\n"
    );
    Place::write(&place.project("seed.service"), &unit);
    let translated = place.aril(&["profile", "from-systemd", "./seed.service"]);
    let told = "no equivalent: ./seed.service:6 MemoryDenyWriteExecute=yes";
    assert!(
        translated.stderr().contains(told),
        "{}",
        translated.stderr()
    );
    let profile = place.home("seed.toml");
    Place::write(&profile, &translated.succeeded());

    let work = "echo \"$GREETING $(ulimit -n)\" > \"$1/out\"; cat \"$1/secret\"; ls; true";
    let words = ["sh", "-c", work, "sh", &state];
    let seen = place.inside(&["--profile", &profile], &words).stdout();
    assert_eq!(
        seen, "state\n",
        "the home directory has nothing but what the unit names"
    );
    assert_eq!(read(&place.home("state/out")), "a b 64\n");
    let control = place.outside(&words).stdout();
    assert!(control.contains("hidden") && control.contains("seed.service"));
}

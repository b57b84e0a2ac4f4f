//! `gcc-make`: a C project with a library, a test and an installation into a directory.

use crate::place::Place;
use crate::program;
use aril_tests::skip;
use std::path::Path;

const MAKEFILE: &str = "\
CFLAGS = -O1 -Wall -MMD
all: sum
sum: main.o add.o
\t$(CC) -o $@ $^
check: sum
\ttest \"$$(./sum 2 3)\" = 5
install: all
\tinstall -D -m 755 sum $(DESTDIR)$(PREFIX)/bin/sum
.PHONY: all check install
";

#[test]
fn a_c_project_is_made_tested_and_installed_into_a_directory() {
    skip::report("gcc-make", || {
        let (_, _) = (program("make"), program("gcc"));
        let place = Place::new();
        Place::write(&place.project("Makefile"), MAKEFILE);
        Place::write(&place.project("add.h"), "int add(int, int);\n");
        let add = "#include \"add.h\"\nint add(int a, int b) { return a + b; }\n";
        Place::write(&place.project("add.c"), add);
        let main = "#include <stdio.h>\n#include <stdlib.h>\n#include \"add.h\"\n\
            int main(int n, char **v) { printf(\"%d\\n\", add(atoi(v[1]), atoi(v[n - 1]))); }\n";
        Place::write(&place.project("main.c"), main);
        let destination = format!("DESTDIR={}", place.project("stage"));
        let profile = ["--profile", "gcc-make"];
        let words = [
            "make",
            "-j2",
            "check",
            "install",
            &destination,
            "PREFIX=/usr",
        ];
        place.inside(&profile, &words).succeeded();
        let installed = place.project("stage/usr/bin/sum");
        assert_eq!(place.outside(&[&installed, "20", "22"]).succeeded(), "42\n");

        // The compiler reads what it is pointed at, and puts it into its messages.
        let include = format!("#include \"{}\"\n", place.home(".ssh/id_ed25519"));
        Place::write(&place.project("spy.c"), &include);
        let words = ["gcc", "-c", "spy.c"];
        let refused = place.inside(&profile, &words).failed();
        assert!(refused.contains("No such file"), "{refused}");
        let control = place.outside(&words).failed();
        assert!(control.contains("private key"), "control: {control}");
        // Without DESTDIR it goes to the system, which is read-only.
        let words = ["make", "install", &format!("PREFIX={}", "/usr/local")];
        place.inside(&profile, &words).failed();
        assert!(!Path::new("/usr/local/bin/sum").exists());
        let writable = format!("PREFIX={}", place.home("usr"));
        place.outside(&["make", "install", &writable]).succeeded();
    });
}

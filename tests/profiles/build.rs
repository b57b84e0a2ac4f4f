//! `build`: a script that configures, and make.

use crate::place::{Place, read};
use crate::program;
use aril_tests::skip;

/// As generated ones do: it tries the compiler, and writes a makefile.
const CONFIGURE: &str = r#"#!/bin/sh
set -e
work=$(mktemp -d)
echo 'int main(void) { return 0; }' > "$work/conftest.c"
${CC:-cc} -o "$work/conftest" "$work/conftest.c" && "$work/conftest"
rm -r "$work"
cat > Makefile <<END
all: hello
hello: hello.c
	${CC:-cc} ${CFLAGS} -o hello hello.c
END
echo "configured with CC=${CC:-cc} CFLAGS=${CFLAGS} TOKEN=${TOKEN:-none}" > config.log
"#;

#[test]
fn a_project_is_configured_and_made() {
    skip::report("build", || {
        let (make, _) = (program("make"), program("gcc"));
        let mut place = Place::new();
        Place::script(&place.project("configure"), CONFIGURE);
        let hello = "#include <stdio.h>\nint main(void) { puts(GREETING); return 0; }\n";
        Place::write(&place.project("hello.c"), hello);
        place.set("CC", "gcc");
        place.set("CFLAGS", r#"-O1 -DGREETING=\"hello\""#);
        place.set("TOKEN", "secret");
        let words = ["sh", "-c", "./configure && make"];
        place.inside(&["--profile", "build"], &words).succeeded();
        let log = read(&place.project("config.log"));
        assert!(log.contains("CC=gcc CFLAGS=-O1"), "{log}");
        assert!(
            log.contains("TOKEN=none"),
            "a token is no build variable: {log}"
        );
        assert_eq!(place.outside(&["./hello"]).succeeded(), "hello\n");

        // A makefile that installs into the user's home, where a login would run it.
        let install = "install:\n\tmkdir -p \"$(HOME)/bin\"\n\tcp hello \"$(HOME)/bin/ls\"\n";
        Place::write(&place.project("install.mk"), install);
        let words = [make.to_str().expect("text"), "-f", "install.mk"];
        place.inside(&["--profile", "build"], &words).succeeded();
        let planted = place.home("bin/ls");
        assert!(!std::path::Path::new(&planted).exists());
        place.outside(&words).succeeded();
        assert!(std::path::Path::new(&planted).exists(), "control");
    });
}

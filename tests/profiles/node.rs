//! `node`: a script with a module, and an installation from a directory where npm is there.
//!
//! Debian's npm brings hundreds of packages, so that the tests ask only for Node.js itself.

use crate::place::{KEY, Place, read};
use crate::program;
use aril_tests::skip;
use std::path::Path;

const MANIFEST: &str = r#"{"name":"fruit","version":"1.0.0","dependencies":{"seed":"file:./seed"},
"scripts":{"build":"node build.js"}}"#;

const BUILD: &str = "\
const seed = require('seed');
require('fs').mkdirSync('dist');
require('fs').writeFileSync('dist/out.json', JSON.stringify({ grown: seed(21) }));
";

/// What a module does that was not what it seemed; `~/.npmrc` has the token that publishes.
const STEAL: &str = "\
const fs = require('fs'), home = process.env.HOME;
for (const name of ['.npmrc', '.ssh/id_ed25519'])
    try { console.log(fs.readFileSync(home + '/' + name, 'utf8')); } catch (e) { console.log(e.code); }
const server = require('net').connect(Number(process.argv[1]), '127.0.0.1');
server.on('connect', () => { console.log('connected'); server.destroy(); });
server.on('error', e => console.log(e.code));
";

#[test]
fn a_script_runs_with_its_module_and_reads_no_token() {
    skip::report("a_script_runs_with_its_module_and_reads_no_token", || {
        program("node");
        let place = project();
        let profile = ["--profile", "node"];
        Place::write(&place.project("node_modules/seed/index.js"), SEED);
        place.inside(&profile, &["node", "build.js"]).succeeded();
        assert_eq!(read(&place.project("dist/out.json")), r#"{"grown":42}"#);

        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("listen");
        let port = listener
            .local_addr()
            .expect("an address")
            .port()
            .to_string();
        let words = ["node", "-e", STEAL, &port];
        let stolen = place.inside(&profile, &words).succeeded();
        assert_eq!(stolen, "ENOENT\nENOENT\nECONNREFUSED\n");
        let control = place.outside(&words).succeeded();
        assert_eq!(
            control,
            format!("//registry/:_authToken=t\n{KEY}\nconnected\n")
        );
    });
}

#[test]
fn npm_installs_from_a_directory_and_runs_a_script() {
    skip::report("npm_installs_from_a_directory_and_runs_a_script", || {
        program("npm");
        let place = project();
        let profile = ["--profile", "node"];
        Place::write(&place.project("seed/index.js"), SEED);
        let manifest = r#"{"name":"seed","version":"1.0.0"}"#;
        Place::write(&place.project("seed/package.json"), manifest);
        let words = ["npm", "install", "--offline", "--no-audit", "--no-fund"];
        place.inside(&profile, &words).succeeded();
        place.inside(&profile, &["npm", "run", "build"]).succeeded();
        assert_eq!(read(&place.project("dist/out.json")), r#"{"grown":42}"#);
        assert!(Path::new(&place.project("package-lock.json")).exists());
        assert!(
            !Path::new(&place.home(".npm")).exists(),
            "the cache is the sandbox's own"
        );
    });
}

const SEED: &str = "module.exports = n => n * 2;\n";

fn project() -> Place {
    let place = Place::new();
    Place::write(&place.home(".npmrc"), "//registry/:_authToken=t");
    Place::write(&place.project("package.json"), MANIFEST);
    Place::write(&place.project("build.js"), BUILD);
    place
}

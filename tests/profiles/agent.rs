//! `agent`: a script that does what a coding agent does.

use crate::place::{KEY, Place, read};
use crate::program;
use aril_tests::skip;
use std::path::Path;

/// Edits, tests, commits; notes something for the next time.
const WORK: &str = r#"
set -e
sed -i 's/helo/hello/' greet.sh
test "$(sh greet.sh)" = hello
git add greet.sh
git commit -q -m "Spell the greeting"
echo "tests: sh greet.sh" >> "$HOME/memory"
"#;

/// What an agent does that was told to by a file it read; each line that succeeds says so.
const ATTACK: &str = r#"
cat "$HOME/.ssh/id_ed25519" 2>/dev/null && echo read-key
(echo 'echo pwned' > .git/hooks/post-commit) 2>/dev/null && echo planted-hook
git config core.fsmonitor 'touch /tmp/pwned' 2>/dev/null && echo planted-config
(mkdir -p .vscode && echo '{}' > .vscode/tasks.json) 2>/dev/null && echo planted-task
true
"#;

#[test]
fn an_agent_edits_and_commits_and_plants_nothing() {
    skip::report("an_agent_edits_and_commits_and_plants_nothing", || {
        program("git");
        let place = repository();
        let profile = ["--profile", "agent"];
        place.inside(&profile, &["sh", "-c", WORK]).succeeded();
        let log = place
            .outside(&["git", "log", "--format=%an: %s", "-1"])
            .succeeded();
        assert_eq!(log, "Seed: Spell the greeting\n");
        assert_eq!(read(&place.project("greet.sh")), "echo hello\n");
        // Its home is its own, and kept.
        place
            .inside(&profile, &["grep", "-q", "tests:", &place.home("memory")])
            .succeeded();
        assert!(!Path::new(&place.home("memory")).exists());

        let words = ["sh", "-c", ATTACK];
        place.inside(&profile, &words);
        assert!(!Path::new(&place.project(".git/hooks/post-commit")).exists());
        assert!(!read(&place.project(".git/config")).contains("fsmonitor"));
        assert!(!Path::new(&place.project(".vscode")).exists());
        let stolen = place.inside(&profile, &words).stdout();
        for done in [KEY, "read-key", "planted-hook", "planted-config"] {
            assert!(!stolen.contains(done), "{stolen}");
        }
        let control = place.outside(&words).succeeded();
        for done in [KEY, "planted-hook", "planted-config", "planted-task"] {
            assert!(control.contains(done), "control: {control}");
        }
    });
}

#[test]
fn an_agent_reaches_the_network_that_it_is_granted() {
    skip::report("an_agent_reaches_the_network_that_it_is_granted", || {
        program("perl");
        let place = repository();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("listen");
        let address = listener.local_addr().expect("an address").to_string();
        let connect = "use IO::Socket; exit(IO::Socket::INET->new($ARGV[0]) ? 0 : 1)";
        let words = ["perl", "-e", connect, &address];
        place.inside(&["--profile", "agent"], &words).succeeded();
        place
            .inside(&["--profile", "agent", "--net", "none"], &words)
            .failed();
    });
}

fn repository() -> Place {
    let place = Place::new();
    let identity = "[user]\n\tname = Seed\n\temail = seed@example.org\n";
    Place::write(&place.home(".gitconfig"), identity);
    Place::write(&place.project("greet.sh"), "echo helo\n");
    let begin = "git init -q && git add greet.sh && git commit -q -m Begin";
    place.outside(&["sh", "-c", begin]).succeeded();
    place
}

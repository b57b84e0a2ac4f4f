//! Runs inside a sandbox and prints what it sees as JSON; with `--tree` also the files from the root on.

#![forbid(unsafe_code)]

use aril_tests::{Facts, tree};

fn main() -> serde_json::Result<()> {
    let mut facts = Facts::gather();
    if facts.argv.get(1).is_some_and(|word| word == "--tree") {
        facts.tree = tree::lines("/".as_ref(), &["/usr"]);
    }
    serde_json::to_writer(std::io::stdout(), &facts)
}

//! Runs inside a sandbox and prints what it sees as JSON.

#![forbid(unsafe_code)]

fn main() -> serde_json::Result<()> {
    serde_json::to_writer(std::io::stdout(), &aril_tests::Facts::gather())
}

# Shortcuts; `just --list` shows them.

# Build the programs, optimised.
build:
    cargo build --release

# Everything that a change must pass.
ci:
    .ci/run

# All tests, as an ordinary user and as root.
test *NAME:
    ./test {{NAME}}

# The table of docs/performance.md, measured here.
bench *ARGS:
    cargo build --release -p aril-bwrap
    cargo run --release -p aril-benches -- {{ARGS}}

# The man page and the completions of bwrap, into target/generated.
generate:
    cargo build --release -p aril-bwrap
    mkdir -p target/generated
    target/release/bwrap --aril-generate man > target/generated/bwrap.1
    target/release/bwrap --aril-generate bash > target/generated/bwrap.bash
    target/release/bwrap --aril-generate zsh > target/generated/_bwrap
    target/release/bwrap --aril-generate fish > target/generated/bwrap.fish

# Licences and advisories of dependencies (needs cargo-deny).
deny:
    cargo deny check

//! One test, two programs: what the `bwrap` command is, as its users depend on it.
//!
//! Run against the original with `UNDER_TEST=/usr/bin/bwrap`, against ours without. Each module
//! tests one option or one rule. Known differences are rows of [`differences`]: a listed test must
//! fail, so that the table can neither rot nor hide a repair.
//!
//! Each run is in one role. Build once with `cargo test -p aril-tests --test compliance --no-run`,
//! then start the printed program as an ordinary user and as root (for instance with
//! `setpriv --reuid=1000 --regid=1000 --clear-groups`). The target directory must be readable for
//! that user. [`clients`] compares with the original at `ORIGINAL`, else `/usr/bin/bwrap`.

#![forbid(unsafe_code)]

mod args;
mod argv0;
mod bad_input;
mod bind_fd;
mod binds;
mod block_fd;
mod both;
mod caps;
mod chdir;
mod chmod;
mod clients;
mod data;
mod dev;
mod differences;
mod dir;
mod disable_userns;
mod environment;
mod exits;
mod hostname;
mod ids;
mod joining;
mod judge;
mod level_prefix;
mod limits;
mod lock_file;
mod mqueue;
mod order;
mod overlay;
mod parser;
mod proc;
mod propagation;
mod random;
mod remount_ro;
mod roots;
mod seccomp;
mod sessions;
mod status_fds;
mod surroundings;
mod symlink;
mod sync_fd;
mod targets;
mod texts;
mod tmpfs;
mod unshare;
mod warnings;

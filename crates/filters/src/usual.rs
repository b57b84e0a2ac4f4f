/// The words of the usual rule sets: what applications get, and what commands get, without and with a
/// process group that is shared with the host.
const USUAL: [&str; 3] = [
    "default",
    "default,+suid",
    "default,+suid,+group_signals",
];

//! Profiles that come with the program.

/// Names and texts, in the order in which they are listed.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("default", include_str!("../profiles/default.toml")),
    ("untrusted", include_str!("../profiles/untrusted.toml")),
    ("build", include_str!("../profiles/build.toml")),
    ("gcc-make", include_str!("../profiles/gcc-make.toml")),
    ("cargo", include_str!("../profiles/cargo.toml")),
    ("python", include_str!("../profiles/python.toml")),
    ("node", include_str!("../profiles/node.toml")),
    ("agent", include_str!("../profiles/agent.toml")),
    ("convert", include_str!("../profiles/convert.toml")),
    ("browser", include_str!("../profiles/browser.toml")),
];

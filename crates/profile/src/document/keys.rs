//! The keys of a profile: the options of `aril exec` without their dashes.

/// What a key's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Word,
    /// A string, or a list of strings.
    Words,
    /// `true` or `false`.
    Flag,
    /// A table of strings and numbers: `{ memory = "2G", pids = 200 }`.
    Limits,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// What it asks for.
    pub about: &'static str,
}

const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// Every key that asks for something. `description`, `include` and `when` come on top.
pub const KEYS: &[Key] = &[
    key("cwd", Shape::Word, "the current directory: rw, ro or hide"),
    key("ro", Shape::Words, "paths that can be read"),
    key("rw", Shape::Words, "paths that can be read and written"),
    key("hide", Shape::Words, "paths that are hidden"),
    key(
        "tmp",
        Shape::Words,
        "empty directories, gone with the sandbox",
    ),
    key(
        "home",
        Shape::Word,
        "the home directory: none, private=NAME or a directory",
    ),
    key(
        "allow-host-executed",
        Shape::Flag,
        "files that the host runs later can be written",
    ),
    key(
        "env",
        Shape::Words,
        "variables: NAME=VALUE, or NAME for the host's value",
    ),
    key("workdir", Shape::Word, "where the command starts"),
    key(
        "user",
        Shape::Word,
        "who it is inside: root, UID or UID:GID",
    ),
    key("new-session", Shape::Flag, "no controlling terminal"),
    key("net", Shape::Word, "the network: none or host"),
    key("display", Shape::Words, "windows: wayland or x11"),
    key(
        "dbus-talk",
        Shape::Words,
        "names on the session bus that can be talked to; NAME.* is NAME and all below it",
    ),
    key("device", Shape::Words, "devices: dri, kvm or fuse"),
    key(
        "seccomp",
        Shape::Words,
        "rules for system calls: a set, +group, -group",
    ),
    key(
        "limit",
        Shape::Limits,
        "limits: memory, pids, cpu, files, file-size, core-size",
    ),
    key("timeout", Shape::Word, "the most time: 30s, 10m"),
    key("report", Shape::Flag, "denials are told at the end"),
];

//! Which files the host runs later though nobody asks it to run the project.
//!
//! The line that is drawn: protected is what runs because somebody *enters, opens or looks at* a
//! directory, or commits in it: a prompt that asks git for the branch, an editor that opens the
//! folder, a shell that starts, an agent that reads its settings. Not protected is what runs because
//! somebody builds or runs the project (`Makefile`, `package.json`, `build.rs`, `conftest.py`, programs
//! of a virtual environment): that is the very work that the sandbox is there for, and it should be
//! run in a sandbox too.

/// A name at the top of a directory that can be written, and why it is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// A relative path.
    pub name: &'static str,
    /// What runs it.
    pub why: &'static str,
    /// Whether it may appear where it is missing: making a virtual environment is work.
    pub may_appear: bool,
    /// Whether it is protected in directories below as well: it runs when one of them is entered, or by a
    /// call of git above it.
    pub is_deep: bool,
}

const fn row(name: &'static str, why: &'static str) -> Row {
    let (may_appear, is_deep) = (false, false);
    Row {
        name,
        why,
        may_appear,
        is_deep,
    }
}

const fn deep(name: &'static str, why: &'static str) -> Row {
    let is_deep = true;
    Row {
        is_deep,
        ..row(name, why)
    }
}

const fn existing(name: &'static str, why: &'static str) -> Row {
    let may_appear = true;
    Row {
        may_appear,
        ..row(name, why)
    }
}

const GIT: &str =
    "git runs programs that its configuration and hooks name, also to tell a prompt the branch";
const SHELL: &str = "a shell runs it when it starts";
const EDITOR: &str = "an editor runs what it names when the folder is opened";
const ENTER: &str = "a shell extension runs it when the directory is entered";
const AGENT: &str = "a coding agent runs hooks and servers that it names";
const COMMIT: &str = "git hooks run what it names at the next commit";
const SESSION: &str = "the desktop session runs it at the next login";

/// The table. Names that exist are mounted read-only on themselves; of names that do not exist the
/// appearance is watched for.
pub const ROWS: &[Row] = &[
    deep(".git", GIT),
    deep(
        "HEAD",
        "with objects and refs beside it git takes the directory for a bare repository, and reads its config",
    ),
    row(".gitconfig", GIT),
    row(".config/git", GIT),
    deep(
        ".hg/hgrc",
        "Mercurial runs hooks and extensions that it names",
    ),
    deep(
        ".jj/repo/config.toml",
        "Jujutsu runs programs that it names",
    ),
    row(".husky", COMMIT),
    row(".pre-commit-config.yaml", COMMIT),
    row("lefthook.yml", COMMIT),
    row(".lefthook.yml", COMMIT),
    row(".vscode", EDITOR),
    row(".idea", EDITOR),
    row(".zed", EDITOR),
    row(".helix", EDITOR),
    row(".vim", EDITOR),
    row(".vimrc", EDITOR),
    row(".exrc", EDITOR),
    row(".nvimrc", EDITOR),
    row(".nvim.lua", EDITOR),
    row(".lvimrc", EDITOR),
    row(".emacs", EDITOR),
    row(".emacs.d", EDITOR),
    row(".dir-locals.el", EDITOR),
    row(".dir-locals-2.el", EDITOR),
    row(".devcontainer", EDITOR),
    row(".devcontainer.json", EDITOR),
    row(".externalToolBuilders", EDITOR),
    row(
        "pyvenv.cfg",
        "editors run the interpreter of a virtual environment that they find",
    ),
    existing(
        ".venv/pyvenv.cfg",
        "it names the interpreter that editors run",
    ),
    existing(
        "venv/pyvenv.cfg",
        "it names the interpreter that editors run",
    ),
    deep(".envrc", ENTER),
    row(".direnv", ENTER),
    deep(".autoenv.zsh", ENTER),
    deep("mise.toml", ENTER),
    deep(".mise.toml", ENTER),
    deep(".mise", ENTER),
    deep(".rvmrc", ENTER),
    row(".claude", AGENT),
    row(".cursor", AGENT),
    row(".codex", AGENT),
    row(".gemini", AGENT),
    row(".windsurf", AGENT),
    row(".opencode", AGENT),
    row("opencode.json", AGENT),
    row(".continue", AGENT),
    row(".kiro", AGENT),
    row(".roo", AGENT),
    row(".amazonq", AGENT),
    row(".aider.conf.yml", AGENT),
    row(".mcp.json", AGENT),
    row(".gdbinit", "a debugger runs it when it starts here"),
    row(".lldbinit", "a debugger runs it when it starts here"),
    row(".Rprofile", "R runs it when it starts here"),
    row(
        ".yarnrc.yml",
        "it names the program that every call of yarn runs",
    ),
    row("aril.toml", "it narrows what the next sandbox here may do"),
    row(".bashrc", SHELL),
    row(".bash_profile", SHELL),
    row(".bash_login", SHELL),
    row(".bash_logout", SHELL),
    row(".bash_aliases", SHELL),
    row(".profile", SHELL),
    row(".zshrc", SHELL),
    row(".zshenv", SHELL),
    row(".zprofile", SHELL),
    row(".zlogin", SHELL),
    row(".zlogout", SHELL),
    row(".kshrc", SHELL),
    row(".mkshrc", SHELL),
    row(".cshrc", SHELL),
    row(".tcshrc", SHELL),
    row(".login", SHELL),
    row(".inputrc", SHELL),
    row(".config/fish", SHELL),
    row(".config/nvim", EDITOR),
    row(".config/tmux", SHELL),
    row(".pam_environment", SESSION),
    row(".xinitrc", SESSION),
    row(".xprofile", SESSION),
    row(".xsession", SESSION),
    row(".xsessionrc", SESSION),
    row(".config/autostart", SESSION),
    row(".config/environment.d", SESSION),
    row(".config/systemd", SESSION),
    row(".config/plasma-workspace", SESSION),
    row(".local/share/systemd", SESSION),
    row(".local/share/dbus-1", SESSION),
    row(".config/aril", "it holds the user's own profiles"),
    row(
        ".ssh",
        "ssh runs what its configuration names, and lets in who is listed",
    ),
    row(".tmux.conf", SHELL),
];

/// What of a git directory names programs: its configuration and its hooks, and the files that make git
/// look for them elsewhere.
pub(crate) const OF_GIT_DIR: [&str; 4] = ["config", "config.worktree", "hooks", "commondir"];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_name_once_and_inside() {
        let names: BTreeSet<_> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ROWS.len());
        for name in names {
            assert!(!name.starts_with('/') && !name.contains(".."), "{name}");
        }
    }
}

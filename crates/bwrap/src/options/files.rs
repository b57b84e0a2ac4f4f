//! Filesystems, directories and files that are made for the sandbox.

use super::{Taken, option, two, used_mode};
use crate::draft::Draft;
use crate::error::ParseError;
use crate::numbers;
use crate::table::{DEST, FD, Kind, Row, value};
use aril_sandbox::spec::{Access, Data, Entry, Node, ProcSource};
use std::ffi::OsString;

pub(crate) const ROWS: &[Row] = &[
    option(
        "--proc",
        &[DEST],
        "Mount a process filesystem at DEST",
        |draft, _, values| push(draft, values, Node::Proc(ProcSource::New)),
    )
    .more(
        "With a pid namespace of its own the sandbox sees its own processes there; otherwise it is \
         the host's.",
    ),
    option(
        "--dev",
        &[DEST],
        "Make a minimal /dev at DEST",
        |draft, _, values| push(draft, values, Node::Dev),
    ),
    option(
        "--tmpfs",
        &[DEST],
        "Mount an empty tmpfs at DEST",
        take_tmpfs,
    ),
    option(
        "--mqueue",
        &[DEST],
        "Mount the filesystem of message queues at DEST",
        |draft, _, values| push(draft, values, Node::Mqueue),
    )
    .more("An ordinary user needs --unshare-ipc for it."),
    option("--dir", &[DEST], "Make a directory at DEST", take_dir)
        .more("One that exists stays as it is."),
    option(
        "--file",
        &[FD, DEST],
        "Write what FD gives to a file at DEST",
        take_file,
    )
    .more("Where DEST lies in a bind that can be written, the file is written on the host."),
    option(
        "--bind-data",
        &[FD, DEST],
        "Mount a file with what FD gives at DEST",
        |draft, _, values| take_data(draft, values, Access::ReadWrite),
    ),
    option(
        "--ro-bind-data",
        &[FD, DEST],
        "Mount a file with what FD gives at DEST, to be read only",
        |draft, _, values| take_data(draft, values, Access::ReadOnly),
    ),
    option(
        "--symlink",
        &[value("SRC", Kind::Target), DEST],
        "Make a symlink at DEST that points to SRC",
        take_symlink,
    )
    .more("One that exists and points to SRC is fine."),
    option(
        "--chmod",
        &[value("OCTAL", Kind::Word), DEST],
        "Change the permission bits of what is at DEST",
        take_chmod,
    ),
];

fn push(draft: &mut Draft, values: &[OsString], node: Node) -> Taken {
    draft.push(&values[0], node);
    Ok(())
}

fn take_tmpfs(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let mode = used_mode(draft, 0o755);
    let size = draft.size.take();
    draft.push_with_mode(mode, &values[0], Node::Tmpfs { size, mode });
    Ok(())
}

fn take_dir(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let mode = used_mode(draft, 0o755);
    draft.push_with_mode(mode, &values[0], Node::Directory { mode });
    Ok(())
}

fn take_file(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let (fd, target) = two(values);
    let data = Data::Fd(numbers::fd(fd)?);
    let mode = used_mode(draft, 0o666);
    draft.push_with_mode(mode, target, Node::File { mode, data });
    Ok(())
}

fn take_data(draft: &mut Draft, values: &[OsString], access: Access) -> Taken {
    let (fd, target) = two(values);
    let data = Data::Fd(numbers::fd(fd)?);
    let mode = used_mode(draft, 0o600);
    draft.push_with_mode(mode, target, Node::Data { mode, data, access });
    Ok(())
}

fn take_symlink(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let (to, target) = two(values);
    draft.push(target, Node::Symlink { to: to.clone() });
    Ok(())
}

fn take_chmod(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    let (word, target) = two(values);
    let text = "--chmod takes an octal argument <= 07777";
    let mode = numbers::mode(word).ok_or(ParseError::Rule(text))?;
    draft
        .spec
        .tree
        .push(Entry::new(target, Node::Mode { mode }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry, refused, refused_words, spec};
    use super::*;

    fn made(text: &str, parents: u32, node: Node) {
        assert_eq!(spec(text).tree, [entry("/t", parents, node)], "{text}");
    }

    #[test]
    fn the_process_filesystem_is_the_hosts_without_own_pids() {
        made("--proc /t true", 0o700, Node::Proc(ProcSource::Host));
        for option in ["--unshare-pid", "--unshare-all", "--pidns 7"] {
            let text = format!("--proc /t {option} true");
            made(&text, 0o700, Node::Proc(ProcSource::New));
        }
    }

    #[test]
    fn filesystems() {
        made("--dev /t true", 0o700, Node::Dev);
        made("--mqueue /t true", 0o700, Node::Mqueue);
        let tmpfs = |size, mode| Node::Tmpfs { size, mode };
        made("--tmpfs /t true", 0o755, tmpfs(None, 0o755));
        for text in [
            "--perms 700 --size 0x1000 --tmpfs /t true",
            "--size 4096 --perms 0700 --tmpfs /t true",
        ] {
            made(text, 0o700, tmpfs(Some(4096), 0o700));
        }
    }

    #[test]
    fn directories_and_files() {
        made("--dir /t true", 0o755, Node::Directory { mode: 0o755 });
        made(
            "--perms 1750 --dir /t true",
            0o750,
            Node::Directory { mode: 0o1750 },
        );
        let data = Data::Fd(9);
        let file = |mode| Node::File {
            mode,
            data: data.clone(),
        };
        made("--file 9 /t true", 0o755, file(0o666));
        made("--perms 640 --file 9 /t true", 0o750, file(0o640));
        for (option, access) in [
            ("--bind-data", Access::ReadWrite),
            ("--ro-bind-data", Access::ReadOnly),
        ] {
            let node = |mode| Node::Data {
                mode,
                data: data.clone(),
                access,
            };
            made(&format!("{option} 9 /t true"), 0o700, node(0o600));
            made(
                &format!("--perms 644 {option} 9 /t true"),
                0o755,
                node(0o644),
            );
            refused(&format!("{option} -1 /t true"), "Invalid fd: -1");
        }
        refused("--file x /t true", "Invalid fd: x");
    }

    #[test]
    fn links_and_modes() {
        made(
            "--symlink ../a /t true",
            0o700,
            Node::Symlink { to: "../a".into() },
        );
        refused_words(&["--symlink", "", "/t", "true"], "--symlink: SRC is empty");
        made("--chmod 1777 /t true", 0o755, Node::Mode { mode: 0o1777 });
        for word in ["8", "10000", "0x7"] {
            let text = format!("--chmod {word} /t true");
            refused(&text, "--chmod takes an octal argument <= 07777");
        }
    }
}

//! As whom it is measured: the figures are those of an ordinary user.

use crate::error::{Error, failed};
use crate::job::Job;
use crate::report::Report;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The ids for a user that nobody logs in as.
const NOBODY: u32 = 65534;

/// Somebody to measure as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    name: String,
    uid: u32,
    gid: u32,
    home: String,
}

/// Who it is measured as; none if this process is already an ordinary user's.
pub(crate) fn choose(name: Option<&str>) -> Result<Option<User>, Error> {
    if !rustix::process::geteuid().is_root() {
        return match name {
            Some(name) => Err(Error::new(format!("measure as {name}"), "only root can")),
            None => Ok(None),
        };
    }
    let text = fs::read_to_string("/etc/passwd").map_err(failed("read /etc/passwd"))?;
    let user = match name {
        Some(name) => named(&text, name)?,
        None => first_usable(&text),
    };
    Ok(Some(user))
}

fn named(passwd: &str, name: &str) -> Result<User, Error> {
    let mut users = passwd.lines().filter_map(parse);
    let user = users.find(|(user, _)| user.name == name);
    let (user, _) = user.ok_or_else(|| Error::new(format!("measure as {name}"), "no such user"))?;
    match user.uid {
        0 => Err(Error::new(format!("measure as {name}"), "that is root")),
        _ => Ok(user),
    }
}

/// The ordinary user with the lowest id who can log in.
fn first_usable(passwd: &str) -> User {
    let usable = |(user, shell): (User, &str)| {
        let logs_in = !shell.ends_with("/nologin") && !shell.ends_with("/false");
        (logs_in && user.uid >= 1000 && user.uid != NOBODY).then_some(user)
    };
    let users = passwd.lines().filter_map(parse).filter_map(usable);
    users.min_by_key(|user| user.uid).unwrap_or_else(|| User {
        name: "nobody".into(),
        uid: NOBODY,
        gid: NOBODY,
        home: "/tmp".into(),
    })
}

/// Reads a line of `/etc/passwd`: a user, and their shell.
fn parse(line: &str) -> Option<(User, &str)> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    let home = fields.nth(1)?.to_owned();
    let shell = fields.next()?;
    let user = User {
        name,
        uid,
        gid,
        home,
    };
    Some((user, shell))
}

/// Measures in a second process of this program, which belongs to the user and has no further
/// groups.
pub(crate) fn measure(user: &User, job: &Job) -> Result<Report, Error> {
    let action = || format!("measure as {}", user.name);
    let program = std::env::current_exe().map_err(failed(action()))?;
    let mut command = Command::new(&program);
    command
        .arg("measure")
        .current_dir("/")
        .env("HOME", &user.home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.gid(user.gid).uid(user.uid);
    let mut child = command.spawn().map_err(|why| {
        let hint = format!("{} must be able to reach {}", user.name, program.display());
        Error::new(action(), why).hint(hint)
    })?;
    if let Some(words) = child.stdin.take() {
        serde_json::to_writer(words, job).map_err(failed(action()))?;
    }
    let output = child.wait_with_output().map_err(failed(action()))?;
    if !output.status.success() {
        return Err(Error::new(action(), output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(failed(action()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
builder:x:1002:1003::/home/builder:/bin/sh
service:x:1000:1000::/nonexistent:/usr/sbin/nologin
person:x:1001:100:A person,,,:/home/person:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/bin/sh
";

    #[test]
    fn the_first_who_can_log_in() {
        let user = first_usable(PASSWD);
        assert_eq!(
            (user.name.as_str(), user.uid, user.gid),
            ("person", 1001, 100)
        );
        assert_eq!(
            first_usable("root:x:0:0:root:/root:/bin/bash\n").uid,
            NOBODY
        );
    }

    #[test]
    fn by_name_but_never_root() {
        assert_eq!(named(PASSWD, "daemon").expect("a user").uid, 1);
        let error = named(PASSWD, "ghost").expect_err("nobody");
        assert_eq!(error.to_string(), "measure as ghost: no such user");
        assert!(named(PASSWD, "root").is_err());
    }
}

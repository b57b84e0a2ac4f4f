//! The text of `/.flatpak-info`: by it portals tell who asks, and with which permissions.
//!
//! Format: contract, 1.4. The application must never be able to change this file or what is
//! mounted over it (CVE-2021-41133).

use crate::keyfile::{KeyFile, KeyFileError};
use crate::permissions::{Context, Facts, Form};
use crate::refs::{Arch, Branch, Id, Kind, Ref};
use crate::text::shown_path;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// Where a tree of files comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The directory that is mounted.
    pub path: Option<PathBuf>,
    /// The one that another was mounted instead of.
    pub original_path: Option<PathBuf>,
    /// The commit.
    pub commit: Option<String>,
    /// The extensions, each with its commit.
    pub extensions: Vec<(Id, String)>,
}

/// An instance, as `/.flatpak-info` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Application, or a runtime that is run itself.
    pub kind: Kind,
    /// The name.
    pub id: Id,
    /// The runtime.
    pub runtime: Option<Ref>,
    /// The number of the instance.
    pub instance_id: String,
    /// `~/.var/app/ID`, unless nothing is kept.
    pub instance_path: Option<PathBuf>,
    /// What is on `/app`.
    pub app: Origin,
    /// What is on `/usr`.
    pub usr: Origin,
    /// The branch.
    pub branch: Branch,
    /// The architecture.
    pub arch: Arch,
    /// The version of flatpak that this is compatible with.
    pub flatpak_version: String,
    /// What holds for this run.
    pub flags: Flags,
    /// The permissions that the command line added, as options.
    pub extra_args: Vec<String>,
    /// All layers of permissions together.
    pub permissions: Context,
    /// What its conditions are evaluated by: readers of the text know no conditions.
    pub facts: Facts,
}

/// What holds for a run; each is written only when it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The session bus goes through a proxy.
    pub session_bus_proxy: bool,
    /// The system bus goes through a proxy.
    pub system_bus_proxy: bool,
    /// Everything was dropped: `--sandbox`.
    pub sandbox: bool,
    /// A build.
    pub build: bool,
    /// With the development runtime.
    pub devel: bool,
}

/// Why the text could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InfoError {
    /// A path that is not UTF-8 has no place in a key file.
    Path(PathBuf),
    /// A name has no place in a key file.
    KeyFile(KeyFileError),
}

impl Error for InfoError {}

impl Display for InfoError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => {
                write!(out, "describe instance, on {}: not UTF-8", shown_path(path))
            }
            Self::KeyFile(error) => write!(out, "{error}"),
        }
    }
}

impl From<KeyFileError> for InfoError {
    fn from(error: KeyFileError) -> Self {
        Self::KeyFile(error)
    }
}

const INSTANCE: &str = "Instance";

impl InstanceInfo {
    /// Writes the text.
    pub fn to_key_file(&self) -> Result<KeyFile, InfoError> {
        let mut file = KeyFile::new();
        let group = match self.kind {
            Kind::App => "Application",
            Kind::Runtime => "Runtime",
        };
        file.set_string(group, "name", self.id.as_str())?;
        if let Some(runtime) = &self.runtime {
            file.set_string(group, "runtime", &runtime.to_string())?;
        }
        file.set_string(INSTANCE, "instance-id", &self.instance_id)?;
        put_path(&mut file, "instance-path", self.instance_path.as_deref())?;
        put_origin(&mut file, "app", &self.app)?;
        put_origin(&mut file, "runtime", &self.usr)?;
        file.set_string(INSTANCE, "branch", self.branch.as_str())?;
        file.set_string(INSTANCE, "arch", self.arch.as_str())?;
        file.set_string(INSTANCE, "flatpak-version", &self.flatpak_version)?;
        self.put_flags(&mut file)?;
        if !self.extra_args.is_empty() {
            file.set_list(INSTANCE, "extra-args", &self.extra_args)?;
        }
        let permissions = self.permissions.evaluated(&self.facts);
        permissions.save(&mut file, Form::Flattened)?;
        Ok(file)
    }

    fn put_flags(&self, file: &mut KeyFile) -> Result<(), KeyFileError> {
        let rows = [
            ("session-bus-proxy", self.flags.session_bus_proxy),
            ("system-bus-proxy", self.flags.system_bus_proxy),
            ("sandbox", self.flags.sandbox),
            ("build", self.flags.build),
            ("devel", self.flags.devel),
        ];
        rows.iter()
            .filter(|row| row.1)
            .try_for_each(|row| file.set_string(INSTANCE, row.0, "true"))
    }
}

fn put_path(file: &mut KeyFile, key: &str, path: Option<&Path>) -> Result<(), InfoError> {
    let Some(path) = path else { return Ok(()) };
    let text = path
        .to_str()
        .ok_or_else(|| InfoError::Path(path.to_owned()))?;
    Ok(file.set_string(INSTANCE, key, text)?)
}

fn put_origin(file: &mut KeyFile, name: &str, origin: &Origin) -> Result<(), InfoError> {
    put_path(file, &format!("{name}-path"), origin.path.as_deref())?;
    put_path(
        file,
        &format!("original-{name}-path"),
        origin.original_path.as_deref(),
    )?;
    if let Some(commit) = &origin.commit {
        file.set_string(INSTANCE, &format!("{name}-commit"), commit)?;
    }
    if !origin.extensions.is_empty() {
        let items = origin
            .extensions
            .iter()
            .map(|(id, commit)| format!("{id}={commit}"));
        let text = items.collect::<Vec<_>>().join(";");
        file.set_string(INSTANCE, &format!("{name}-extensions"), &text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::{Layer, Origin as Said, options};
    use std::os::unix::ffi::OsStringExt;

    fn info() -> InstanceInfo {
        let file = b"[Context]\nshared=network;!ipc;\n\
            sockets=x11;if:x11:!has-wayland;cups;if:cups:false;\nfilesystems=home:ro;!~/a;\n\
            [Session Bus Policy]\norg.a=none\norg.b=talk\n[Environment]\nA=1\n";
        let file = KeyFile::parse(file).unwrap();
        InstanceInfo {
            kind: Kind::App,
            id: "org.x.Y".parse().unwrap(),
            runtime: Some("runtime/org.x.P/x86_64/1".parse().unwrap()),
            instance_id: "42".to_owned(),
            instance_path: Some("/home/u/.var/app/org.x.Y".into()),
            app: Origin {
                path: Some("/a/files".into()),
                commit: Some("aa".to_owned()),
                extensions: vec![
                    ("org.x.Y.L".parse().unwrap(), "bb".to_owned()),
                    ("org.x.Y.M".parse().unwrap(), "local".to_owned()),
                ],
                ..Origin::default()
            },
            usr: Origin {
                path: Some("/r/files".into()),
                ..Origin::default()
            },
            branch: "1".parse().unwrap(),
            arch: "x86_64".parse().unwrap(),
            flatpak_version: "1.14.10".to_owned(),
            flags: Flags {
                session_bus_proxy: true,
                ..Flags::default()
            },
            extra_args: vec!["--share=network".to_owned()],
            permissions: Context::load(&file, &Said::layer(Layer::App)).unwrap(),
            facts: Facts::default(),
        }
    }

    #[test]
    fn the_text() {
        let expected = "[Application]\nname=org.x.Y\nruntime=runtime/org.x.P/x86_64/1\n\n\
            [Instance]\ninstance-id=42\ninstance-path=/home/u/.var/app/org.x.Y\n\
            app-path=/a/files\napp-commit=aa\napp-extensions=org.x.Y.L=bb;org.x.Y.M=local\n\
            runtime-path=/r/files\nbranch=1\narch=x86_64\nflatpak-version=1.14.10\n\
            session-bus-proxy=true\nextra-args=--share=network;\n\n\
            [Context]\nshared=network;\nsockets=x11;\nfilesystems=home:ro;\n\n\
            [Session Bus Policy]\norg.b=talk\n\n[Environment]\nA=1\n";
        assert_eq!(info().to_key_file().unwrap().to_string(), expected);
    }

    #[test]
    fn nothing_is_smuggled_in() {
        let mut evil = info();
        evil.instance_path = Some("/a\n[Context]\nfilesystems=host".into());
        for change in options::parse("env", "B=x\n[Application]\nname=other").unwrap() {
            evil.permissions.apply(change, &Said::COMMAND_LINE);
        }
        let text = evil.to_key_file().unwrap().to_string();
        let again = KeyFile::parse(text.as_bytes()).unwrap();
        assert_eq!(
            again.string("Application", "name").unwrap().unwrap(),
            "org.x.Y"
        );
        assert_eq!(
            again.list("Context", "filesystems").unwrap().unwrap(),
            ["home:ro"]
        );
        let mut bytes = info();
        bytes.app.path = Some(std::ffi::OsString::from_vec(b"/\xff".to_vec()).into());
        let said = bytes.to_key_file().unwrap_err().to_string();
        assert_eq!(said, "describe instance, on /\\xff: not UTF-8");
    }
}

//! `aril info`: everything about one application or runtime that is installed.

use super::override_::escaped_lines;
use super::permissions;
use crate::catalogue::{self, Application, PermissionRow, installation_name, shown_size};
use crate::error::RunError;
use crate::style::{Ink, Style};
use crate::{file_access, output};
use aril_flatpak::keyfile::KeyFile;
use aril_flatpak::permissions::Form;
use aril_flatpak::refs::Kind;
use aril_flatpak::{shown, shown_path};
use clap::Args;
use serde::Serialize;
use std::fmt::Write;
use std::io::{IsTerminal, stdout};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The words of `aril info`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Each permission is shown with the layer it comes from: the application's metadata, or an override.\n\n\
Example:\n  aril info --file-access=~/Documents org.example.Player")]
pub struct Words {
    /// Print the effective permissions alone, as a key file.
    #[arg(long, short = 'M', group = "part")]
    pub show_permissions: bool,
    /// Print the file `metadata`.
    #[arg(long, short = 'm', group = "part")]
    pub show_metadata: bool,
    /// Print the path of the directory it lies in.
    #[arg(long, short = 'l', group = "part")]
    pub show_location: bool,
    /// Print the ref.
    #[arg(long, short = 'r', group = "part")]
    pub show_ref: bool,
    /// Print the remote it came from.
    #[arg(long, short = 'o', group = "part")]
    pub show_origin: bool,
    /// Print the commit.
    #[arg(long, short = 'c', group = "part")]
    pub show_commit: bool,
    /// Print what it may do with a path of the host: hidden, read-only or read-write.
    #[arg(long, value_name = "PATH", group = "part")]
    pub file_access: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, short, group = "part")]
    pub json: bool,
    /// The application or runtime: ID, ID//BRANCH or ID/ARCH/BRANCH.
    #[arg(value_name = "REF")]
    pub reference: String,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
struct Info {
    kind: &'static str,
    id: String,
    arch: String,
    branch: String,
    #[serde(rename = "ref")]
    reference: String,
    name: Option<String>,
    version: Option<String>,
    origin: Option<String>,
    commit: String,
    subpaths: Vec<String>,
    installation: String,
    location: String,
    installed_size: Option<u64>,
    runtime: Option<String>,
    runtime_installed: Option<bool>,
    sdk: Option<String>,
    command: Option<String>,
    end_of_life: Option<String>,
    /// What holds when it is started, each with the layer it comes from.
    permissions: Vec<PermissionRow>,
    /// What is not understood in metadata or overrides, and grants nothing.
    not_understood: Vec<String>,
}

impl Info {
    fn new(application: &Application) -> Result<Self, RunError> {
        let Application {
            deployment,
            metadata,
            deploy,
            ..
        } = application;
        let reference = &deployment.reference;
        let effective = application.effective()?;
        let deploy = deploy.as_ref();
        let of_app = reference.kind == Kind::App;
        Ok(Self {
            kind: reference.kind.word(),
            id: reference.id.to_string(),
            arch: reference.arch.to_string(),
            branch: reference.branch.to_string(),
            reference: reference.to_string(),
            name: deploy.and_then(|deploy| deploy.appdata_name.clone()),
            version: deploy.and_then(|deploy| deploy.appdata_version.clone()),
            origin: deploy.map(|deploy| deploy.origin.clone()),
            commit: deployment.commit.clone(),
            subpaths: deploy.map_or(Vec::new(), |deploy| deploy.subpaths.clone()),
            installation: installation_name(&deployment.owner),
            location: shown_path(deployment.directory().path()).to_string(),
            installed_size: deploy.map(|deploy| deploy.installed_size),
            runtime: metadata.runtime.as_ref().map(ToString::to_string),
            runtime_installed: metadata
                .runtime
                .as_ref()
                .map(|_| application.runtime().is_some()),
            sdk: metadata.sdk.as_ref().map(ToString::to_string),
            command: metadata.command.clone(),
            end_of_life: deploy.and_then(|deploy| deploy.eol.clone()),
            permissions: match of_app {
                true => PermissionRow::granted(&effective),
                false => Vec::new(),
            },
            not_understood: match of_app {
                true => effective
                    .ignored
                    .iter()
                    .map(|ignored| ignored.why.clone())
                    .collect(),
                false => Vec::new(),
            },
        })
    }

    fn for_people(&self, style: Style) -> String {
        let size = self.installed_size.map(shown_size);
        let runtime = self
            .runtime
            .as_ref()
            .map(|runtime| match self.runtime_installed {
                Some(false) => format!("{runtime} (not installed)"),
                _ => runtime.clone(),
            });
        let subpaths = Some(self.subpaths.join(", ")).filter(|text| !text.is_empty());
        let rows: [(&str, Option<&String>); 13] = [
            ("Name", self.name.as_ref()),
            ("Version", self.version.as_ref()),
            ("Ref", Some(&self.reference)),
            ("Origin", self.origin.as_ref()),
            ("Commit", Some(&self.commit)),
            ("Parts", subpaths.as_ref()),
            ("Installation", Some(&self.installation)),
            ("Location", Some(&self.location)),
            ("Size", size.as_ref()),
            ("Runtime", runtime.as_ref()),
            ("Sdk", self.sdk.as_ref()),
            ("Command", self.command.as_ref()),
            ("End of life", self.end_of_life.as_ref()),
        ];
        let mut text = String::new();
        for (heading, value) in rows {
            let Some(value) = value else { continue };
            let heading = style.paint(Ink::Heading, format_args!("{heading:<12}"));
            writeln!(text, "{heading}  {}", shown(value)).ok();
        }
        if self.kind == Kind::App.word() {
            text.push('\n');
            match self.permissions.is_empty() {
                true => text += "No permissions.\n",
                false => text += &permissions::table(&self.permissions).for_people(style),
            }
        }
        for why in &self.not_understood {
            writeln!(text, "not understood: {}", shown(why)).ok();
        }
        text
    }
}

/// Shows it; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let application = Application::find(&words.reference)?;
    if words.show_permissions {
        output::print(effective_text(&application)?)?;
    } else if words.show_metadata {
        output::print(metadata_text(&application)?)?;
    } else if words.show_location {
        print_path(application.deployment.directory().path())?;
    } else if let Some(path) = &words.file_access {
        let surroundings = catalogue::surroundings()?;
        let places = file_access::places(&surroundings, &application.deployment.reference.id);
        let word = file_access::word(&application.effective()?, &places, path)?;
        output::print(format!("{word}\n"))?;
    } else {
        print_facts(words, &Info::new(&application)?)?;
    }
    Ok(0)
}

fn print_facts(words: &Words, info: &Info) -> Result<(), RunError> {
    let line = |text: &str| output::print(format!("{}\n", shown(text)));
    if words.json {
        output::print_json(info)
    } else if words.show_ref {
        line(&info.reference)
    } else if words.show_origin {
        line(info.origin.as_deref().unwrap_or_default())
    } else if words.show_commit {
        line(&info.commit)
    } else {
        output::print(info.for_people(Style::of_stdout()))
    }
}

fn effective_text(application: &Application) -> Result<String, RunError> {
    let mut file = KeyFile::new();
    let effective = application.effective()?;
    effective
        .save(&mut file, Form::Flattened)
        .map_err(RunError::new)?;
    Ok(escaped_lines(&file.to_string()))
}

fn metadata_text(application: &Application) -> Result<String, RunError> {
    const LONGEST: u64 = 4 << 20;
    let directory = application.deployment.directory();
    let bytes = directory.read(Path::new("metadata"), LONGEST);
    let bytes =
        bytes.map_err(|error| RunError::on("read metadata, beneath", directory.path(), error))?;
    let lines = bytes
        .strip_suffix(b"\n")
        .unwrap_or(&bytes)
        .split(|&byte| byte == b'\n');
    Ok(lines.map(|line| format!("{}\n", shown(line))).collect())
}

/// As it is for a program that reads it, escaped for a terminal.
fn print_path(path: &Path) -> Result<(), RunError> {
    match stdout().is_terminal() {
        true => output::print(format!("{}\n", shown_path(path))),
        false => output::print([path.as_os_str().as_bytes(), b"\n"].concat()),
    }
}

//! `aril list`: what is installed.

use crate::catalogue::{self, installation_name, shown_size};
use crate::error::RunError;
use crate::output;
use crate::style::Style;
use crate::table::Table;
use aril_flatpak::deploy::Deploy;
use aril_flatpak::installations::{Deployment, Owner, Tree};
use aril_flatpak::refs::{Kind, Ref};
use aril_flatpak::shown_path;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::{IsTerminal, stdout};

/// The words of `aril list`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Where the output is not a terminal, each line is one row without a heading, its cells separated by tabs.\n\n\
Example:\n  aril list --app --columns=application,version,size")]
pub struct Words {
    /// List applications only.
    #[arg(long)]
    pub app: bool,
    /// List runtimes only.
    #[arg(long)]
    pub runtime: bool,
    /// List parts too: translations, debug information, sources.
    #[arg(long, short)]
    pub all: bool,
    /// List what is installed for this user.
    #[arg(long, short)]
    pub user: bool,
    /// List what is installed for all users.
    #[arg(long)]
    pub system: bool,
    /// The columns, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "COLUMN")]
    pub columns: Vec<Column>,
    /// Print JSON: an array of objects.
    #[arg(long, short, conflicts_with = "columns")]
    pub json: bool,
}

/// A column, in flatpak's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Column {
    /// The name for people.
    Name,
    /// The ID.
    Application,
    /// The version for people.
    Version,
    /// The branch.
    Branch,
    /// The architecture.
    Arch,
    /// The runtime.
    Runtime,
    /// The remote it came from.
    Origin,
    /// The installation it lies in.
    Installation,
    /// The ref.
    Ref,
    /// The commit that is used.
    Active,
    /// The size on disk.
    Size,
    /// The path of its directory.
    Location,
}

impl Column {
    const USUAL: [Self; 5] = [
        Self::Name,
        Self::Application,
        Self::Version,
        Self::Branch,
        Self::Installation,
    ];

    fn heading(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Application => "ID",
            Self::Version => "VERSION",
            Self::Branch => "BRANCH",
            Self::Arch => "ARCH",
            Self::Runtime => "RUNTIME",
            Self::Origin => "ORIGIN",
            Self::Installation => "INSTALLATION",
            Self::Ref => "REF",
            Self::Active => "COMMIT",
            Self::Size => "SIZE",
            Self::Location => "LOCATION",
        }
    }

    fn cell(self, row: &Listed) -> String {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        match self {
            Self::Name => or_empty(&row.name),
            Self::Application => row.id.clone(),
            Self::Version => or_empty(&row.version),
            Self::Branch => row.branch.clone(),
            Self::Arch => row.arch.clone(),
            Self::Runtime => or_empty(&row.runtime),
            Self::Origin => or_empty(&row.origin),
            Self::Installation => row.installation.clone(),
            Self::Ref => row.reference.clone(),
            Self::Active => row.commit.chars().take(12).collect(),
            Self::Size => row.installed_size.map(shown_size).unwrap_or_default(),
            Self::Location => row.location.clone(),
        }
    }
}

/// One installed ref.
#[derive(Clone, Debug, Serialize)]
struct Listed {
    kind: &'static str,
    id: String,
    arch: String,
    branch: String,
    #[serde(rename = "ref")]
    reference: String,
    installation: String,
    commit: String,
    location: String,
    name: Option<String>,
    version: Option<String>,
    origin: Option<String>,
    runtime: Option<String>,
    installed_size: Option<u64>,
}

impl Listed {
    fn new(deployment: &Deployment) -> Self {
        let Ref {
            kind,
            id,
            arch,
            branch,
        } = &deployment.reference;
        // What was put there by other means than flatpak has none.
        let deploy = deployment.deploy().ok();
        let of_deploy = |field: fn(&Deploy) -> Option<String>| deploy.as_ref().and_then(field);
        Self {
            kind: kind.word(),
            id: id.to_string(),
            arch: arch.to_string(),
            branch: branch.to_string(),
            reference: deployment.reference.to_string(),
            installation: installation_name(&deployment.owner),
            commit: deployment.commit.clone(),
            location: shown_path(deployment.directory().path()).to_string(),
            name: of_deploy(|deploy| deploy.appdata_name.clone()),
            version: of_deploy(|deploy| deploy.appdata_version.clone()),
            origin: of_deploy(|deploy| Some(deploy.origin.clone())),
            runtime: of_deploy(|deploy| deploy.runtime.clone()),
            installed_size: deploy.as_ref().map(|deploy| deploy.installed_size),
        }
    }
}

/// Lists; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let rows = gather(words)?;
    if words.json {
        output::print_json(&rows)?;
        return Ok(0);
    }
    let columns = match words.columns.as_slice() {
        [] => Column::USUAL.as_slice(),
        chosen => chosen,
    };
    let mut table = Table::new(columns.iter().map(|column| column.heading()));
    for row in &rows {
        table.push(columns.iter().map(|column| column.cell(row)));
    }
    match stdout().is_terminal() {
        true if table.is_empty() => eprintln!("nothing is installed"),
        true => output::print(table.for_people(Style::of_stdout()))?,
        false => output::print(table.for_scripts())?,
    }
    Ok(0)
}

fn gather(words: &Words) -> Result<Vec<Listed>, RunError> {
    let installed = catalogue::open()?;
    let both = words.app == words.runtime;
    let mut rows = Vec::new();
    for tree in installed.trees().iter().filter(|tree| words.wants(tree)) {
        if both || words.app {
            rows.extend(of_tree(tree, Kind::App)?);
        }
        if both || words.runtime {
            let runtimes = of_tree(tree, Kind::Runtime)?.into_iter();
            rows.extend(runtimes.filter(|row| words.all || !is_part(&row.id)));
        }
    }
    rows.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    Ok(rows)
}

impl Words {
    fn wants(&self, tree: &Tree) -> bool {
        let of_user = tree.installation.owner == Owner::User;
        self.user == self.system || if of_user { self.user } else { self.system }
    }
}

fn of_tree(tree: &Tree, kind: Kind) -> Result<Vec<Listed>, RunError> {
    let mut rows = Vec::new();
    for reference in tree.refs(kind).map_err(RunError::new)? {
        let deployment = tree.deployment(&reference, None).map_err(RunError::new)?;
        rows.extend(deployment.iter().map(Listed::new));
    }
    Ok(rows)
}

/// Parts that flatpak installs beside an application or runtime, and does not list either.
fn is_part(id: &str) -> bool {
    [".Locale", ".Debug", ".Sources"]
        .iter()
        .any(|ending| id.ends_with(ending))
}

//! `aril override`: other permissions for an application, for all times.

use crate::catalogue;
use crate::error::RunError;
use crate::output;
use crate::permission_options::PermissionOptions;
use aril_flatpak::installations::{Installation, Owner};
use aril_flatpak::permissions::{Layer, OverrideFile};
use aril_flatpak::refs::Id;
use aril_flatpak::shown;
use clap::Args;

/// The words of `aril override`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The files are flatpak's own: what is changed here holds for `flatpak run` too, and the other way round.\n\n\
Example:\n  aril override --nofilesystem=home --filesystem=~/Music:ro org.example.Player")]
pub struct Words {
    /// Override for this user (as without any).
    #[arg(long, short)]
    pub user: bool,
    /// Override for all users.
    #[arg(long, conflicts_with = "user")]
    pub system: bool,
    /// Override for all users, in a further system installation.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["user", "system"])]
    pub installation: Option<String>,
    /// Print the overrides and change nothing.
    #[arg(long)]
    pub show: bool,
    /// Remove the overrides.
    #[arg(long, conflicts_with = "show")]
    pub reset: bool,
    /// The application; without it, all applications.
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// The permissions.
    #[command(flatten)]
    pub permissions: PermissionOptions,
}

/// Changes the overrides; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let id = words.id.as_deref().map(str::parse::<Id>).transpose();
    let id = id.map_err(RunError::new)?;
    let installation = installation(words)?;
    let layer = match (&installation.owner, &id) {
        (Owner::User, None) => Layer::UserGlobal,
        (Owner::User, Some(_)) => Layer::UserApp,
        (Owner::System(_), None) => Layer::SystemGlobal,
        (Owner::System(_), Some(_)) => Layer::SystemApp,
    };
    let file = OverrideFile::new(&installation.path, id.as_ref(), layer);
    if words.show {
        let text = file.load().map_err(RunError::new)?.to_string();
        output::print(escaped_lines(&text))?;
    } else if words.reset {
        file.reset().map_err(RunError::new)?;
    } else if words.permissions.is_empty() {
        let error = RunError::new("override permissions, on the command line: none is named");
        return Err(error.with_hint("--show prints the overrides, --help lists the permissions"));
    } else {
        let changes = words.permissions.changes()?;
        file.change(&changes).map_err(RunError::new)?;
    }
    Ok(0)
}

fn installation(words: &Words) -> Result<Installation, RunError> {
    let surroundings = catalogue::surroundings()?;
    if let Some(name) = &words.installation {
        let known = surroundings.installations().map_err(RunError::new)?;
        let wanted = Owner::System(name.clone());
        let found = known.into_iter().find(|known| known.owner == wanted);
        return found.ok_or_else(|| {
            let name = shown(name);
            RunError::new(format_args!(
                "find installation, on {name}: none is configured"
            ))
        });
    }
    Ok(match words.system {
        true => surroundings.default_installation(),
        false => surroundings.user_installation(),
    })
}

/// A key file's text, each line fit for a terminal (CVE-2023-28101).
pub(super) fn escaped_lines(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", shown(line)))
        .collect()
}

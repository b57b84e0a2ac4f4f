//! What is installed, for the commands that tell of it.

mod application;
mod permission_rows;

pub use application::{Application, layer_word};
pub use permission_rows::{Changed, Difference, OriginRow, PermissionRow};

use crate::error::RunError;
use aril_flatpak::installations::{Installed, Owner, Surroundings};
use aril_flatpak::refs::PartialRef;
use std::env;
use std::path::PathBuf;

/// This user's home and environment.
pub fn surroundings() -> Result<Surroundings, RunError> {
    // Not `env::home_dir`: without the variable it asks the C library, which in a static program has
    // to load the host's one besides.
    let home = env::var_os("HOME").map(PathBuf::from);
    let home = home.filter(|home| home.is_absolute());
    let home = home.ok_or_else(|| {
        RunError::new("find the home directory, on HOME: it is not set to an absolute path")
    })?;
    Ok(Surroundings {
        root: PathBuf::from("/"),
        home,
        variables: env::vars_os().collect(),
    })
}

/// Opens all installations.
pub fn open() -> Result<Installed, RunError> {
    Installed::open(&surroundings()?).map_err(RunError::new)
}

/// Reads what a user typed for a ref.
pub fn reference(text: &str) -> Result<PartialRef, RunError> {
    text.parse().map_err(RunError::new)
}

/// The name of an installation: `user`, or that of a system installation, `system` for the default
/// one, as flatpak has it.
pub fn installation_name(owner: &Owner) -> String {
    match owner {
        Owner::User => "user".to_owned(),
        Owner::System(name) if name == "default" => "system".to_owned(),
        Owner::System(name) => name.clone(),
    }
}

/// Bytes for people, in powers of ten.
pub fn shown_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if size < 999.95 {
            break;
        }
        size /= 1000.0;
        unit = next;
    }
    format!("{size:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let rows = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_951, "1.0 MB"),
            (1_234_567_890, "1.2 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in rows {
            assert_eq!(shown_size(bytes), text);
        }
    }
}

//! Homes that are kept: `~/.local/share/aril/homes/NAME`.

use crate::error::RunError;
use aril_profile::{Facts, Home, Settings, kept_homes};
use std::fs::{DirBuilder, metadata};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};

/// Makes the home that is asked for by name, for its owner alone.
pub fn make(settings: &Settings, facts: &Facts) -> Result<(), RunError> {
    let Some(Home::Private(name)) = settings.home.as_ref().map(|home| &home.value) else {
        return Ok(());
    };
    let path = kept_homes(facts).join(name);
    let failed = |why: &dyn std::fmt::Display| RunError::on("make the home directory", &path, why);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
    made.map_err(|error| failed(&error))?;
    let found = metadata(&path).map_err(|error| failed(&error))?;
    if found.uid() != facts.uid {
        return Err(failed(&"it belongs to another user"));
    }
    Ok(())
}

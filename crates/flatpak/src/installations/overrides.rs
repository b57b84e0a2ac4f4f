//! Overrides: `overrides/global` and `overrides/ID` of the system and of the user.

use super::InstallationError;
use super::places::Owner;
use super::tree::Tree;
use crate::permissions::{Context, Layer, Origin};
use crate::refs::Id;
use std::path::PathBuf;

impl Tree {
    /// The overrides of this installation for an application, the one for all applications first.
    pub fn overrides(&self, id: &Id) -> Result<Vec<Context>, InstallationError> {
        let [global, app] = match self.installation.owner {
            Owner::User => [Layer::UserGlobal, Layer::UserApp],
            Owner::System(_) => [Layer::SystemGlobal, Layer::SystemApp],
        };
        let mut layers = Vec::new();
        for (layer, name) in [(global, "global"), (app, id.as_str())] {
            let relative = PathBuf::from("overrides").join(name);
            let Some((path, file)) = self.key_file(&relative)? else {
                continue;
            };
            let context = Context::load(&file, &Origin::file(layer, &path));
            layers.push(context.map_err(|error| InstallationError::Permission(path, error))?);
        }
        Ok(layers)
    }
}

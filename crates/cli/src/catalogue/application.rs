//! One thing that is installed, with the layers of its permissions.

use super::reference;
use crate::error::RunError;
use aril_flatpak::deploy::Deploy;
use aril_flatpak::installations::{Deployment, Installed, Wanted};
use aril_flatpak::metadata::Metadata;
use aril_flatpak::permissions::{Context, Layer, Layers};
use aril_flatpak::refs::{Kind, Ref};

/// An application or runtime that is installed.
#[derive(Debug)]
pub struct Application {
    /// All installations.
    pub installed: Installed,
    /// Where it lies.
    pub deployment: Deployment,
    /// What it says of itself.
    pub metadata: Metadata,
    /// What flatpak noted when it installed it; `None` for what was put there by other means.
    pub deploy: Option<Deploy>,
}

impl Application {
    /// Finds what a user typed: `[KIND/]ID[/ARCH[/BRANCH]]`.
    pub fn find(name: &str) -> Result<Self, RunError> {
        let installed = super::open()?;
        let wanted = Wanted::new(reference(name)?, None, None, None);
        let deployment = installed.resolve(&wanted).map_err(RunError::new)?;
        let metadata = deployment.metadata().map_err(RunError::new)?;
        let deploy = deployment.deploy().ok();
        Ok(Self {
            installed,
            deployment,
            metadata,
            deploy,
        })
    }

    /// The deployment of the runtime, when it is installed.
    pub fn runtime(&self) -> Option<Deployment> {
        let runtime = self.metadata.runtime.clone()?;
        let reference: Ref = runtime.with_kind(Kind::Runtime);
        self.installed.deployment(&reference, None).ok()
    }

    /// The layers of permissions, all but the command line's.
    pub fn layers(&self) -> Result<Layers, RunError> {
        let Deployment {
            reference, owner, ..
        } = &self.deployment;
        let overrides = self.installed.overrides(&reference.id, owner);
        let runtime = self.runtime();
        let runtime = runtime
            .as_ref()
            .map(|it| it.metadata().map_err(RunError::new));
        Ok(Layers {
            runtime: runtime.transpose()?.map(|metadata| metadata.permissions),
            app: self.metadata.permissions.clone(),
            overrides: overrides.map_err(RunError::new)?,
            ..Layers::default()
        })
    }

    /// What holds when it is started without a further option.
    pub fn effective(&self) -> Result<Context, RunError> {
        Ok(self.layers()?.effective())
    }

    /// What its metadata asks for, on its runtime.
    pub fn declared(&self) -> Result<Context, RunError> {
        let layers = Layers {
            overrides: Vec::new(),
            ..self.layers()?
        };
        Ok(layers.effective())
    }
}

/// A layer in a word that programs read.
pub fn layer_word(layer: Layer) -> &'static str {
    match layer {
        Layer::Runtime => "runtime",
        Layer::App => "metadata",
        Layer::SystemGlobal => "system-global",
        Layer::SystemApp => "system-app",
        Layer::UserGlobal => "user-global",
        Layer::UserApp => "user-app",
        Layer::CommandLine => "command-line",
    }
}

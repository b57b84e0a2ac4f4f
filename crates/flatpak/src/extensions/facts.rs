//! What the conditions of extensions are about, gathered when the sandbox starts.

use std::collections::BTreeSet;

/// Facts about this machine and session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtensionFacts {
    /// The names of OpenGL drivers in use: see [`gl_drivers`].
    pub gl_drivers: Vec<String>,
    /// The name of the GTK theme.
    pub gtk_theme: Option<String>,
    /// An Intel graphics device is there.
    pub intel_gpu: bool,
    /// The loaded kernel modules.
    pub kernel_modules: BTreeSet<String>,
    /// The desktops, from `XDG_CURRENT_DESKTOP`.
    pub desktops: Vec<String>,
}

/// The driver names that extensions of OpenGL are matched by: what `FLATPAK_GL_DRIVERS` lists, or
/// the NVIDIA driver by its version, then `default` and `host`.
pub fn gl_drivers(variable: Option<&str>, nvidia_version: Option<&str>) -> Vec<String> {
    if let Some(list) = variable.filter(|list| !list.is_empty()) {
        return list.split(':').map(str::to_owned).collect();
    }
    let nvidia =
        nvidia_version.map(|version| format!("nvidia-{}", version.trim().replace('.', "-")));
    nvidia
        .into_iter()
        .chain(["default".to_owned(), "host".to_owned()])
        .collect()
}

impl ExtensionFacts {
    /// Whether an extension is enabled: by any of its conditions, or when it has none. A condition
    /// that is not known does not enable.
    pub fn enable(&self, id: &str, conditions: &[String]) -> bool {
        conditions.is_empty() || conditions.iter().any(|condition| self.holds(id, condition))
    }

    fn holds(&self, id: &str, condition: &str) -> bool {
        let last = id.rsplit('.').next().unwrap_or(id);
        match condition {
            "active-gl-driver" => self.gl_drivers.iter().any(|driver| driver == last),
            "active-gtk-theme" => self.gtk_theme.as_deref() == Some(last),
            "have-intel-gpu" => self.intel_gpu,
            other => self.holds_with_argument(other),
        }
    }

    fn holds_with_argument(&self, condition: &str) -> bool {
        if let Some(module) = condition.strip_prefix("have-kernel-module-") {
            return self.kernel_modules.contains(module);
        }
        let desktop = condition.strip_prefix("on-xdg-desktop-");
        let same = |wanted: &str| {
            self.desktops
                .iter()
                .any(|one| one.eq_ignore_ascii_case(wanted))
        };
        desktop.is_some_and(same)
    }
}

//! What the conditions of extensions are about, gathered when the sandbox starts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

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
    /// Reads what the kernel tells, beneath `root`, and the two variables. The GTK theme is the
    /// desktop's to tell: [`gtk_theme`](super::gtk_theme).
    pub fn gather(root: &Path, drivers: Option<&str>, desktops: Option<&str>) -> Self {
        let nvidia = fs::read_to_string(root.join("sys/module/nvidia/version")).ok();
        let module = |name: &str| root.join("sys/module").join(name).exists();
        let modules = fs::read_to_string(root.join("proc/modules")).unwrap_or_default();
        let names = modules
            .lines()
            .filter_map(|line| line.split_whitespace().next());
        let desktops = desktops
            .unwrap_or_default()
            .split(':')
            .filter(|name| !name.is_empty());
        Self {
            gl_drivers: gl_drivers(drivers, nvidia.as_deref()),
            gtk_theme: None,
            intel_gpu: module("i915") || module("xe"),
            kernel_modules: names.map(str::to_owned).collect(),
            desktops: desktops.map(str::to_owned).collect(),
        }
    }

    /// Whether an extension is enabled: by any of its conditions, or when it has none. A condition
    /// that is not known does not enable.
    pub fn enable(&self, id: &str, conditions: &[String]) -> bool {
        conditions.is_empty() || conditions.iter().any(|condition| self.holds(id, condition))
    }

    fn holds(&self, id: &str, condition: &str) -> bool {
        let last = id.rsplit('.').next().unwrap_or(id);
        match condition {
            "active-gl-driver" => self.gl_drivers.iter().any(|driver| driver == last),
            BY_GTK_THEME => self.gtk_theme.as_deref() == Some(last),
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

/// The condition that a program has to be asked about.
pub const BY_GTK_THEME: &str = "active-gtk-theme";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_tells() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("sys/module/nvidia")).unwrap();
        fs::create_dir_all(root.path().join("sys/module/i915")).unwrap();
        fs::create_dir_all(root.path().join("proc")).unwrap();
        fs::write(root.path().join("sys/module/nvidia/version"), "550.54.14\n").unwrap();
        fs::write(
            root.path().join("proc/modules"),
            "nvidia 1 2 - Live\nkvm 1 0\n",
        )
        .unwrap();
        let facts = ExtensionFacts::gather(root.path(), None, Some("ubuntu:GNOME"));
        assert_eq!(facts.gl_drivers, ["nvidia-550-54-14", "default", "host"]);
        assert!(facts.intel_gpu && facts.kernel_modules.contains("kvm"));
        assert_eq!(facts.desktops, ["ubuntu", "GNOME"]);
        let nothing = ExtensionFacts::gather(Path::new("/nonexistent"), None, None);
        assert!(!nothing.intel_gpu && nothing.kernel_modules.is_empty());
    }
}

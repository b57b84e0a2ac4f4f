//! The choice of what passes.

use super::names::{Listed, PROXIES, listed, speaks_of_secret};
use super::pattern::Pattern;
use super::tables::{FORCED, SET_BY_SANDBOX, UNSET};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Why a variable does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// It is set to a value of its own.
    Forced,
    /// It leads to files of the host, or changes what is loaded.
    Unset,
    /// The sandbox sets it when the permission is granted.
    SetBySandbox,
    /// Its name or value speaks of a secret.
    Secret,
    /// No list names it.
    NotListed,
}

impl LeftOut {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Forced => "it has a fixed value inside",
            Self::Unset => "it speaks of files of the host",
            Self::SetBySandbox => "the sandbox sets it by permission",
            Self::Secret => "it may be a secret",
            Self::NotListed => "it is not known to be needed",
        }
    }
}

/// What passed and what did not. Values of what did not are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// What passed.
    pub passed: BTreeMap<OsString, OsString>,
    /// What was left out, and why.
    pub left_out: BTreeMap<OsString, LeftOut>,
}

/// Chooses among the host's variables; `own` are patterns that the user lets pass beside the lists. What the application's own metadata, overrides and the
/// command line set comes on top of it, whatever its name.
pub fn pass(host: impl IntoIterator<Item = (OsString, OsString)>, own: &[Pattern]) -> Passed {
    let mut result = Passed::default();
    for (name, value) in host {
        match judge((&name, &value), own) {
            None => {
                result.passed.insert(name, value);
            }
            Some(why) => {
                result.left_out.insert(name, why);
            }
        }
    }
    result
}

fn judge((name, value): (&OsStr, &OsStr), own: &[Pattern]) -> Option<LeftOut> {
    let Some(name) = name.to_str() else {
        return Some(LeftOut::NotListed);
    };
    if FORCED.iter().any(|(forced, _)| *forced == name) {
        return Some(LeftOut::Forced);
    }
    if UNSET.contains(&name) {
        return Some(LeftOut::Unset);
    }
    if SET_BY_SANDBOX.contains(&name) {
        return Some(LeftOut::SetBySandbox);
    }
    let with_password = || value.as_encoded_bytes().contains(&b'@');
    if own.iter().any(|pattern| pattern.names(name)) {
        return None;
    }
    let begins = own.iter().any(|pattern| pattern.begins(name));
    match listed(name) {
        Listed::Exactly if PROXIES.contains(&name) && with_password() => Some(LeftOut::Secret),
        Listed::Exactly => None,
        Listed::Beginning | Listed::No if speaks_of_secret(name) => Some(LeftOut::Secret),
        Listed::Beginning => None,
        Listed::No if begins => None,
        Listed::No => Some(LeftOut::NotListed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(name: &str, value: &str) -> Option<LeftOut> {
        judge((OsStr::new(name), OsStr::new(value)), &[])
    }

    #[test]
    fn what_desktops_and_games_need_passes() {
        for name in [
            "HOME",
            "LANG",
            "LC_TIME",
            "TERM",
            "XDG_CURRENT_DESKTOP",
            "XDG_SESSION_TYPE",
            "GTK_THEME",
            "XDG_ACTIVATION_TOKEN",
            "QT_SCALE_FACTOR",
            "QT_QPA_PLATFORM",
            "QT_IM_MODULE",
            "MESA_LOADER_DRIVER_OVERRIDE",
            "LIBGL_ALWAYS_SOFTWARE",
            "__GLX_VENDOR_LIBRARY_NAME",
            "__NV_PRIME_RENDER_OFFLOAD",
            "DRI_PRIME",
            "VK_INSTANCE_LAYERS",
            "SDL_VIDEODRIVER",
            "WINEPREFIX",
            "WINEDLLOVERRIDES",
            "WINE_FULLSCREEN_FSR",
            "PROTON_LOG",
            "PROTONPATH",
            "MANGOHUD",
            "MANGOHUD_CONFIG",
            "SteamAppId",
            "STEAM_COMPAT_DATA_PATH",
            "DXVK_HUD",
            "PULSE_LATENCY_MSEC",
            "PIPEWIRE_LATENCY",
            "GST_DEBUG",
            "MOZ_ENABLE_WAYLAND",
            "GTK_KEY_THEME",
            "ELECTRON_OZONE_PLATFORM_HINT",
            "GAMEMODERUNEXEC",
            "RADV_PERFTEST",
        ] {
            assert_eq!(judged(name, "1"), None, "{name}");
        }
        assert_eq!(judged("http_proxy", "http://proxy:3128"), None);
    }

    #[test]
    fn what_nobody_named_and_secrets_do_not() {
        let rows = [
            ("PATH", LeftOut::Forced),
            ("LD_PRELOAD", LeftOut::Unset),
            ("GDK_BACKEND", LeftOut::Unset),
            ("VK_ICD_FILENAMES", LeftOut::Unset),
            ("DISPLAY", LeftOut::SetBySandbox),
            ("PULSE_SERVER", LeftOut::SetBySandbox),
            ("SECRET_TOKEN", LeftOut::Secret),
            ("GITHUB_TOKEN", LeftOut::Secret),
            ("AWS_ACCESS_KEY_ID", LeftOut::NotListed),
            ("AWS_SECRET_ACCESS_KEY", LeftOut::Secret),
            ("STEAM_API_KEY", LeftOut::Secret),
            ("WINE_PASSWORD", LeftOut::Secret),
            ("CHROME_CLIENT_SECRET", LeftOut::Secret),
            ("UNITY_LICENSE", LeftOut::Secret),
            ("GTK_AUTHTOKEN", LeftOut::Secret),
            ("OPENAI_API_KEY", LeftOut::Secret),
            ("KUBECONFIG", LeftOut::NotListed),
            ("SWAYSOCK", LeftOut::NotListed),
            ("GNUPGHOME", LeftOut::NotListed),
            ("BASH_FUNC_x%%", LeftOut::NotListed),
            ("DATABASE_URL", LeftOut::NotListed),
        ];
        for (name, why) in rows {
            assert_eq!(judged(name, "hunter2"), Some(why), "{name}");
        }
        assert_eq!(
            judged("https_proxy", "http://u:p@proxy"),
            Some(LeftOut::Secret)
        );
    }

    #[test]
    fn what_the_user_names_passes() {
        let own = ["MY_*", "MY_TOKEN", "FORGE_TOKEN", "LD_PRELOAD"];
        let own = own.map(|text| text.parse().unwrap());
        let judged = |name: &str| judge((OsStr::new(name), OsStr::new("x")), &own);
        for name in ["MY_EDITION", "MY_TOKEN", "FORGE_TOKEN"] {
            assert_eq!(judged(name), None, "{name}");
        }
        // A beginning lets no secret pass, and nothing what would do harm.
        assert_eq!(judged("MY_SECRET"), Some(LeftOut::Secret));
        assert_eq!(judged("LD_PRELOAD"), Some(LeftOut::Unset));
        assert_eq!(judged("YOUR_EDITION"), Some(LeftOut::NotListed));
    }

    #[test]
    fn both_are_told() {
        let host = [("LANG", "C"), ("SECRET_TOKEN", "hunter2")];
        let result = pass(host.map(|(name, value)| (name.into(), value.into())), &[]);
        assert_eq!(result.passed.len(), 1);
        assert_eq!(result.left_out[OsStr::new("SECRET_TOKEN")], LeftOut::Secret);
        assert!(!format!("{result:?}").contains("hunter2"));
    }
}

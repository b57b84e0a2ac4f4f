//! Names on the session bus: what talking to a service opens.

/// Names on the session bus whose services do what they are told, outside of the sandbox. One that ends
/// with `.*` stands for itself and all names below it.
const BUS_NAMES: [(&str, &str); 27] = [
    ("org.freedesktop.systemd1", PROGRAMS),
    ("org.freedesktop.Flatpak.*", PROGRAMS),
    ("org.gnome.Shell.*", DESKTOP),
    ("org.gnome.Mutter.*", DESKTOP),
    ("org.kde.KWin.*", DESKTOP),
    ("org.kde.plasmashell.*", DESKTOP),
    ("org.Cinnamon.*", DESKTOP),
    ("org.freedesktop.impl.*", PORTALS),
    ("org.freedesktop.secrets.*", PASSWORDS),
    ("org.gnome.keyring.*", PASSWORDS),
    ("org.kde.kwalletd", PASSWORDS),
    ("org.kde.kwalletd5", PASSWORDS),
    ("org.kde.kwalletd6", PASSWORDS),
    ("org.keepassxc.KeePassXC.*", PASSWORDS),
    ("org.gnome.SessionManager", PROGRAMS),
    ("org.gnome.Terminal.*", PROGRAMS),
    ("org.gnome.Console.*", PROGRAMS),
    ("org.gnome.Ptyxis.*", PROGRAMS),
    ("org.kde.klauncher", PROGRAMS),
    ("org.kde.klauncher5", PROGRAMS),
    ("org.kde.krunner", PROGRAMS),
    ("org.kde.konsole.*", PROGRAMS),
    ("org.kde.yakuake", PROGRAMS),
    ("ca.desrt.dconf.*", SETTINGS),
    ("org.gtk.vfs.*", FILES),
    ("org.a11y.*", KEYS),
    ("org.fcitx.Fcitx5", KEYS),
];

const PROGRAMS: &str = "who talks to it starts programs outside of the sandbox";
const DESKTOP: &str = "who talks to it steers the desktop, and runs code in it";
const PORTALS: &str = "who talks to it answers what portals ask you";
const PASSWORDS: &str = "who talks to it reads the passwords that are kept there";
const SETTINGS: &str = "settings name programs that the desktop runs";
const FILES: &str = "who talks to it reads and changes files outside of the sandbox";
const KEYS: &str = "who talks to it reads what you see and type in other programs";

/// Whether talking to a name on the session bus, or to all names of a pattern, opens much, in words.
pub fn of_bus_name(pattern: &str) -> Option<String> {
    let mut known = BUS_NAMES.iter();
    let (name, why) = known.find(|(name, _)| meet(pattern, name))?;
    let (asked, name) = (top(pattern), top(name));
    Some(match asked.len() < name.len() {
        true => format!("{name} is among them: {why}"),
        false => (*why).to_owned(),
    })
}

/// A name without the `.*` that stands for all below it.
fn top(pattern: &str) -> &str {
    pattern.strip_suffix(".*").unwrap_or(pattern)
}

/// Whether two names, each with all below it if it ends with `.*`, have one in common.
fn meet(one: &str, other: &str) -> bool {
    let is_among = |name: &str, pattern: &str| match pattern.strip_suffix(".*") {
        Some(top) => {
            let below = name.strip_prefix(top);
            // Programs that run several times put their process id behind a hyphen.
            below.is_some_and(|below| below.is_empty() || below.starts_with(['.', '-']))
        }
        None => name == pattern,
    };
    is_among(top(one), other) || is_among(top(other), one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_open_much() {
        for name in [
            "org.freedesktop.systemd1",
            "org.freedesktop.systemd1.*",
            "org.freedesktop.*",
            "org.freedesktop.Flatpak",
            "org.freedesktop.impl.portal.PermissionStore",
            "org.freedesktop.impl.*",
            "org.gnome.*",
            "org.gnome.Shell.Screenshot",
            "org.gnome.Mutter.RemoteDesktop",
            "org.kde.KWin",
            "org.kde.kwalletd6",
            "org.kde.konsole-123",
            "org.kde.konsole.*",
            "org.freedesktop.secrets",
            "ca.desrt.*",
        ] {
            assert!(of_bus_name(name).is_some(), "{name}");
        }
        for name in [
            "org.freedesktop.Notifications",
            "org.freedesktop.systemd10",
            "org.freedesktop.FlatpakX",
            "org.freedesktop.portal.*",
            "org.freedesktop.implements",
            "org.gnome.ShellX",
            "com.example.*",
        ] {
            assert_eq!(of_bus_name(name), None, "{name}");
        }
    }
}

//! What the proxy lets through, in the words of xdg-dbus-proxy(1) (contract, 1.11).

use crate::permissions::{Bus, BusAccess, Context};
use crate::refs::Id;

const REGISTRY: &str = "org.a11y.atspi.Registry";
const ROOT: &str = "/org/a11y/atspi/accessible/root";
const LIST: &str = "/org/a11y/atspi/registry";
const CONTROLLER: &str = "/org/a11y/atspi/registry/deviceeventcontroller";

/// Methods of the accessibility registry that an application needs to offer itself to a screen
/// reader, with the object.
const REGISTRY_CALLS: [(&str, &str); 7] = [
    ("org.a11y.atspi.Socket.Embed", ROOT),
    ("org.a11y.atspi.Socket.Unembed", ROOT),
    ("org.a11y.atspi.Registry.GetRegisteredEvents", LIST),
    (
        "org.a11y.atspi.DeviceEventController.GetKeystrokeListeners",
        CONTROLLER,
    ),
    (
        "org.a11y.atspi.DeviceEventController.GetDeviceEventListeners",
        CONTROLLER,
    ),
    (
        "org.a11y.atspi.DeviceEventController.NotifyListenersSync",
        CONTROLLER,
    ),
    (
        "org.a11y.atspi.DeviceEventController.NotifyListenersAsync",
        CONTROLLER,
    ),
];

/// Who asks, and whether only below `ID.Sandboxed`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) id: &'a Id,
    pub(super) sandboxed: bool,
}

/// The options behind a bus's address and socket.
pub(super) fn rules(bus: Bus, owner: Owner<'_>, permissions: &Context) -> Vec<String> {
    let mut rules = vec!["--filter".to_owned()];
    match bus {
        Bus::Session => rules.extend(own_names(owner)),
        Bus::System => (),
        Bus::Accessibility => rules.extend(registry(owner)),
    }
    for (name, access) in permissions.bus(bus) {
        let word = match access.value {
            BusAccess::Nothing => continue,
            access => access.word(),
        };
        rules.push(format!("--{word}={name}"));
    }
    if bus == Bus::Session {
        rules.push("--call=org.freedesktop.portal.*=*".to_owned());
        rules.push("--broadcast=org.freedesktop.portal.*=@/org/freedesktop/portal/*".to_owned());
    }
    rules
}

/// An application is its own name, and a media player of that name (MPRIS).
fn own_names(owner: Owner<'_>) -> [String; 2] {
    let below = if owner.sandboxed { ".Sandboxed" } else { "" };
    ["", "org.mpris.MediaPlayer2."].map(|before| format!("--own={before}{}{below}.*", owner.id))
}

fn registry(owner: Owner<'_>) -> Vec<String> {
    let mut rules = vec!["--sloppy-names".to_owned()];
    rules.extend(
        ["EventListenerRegistered", "EventListenerDeregistered"]
            .map(|signal| format!("--broadcast={REGISTRY}={REGISTRY}.{signal}@{LIST}")),
    );
    rules.extend(
        REGISTRY_CALLS
            .iter()
            .map(|(method, object)| format!("--call={REGISTRY}={method}@{object}")),
    );
    let id = owner.id;
    rules.push(format!(
        "--call={id}.Sandboxed.*=org.a11y.atspi.Socket.Embedded"
    ));
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::{Layer, Origin, options};

    fn of(bus: Bus, sandboxed: bool, asked: &[(&str, &str)]) -> Vec<String> {
        let mut context = Context::default();
        for (option, value) in asked {
            for change in options::parse(option, value).unwrap() {
                context.apply(change, &Origin::layer(Layer::App));
            }
        }
        let id = &"org.x.Y".parse().unwrap();
        rules(bus, Owner { id, sandboxed }, &context)
    }

    #[test]
    fn the_session_bus() {
        let asked = [
            ("talk-name", "org.a.B"),
            ("own-name", "org.c.*"),
            ("no-talk-name", "org.d.E"),
            ("system-talk-name", "org.f.G"),
        ];
        let expected = [
            "--filter",
            "--own=org.x.Y.*",
            "--own=org.mpris.MediaPlayer2.org.x.Y.*",
            "--talk=org.a.B",
            "--own=org.c.*",
            "--call=org.freedesktop.portal.*=*",
            "--broadcast=org.freedesktop.portal.*=@/org/freedesktop/portal/*",
        ];
        assert_eq!(of(Bus::Session, false, &asked), expected);
        assert_eq!(
            of(Bus::System, false, &asked),
            ["--filter", "--talk=org.f.G"]
        );
        let sandboxed = of(Bus::Session, true, &[]);
        assert!(sandboxed.contains(&"--own=org.x.Y.Sandboxed.*".to_owned()));
        assert!(!sandboxed.contains(&"--own=org.x.Y.*".to_owned()));
    }

    #[test]
    fn the_accessibility_bus() {
        let rules = of(Bus::Accessibility, false, &[("a11y-own-name", "org.x.Y.Z")]);
        assert_eq!(rules[..2], ["--filter", "--sloppy-names"]);
        assert!(rules.contains(&"--own=org.x.Y.Z".to_owned()));
        assert!(rules.iter().all(|rule| !rule.contains("portal")));
    }
}

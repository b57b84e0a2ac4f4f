//! Which of the permissions that are asked for are given: those that this program can give.

use aril_flatpak::permissions::{Change, Context, Facts, Feature, Flip, Form, Layers, Share, Word};
use aril_flatpak::shown;
use std::collections::BTreeSet;

/// Features that only change the system calls that are refused; the words are those of a rule set.
const FEATURES: [Feature; 4] = [
    Feature::Devel,
    Feature::Multiarch,
    Feature::Bluetooth,
    Feature::Canbus,
];

/// What is given, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    /// What is given: `/.flatpak-info` tells it.
    pub given: Context,
    /// The network.
    pub network: bool,
    /// System V IPC and message queues.
    pub ipc: bool,
    /// What was asked for and is not given, each fit for a terminal.
    pub refused: Vec<String>,
}

impl Permits {
    /// Decides about what the application asks for.
    pub fn decide(asked: &Context) -> Self {
        let layers = Layers {
            app: asked.clone(),
            ..Layers::default()
        };
        let facts = Facts::default();
        let asked = layers.effective().evaluated(&facts);
        let given = given(&asked, &facts);
        let shares = given.granted(&facts).shares;
        Self {
            network: shares.contains_key(&Share::Network),
            ipc: shares.contains_key(&Share::Ipc),
            refused: refused(&asked, &given),
            given,
        }
    }

    /// The words of the seccomp rule set.
    pub fn rule_set(&self) -> String {
        let features = self.given.granted(&Facts::default()).features;
        let words = features.keys().map(|feature| feature.word());
        let words: Vec<&str> = std::iter::once("default").chain(words).collect();
        words.join(",")
    }
}

fn given(asked: &Context, facts: &Facts) -> Context {
    let granted = asked.granted(facts);
    let mut given = Context {
        environment: asked.environment.clone(),
        ..Context::default()
    };
    for (share, origin) in &granted.shares {
        given.apply(Change::Share(*share, Flip::Allow), origin);
    }
    for (feature, origin) in &granted.features {
        if FEATURES.contains(feature) {
            given.apply(Change::Feature(*feature, Flip::Allow), origin);
        }
    }
    given
}

/// The rows that are asked for and not given, and what was not understood.
fn refused(asked: &Context, given: &Context) -> Vec<String> {
    let given: BTreeSet<_> = given.rows(Form::Flattened).iter().map(said).collect();
    let rows = asked.rows(Form::Flattened);
    let rows = rows.iter().map(said).filter(|row| !given.contains(row));
    let ignored = asked.ignored.iter();
    rows.chain(ignored.map(|ignored| ignored.why.clone()))
        .collect()
}

fn said(row: &aril_flatpak::permissions::Row) -> String {
    let value = format!("{}={}", shown(&row.key), shown(&row.text));
    match row.group.as_str() {
        "Context" => value,
        group => format!("[{}] {value}", shown(group)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::parse;
    use std::path::Path;

    fn decide(permissions: &str) -> Permits {
        let text = format!("[Application]\nname=org.x.Y\n{permissions}");
        Permits::decide(&parse(text.as_bytes(), Path::new("m")).unwrap().permissions)
    }

    #[test]
    fn nothing_is_given_that_was_not_asked_for() {
        let permits = decide("");
        assert_eq!(permits, Permits::default());
        assert_eq!(permits.rule_set(), "default");
    }

    #[test]
    fn what_can_be_given_is_given() {
        let permits = decide("[Context]\nshared=network;ipc;\nfeatures=devel;multiarch;\n");
        assert!(permits.network && permits.ipc);
        assert_eq!(permits.refused, [""; 0]);
        assert_eq!(permits.rule_set(), "default,devel,multiarch");
    }

    #[test]
    fn the_rest_is_told() {
        let permits = decide(
            "[Context]\nshared=!network;\nsockets=x11;\ndevices=dri;\nfilesystems=home:ro;nonsense;\n\
             persistent=.x;\nfeatures=per-app-dev-shm;\n[Session Bus Policy]\norg.a.B=talk\n\
             [Environment]\nA=1\n",
        );
        assert!(!permits.network);
        let told = permits.refused.join(" ");
        for word in [
            "sockets=x11",
            "devices=dri",
            "filesystems=home:ro",
            "nonsense",
            "persistent=.x",
            "features=per-app-dev-shm",
            "[Session Bus Policy] org.a.B=talk",
        ] {
            assert!(told.contains(word), "{word}: {told}");
        }
        assert!(!told.contains("A=1") && !told.contains("network"), "{told}");
    }
}

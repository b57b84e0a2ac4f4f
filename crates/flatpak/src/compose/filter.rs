//! The system-call filter, by the features that are granted.

use super::error::ComposeError;
use crate::permissions::{Feature, Granted, Word};
use aril_sandbox::spec::SeccompProgram;
use aril_seccomp::RuleSet;

/// Features that change which system calls are refused; the words are those of a rule set.
const FEATURES: [Feature; 4] = [
    Feature::Devel,
    Feature::Multiarch,
    Feature::Bluetooth,
    Feature::Canbus,
];

/// No file with the set-user-id bit: one of root's, in a directory that is shared, would be everybody's
/// way to be root.
const OF_ROOT: &str = "+suid";

/// The words of the rule set, for a user.
pub(crate) fn words(granted: &Granted, devel: bool, uid: u32) -> String {
    let features = FEATURES.into_iter().filter(|feature| {
        granted.features.contains_key(feature) || (devel && *feature == Feature::Devel)
    });
    let words = std::iter::once("default").chain(features.map(Word::word));
    let words = words.chain((uid == 0).then_some(OF_ROOT));
    words.collect::<Vec<_>>().join(",")
}

/// The filter for this machine.
pub(crate) fn program(words: &str) -> Result<SeccompProgram, ComposeError> {
    let refuse = |why: &dyn ToString| ComposeError::Filter(why.to_string());
    let rules: RuleSet = words.parse().map_err(|error| refuse(&error))?;
    let program = aril_filters::program(&rules).map_err(|error| refuse(&error))?;
    Ok(SeccompProgram::Bytes(program))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::{Context, Facts, Origin, options};

    #[test]
    fn features_choose_the_rules() {
        let mut context = Context::default();
        for feature in ["multiarch", "bluetooth", "per-app-dev-shm"] {
            for change in options::parse("allow", feature).unwrap() {
                context.apply(change, &Origin::COMMAND_LINE);
            }
        }
        let granted = context.granted(&Facts::default());
        assert_eq!(words(&granted, false, 7), "default,multiarch,bluetooth");
        assert_eq!(words(&Granted::default(), true, 7), "default,devel");
        assert_eq!(words(&Granted::default(), false, 7), "default");
        assert_eq!(words(&Granted::default(), false, 0), "default,+suid");
        program("default,devel,multiarch,bluetooth,canbus").unwrap();
    }
}

//! `required-flatpak`: what an application relies on (flatpak-metadata(5)).

use super::Note;
use super::error::ComposeError;
use crate::metadata::Metadata;
use crate::text::shown;

/// The release of flatpak whose metadata, options of `run` and `/.flatpak-info` all have their meaning
/// here. Applications and portals read it as `flatpak-version`.
pub(crate) const FLATPAK_VERSION: &str = "1.18.0";

type Version = (u32, u32, u32);

/// Sees that the version above is enough. What cannot be read as a version is told, and counts for
/// nothing.
pub(crate) fn see_version(metadata: &Metadata) -> Result<Vec<Note>, ComposeError> {
    let mut notes = Vec::new();
    let mut required = Vec::new();
    for text in &metadata.required_flatpak {
        match parse(text) {
            Some(version) => required.push(version),
            None => notes.push(Note::Warning(format!(
                "read required-flatpak, on `{}`: no version",
                shown(text.as_bytes())
            ))),
        }
    }
    match parse(FLATPAK_VERSION).is_some_and(|ours| is_enough(ours, &required)) {
        true => Ok(notes),
        false => Err(ComposeError::Refused(format!(
            "run the application, on {}: it needs flatpak {}, and this is like {FLATPAK_VERSION}",
            metadata.id,
            shown(metadata.required_flatpak.join(" or ").as_bytes())
        ))),
    }
}

/// One version for each series: a later one than that of its own series is enough, and so is a series
/// that is later than all.
fn is_enough(ours: Version, required: &[Version]) -> bool {
    let series = |version: &Version| (version.0, version.1);
    let own = required.iter().find(|one| series(one) == series(&ours));
    match own {
        Some(own) => ours >= *own,
        None => required.iter().all(|one| series(one) < series(&ours)),
    }
}

/// `MAJOR.MINOR.MICRO`.
fn parse(text: &str) -> Option<Version> {
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    let version = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_series_has_its_own_version() {
        let enough = |ours: &str, required: &[&str]| {
            let required: Vec<_> = required.iter().map(|text| parse(text).unwrap()).collect();
            is_enough(parse(ours).unwrap(), &required)
        };
        assert!(enough("1.18.0", &[]));
        assert!(enough("1.18.0", &["1.12.0", "1.10.5"]));
        assert!(enough("1.12.1", &["1.14.0", "1.12.1"]));
        assert!(!enough("1.12.0", &["1.14.0", "1.12.1"]));
        assert!(!enough("1.18.0", &["1.19.0"]));
        assert!(!enough("1.18.0", &["2.0.0"]));
        assert_eq!(parse("1.2"), None);
        assert_eq!(parse("1.2.3.4"), None);
        assert_eq!(parse("a"), None);
    }
}

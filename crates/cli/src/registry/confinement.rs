//! What a sandbox's payload was confined by, kept for those that enter it later.

use crate::error::RunError;
use aril_flatpak::instances::Directory;
use aril_sandbox::spec::{FileRules, Landlock, Need, PathRule, Scopes, SeccompProgram};
use aril_sandbox::{FileAccess, Spec};
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The name of the file, which only the user can read and nobody can write.
pub const CONFINEMENT: &str = "confinement.json";

/// Longer than the file of any sandbox.
const LONGEST: u64 = 64 << 20;

/// Seccomp programs and a Landlock domain: what cannot be joined as a namespace can.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Confinement {
    /// The seccomp programs, in the order of their installation.
    #[serde(with = "hexadecimal")]
    pub filters: Vec<Vec<u8>>,
    /// The Landlock domain.
    landlock: Option<Domain>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Domain {
    is_required: bool,
    handled: Option<u64>,
    /// Paths as bytes, rights, and whether the path may be missing.
    rules: Vec<(Vec<u8>, u64, bool)>,
    tcp_bind: Option<Vec<u16>>,
    tcp_connect: Option<Vec<u16>>,
    abstract_sockets: bool,
    signals: bool,
}

impl Confinement {
    /// That of a spec. Programs that the spec names by descriptor cannot be kept.
    pub fn of(spec: &Spec) -> Result<Self, RunError> {
        let filters = spec.seccomp.iter().map(|program| match program {
            // What is reported is refused all the same without a report.
            SeccompProgram::Bytes(bytes) | SeccompProgram::Reported(bytes) => Ok(bytes.clone()),
            SeccompProgram::Observed(bytes) => {
                let program = aril_seccomp::Program::from_bytes(bytes);
                let program = program.map_err(|error| {
                    let why = format_args!("keep the confinement, on a seccomp program: {error}");
                    RunError::new(why)
                })?;
                Ok(program.unobserved().to_bytes())
            }
            SeccompProgram::Fd(_) | SeccompProgram::LateFd(_) => Err(RunError::new(
                "keep the confinement, on a seccomp program: it is given by descriptor",
            )),
        });
        Ok(Self {
            filters: filters.collect::<Result<_, _>>()?,
            landlock: spec.landlock.as_ref().map(Domain::of),
        })
    }

    /// That of one seccomp program, and no Landlock domain.
    pub fn of_filter(bytes: Vec<u8>) -> Self {
        Self {
            filters: vec![bytes],
            landlock: None,
        }
    }

    /// Confines what a spec describes in the same way.
    pub fn apply(&self, spec: &mut Spec) {
        let filters = self.filters.iter().cloned();
        spec.seccomp = filters.map(SeccompProgram::Bytes).collect();
        spec.landlock = self.landlock.as_ref().map(Domain::landlock);
    }

    /// Writes it into a directory that nothing inside the sandbox can reach.
    pub fn keep(&self, directory: &Directory) -> Result<(), RunError> {
        let path = directory.path().join(CONFINEMENT);
        let text = serde_json::to_vec(self).map_err(RunError::new)?;
        let kept = directory.write(OsStr::new(CONFINEMENT), &text, 0o400);
        kept.map_err(|error| RunError::on("keep the confinement", &path, error))
    }

    /// Reads what [`Confinement::keep`] wrote.
    pub fn find(directory: &Directory) -> Result<Self, RunError> {
        let path = directory.path().join(CONFINEMENT);
        let read = directory.read(OsStr::new(CONFINEMENT), LONGEST);
        let parsed = read.and_then(|text| {
            serde_json::from_slice(&text).map_err(|error| io::Error::other(error.to_string()))
        });
        parsed.map_err(|error| RunError::on("read the sandbox's confinement", &path, error))
    }
}

impl Domain {
    fn of(landlock: &Landlock) -> Self {
        let rules = landlock.files.iter().flat_map(|files| &files.rules);
        Self {
            is_required: landlock.need == Need::Required,
            handled: landlock.files.as_ref().map(|files| files.handled.0),
            rules: rules
                .map(|rule| {
                    let path = rule.path.as_os_str().as_bytes().to_vec();
                    (path, rule.access.0, rule.optional)
                })
                .collect(),
            tcp_bind: landlock.tcp_bind.clone(),
            tcp_connect: landlock.tcp_connect.clone(),
            abstract_sockets: landlock.scopes.abstract_sockets,
            signals: landlock.scopes.signals,
        }
    }

    fn landlock(&self) -> Landlock {
        let rules = self.rules.iter().map(|(path, access, optional)| PathRule {
            path: OsString::from_vec(path.clone()).into(),
            access: FileAccess(*access),
            optional: *optional,
        });
        Landlock {
            need: if self.is_required {
                Need::Required
            } else {
                Need::WherePossible
            },
            files: self.handled.map(|handled| FileRules {
                handled: FileAccess(handled),
                rules: rules.collect(),
            }),
            tcp_bind: self.tcp_bind.clone(),
            tcp_connect: self.tcp_connect.clone(),
            scopes: Scopes {
                abstract_sockets: self.abstract_sockets,
                signals: self.signals,
            },
        }
    }
}

/// Programs as text of two digits a byte. A list of numbers would take most of the time that a start
/// spends on its registration.
mod hexadecimal {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    const DIGITS: &[u8; 16] = b"0123456789abcdef";

    pub(super) fn serialize<S: Serializer>(
        programs: &[Vec<u8>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(programs.iter().map(|program| text(program)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Vec<u8>>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let programs = texts.iter().map(|text| bytes(text.as_bytes()));
        let programs: Option<_> = programs.collect();
        programs.ok_or_else(|| D::Error::custom("a program is not hexadecimal"))
    }

    fn text(bytes: &[u8]) -> String {
        let digit = |four: u8| char::from(DIGITS[usize::from(four & 15)]);
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            text.extend([digit(byte >> 4), digit(*byte)]);
        }
        text
    }

    fn bytes(text: &[u8]) -> Option<Vec<u8>> {
        let value = |digit: &u8| DIGITS.iter().position(|known| known == digit);
        let pairs = text.chunks(2).map(|pair| match pair {
            [high, low] => u8::try_from(value(high)? * 16 + value(low)?).ok(),
            _ => None,
        });
        pairs.collect()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_written_is_read() {
            let all: Vec<u8> = (0..=255).collect();
            assert_eq!(bytes(text(&all).as_bytes()), Some(all));
            assert_eq!(text(&[0, 0x1f, 0xff]), "001fff");
            for odd in ["0", "0g", "0F", "+1"] {
                assert_eq!(bytes(odd.as_bytes()), None, "{odd}");
            }
        }
    }
}

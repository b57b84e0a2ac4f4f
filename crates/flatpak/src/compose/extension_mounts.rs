//! Extensions: files of other packages in `/app` and `/usr` (contract, 1.8).

use super::Note;
use super::entries::tmpfs;
use super::error::ComposeError;
use super::facts::Facts;
use super::subject::Subject;
use crate::beneath::Beneath;
use crate::extensions::{BY_GTK_THEME, Catalogue, ExtensionFacts, Extensions, Merge, Mounted};
use crate::extensions::{gtk_theme, resolve};
use crate::installations::{InstallationError, Installed};
use crate::metadata::Extension;
use crate::refs::Ref;
use aril_sandbox::{Access, Entry, Node};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Links to entries of extensions are small.
const LINKS_SIZE: u64 = 16 << 20;

/// The extensions of one tree, and what they add.
#[derive(Debug, Default)]
pub(crate) struct ExtensionMounts {
    /// What is mounted.
    pub(crate) extensions: Extensions,
    /// In this order.
    pub(crate) tree: Vec<Entry>,
    /// Directories for the library path, absolute, in the order of priority.
    pub(crate) library_paths: Vec<(String, PathBuf)>,
    /// Files that are locked while they are used.
    pub(crate) locks: Vec<PathBuf>,
    /// What is refused.
    pub(crate) notes: Vec<Note>,
}

/// The extensions of the application and of the runtime.
pub(crate) fn find(subject: &Subject, facts: &Facts) -> Result<[ExtensionMounts; 2], ComposeError> {
    let of_app = match &subject.app {
        Some(_) => &subject.metadata.extensions[..],
        None => &[],
    };
    let app = mounts(subject, (of_app, &subject.reference), facts, "/app")?;
    let runtime = match (subject.runtime.metadata(), subject.runtime.reference()) {
        (Some(metadata), Some(reference)) => {
            mounts(subject, (&metadata.extensions, reference), facts, "/usr")?
        }
        _ => ExtensionMounts::default(),
    };
    Ok([app, runtime])
}

fn mounts(
    subject: &Subject,
    (points, owner): (&[Extension], &Ref),
    facts: &Facts,
    base: &str,
) -> Result<ExtensionMounts, ComposeError> {
    if points.is_empty() {
        return Ok(ExtensionMounts::default());
    }
    let conditions = points.iter().any(|point| !point.enable_if.is_empty());
    let of_machine = match conditions {
        true => ExtensionFacts {
            gtk_theme: match has_theme(points, &subject.installed)? {
                true => gtk_theme(),
                false => None,
            },
            ..gather(facts)
        },
        false => ExtensionFacts::default(),
    };
    let extensions = resolve(points, owner, &of_machine, &subject.installed)?;
    let mut found = ExtensionMounts {
        notes: extensions.refused.iter().map(refused).collect(),
        ..ExtensionMounts::default()
    };
    found.mount(&extensions, Path::new(base));
    found.merge(&extensions, Path::new(base));
    found.extensions = extensions;
    Ok(found)
}

/// Whether an extension is installed that only one theme of GTK enables: runtimes have a place for
/// them, and to ask for the theme takes longer than the rest of a start.
fn has_theme(points: &[Extension], installed: &Installed) -> Result<bool, InstallationError> {
    for point in points {
        let by_theme = point.enable_if.iter().any(|it| it == BY_GTK_THEME);
        if by_theme && !installed.names(&point.name)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn refused(refused: &crate::extensions::Refused) -> Note {
    Note::Warning(refused.to_string())
}

fn gather(facts: &Facts) -> ExtensionFacts {
    let variable = |name| facts.variable(name).and_then(OsStr::to_str);
    ExtensionFacts::gather(
        Path::new("/"),
        variable("FLATPAK_GL_DRIVERS"),
        variable("XDG_CURRENT_DESKTOP"),
    )
}

impl ExtensionMounts {
    fn mount(&mut self, extensions: &Extensions, base: &Path) {
        let mut emptied = BTreeSet::new();
        for one in &extensions.mounted {
            let origin = one.reference.to_string();
            if let Some(directory) = one.emptied.as_ref().filter(|it| emptied.insert(*it)) {
                let entry = tmpfs(base.join(directory), LINKS_SIZE, 0o755);
                self.tree.push(entry.from_origin(origin.as_str()));
            }
            let target = base.join(&one.target);
            if one.found.files.join(".ref").is_file() {
                self.locks.push(target.join(".ref"));
            }
            let entry = Entry::bind(&one.found.files, target, Access::ReadOnly);
            self.tree.push(entry.from_origin(origin));
        }
        for one in extensions.by_priority() {
            let id = one.reference.id.to_string();
            let path = one.library_path.as_ref().map(|path| base.join(path));
            self.library_paths.extend(path.map(|path| (id, path)));
        }
    }

    /// Links to the entries of each in a directory of all: of two with one name the first stays.
    fn merge(&mut self, extensions: &Extensions, base: &Path) {
        let emptied: BTreeSet<&PathBuf> = extensions
            .mounted
            .iter()
            .filter_map(|one| one.emptied.as_ref())
            .collect();
        let mut linked = BTreeSet::new();
        for one in extensions.by_priority() {
            for merge in &one.merges {
                if !emptied
                    .iter()
                    .any(|directory| merge.shared.starts_with(directory))
                {
                    let text = "its directory is not shared, so its entries are not linked";
                    self.notes.push(Note::Detail(format!(
                        "extension {}: {text}",
                        one.reference.id
                    )));
                    continue;
                }
                for name in names(one, merge) {
                    let link = base.join(&merge.shared).join(&name);
                    if linked.insert(link.clone()) {
                        let to = base.join(&merge.own).join(&name);
                        let entry = Entry::symlink(to, link);
                        self.tree.push(entry.from_origin(one.reference.to_string()));
                    }
                }
            }
        }
        let sealed = emptied.iter().map(|directory| {
            let entry = Entry::new(base.join(directory), Node::ReadOnly);
            entry.from_origin("extensions are complete")
        });
        self.tree.extend(sealed);
    }
}

/// A directory that is not there has no names; a link in the package does not lead out of it.
fn names(one: &Mounted, merge: &Merge) -> Vec<std::ffi::OsString> {
    let files = Beneath::open_root(&one.found.files);
    let directory = files.and_then(|files| files.open_dir(&merge.in_files));
    directory.and_then(|it| it.names()).unwrap_or_default()
}

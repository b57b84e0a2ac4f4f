//! The user's own list of variables that pass: `$XDG_CONFIG_HOME/aril/environment`.

use crate::error::RunError;
use aril_flatpak::compose::Facts;
use aril_flatpak::environment::Pattern;
use aril_flatpak::shown_path;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A list is a page; what is larger is none.
const LONGEST: u64 = 1 << 20;

/// The patterns in the list, if there is one.
pub fn patterns(facts: &Facts) -> Result<Vec<Pattern>, RunError> {
    let path = facts.config_home().join("aril/environment");
    let text = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|why| RunError::on("read the list of variables", &path, why))?,
    };
    Pattern::parse_list(&text).map_err(|(line, why)| {
        let path = shown_path(&path);
        RunError::new(format_args!(
            "read the list of variables, on {path}:{line}: {why}"
        ))
    })
}

fn read(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text)?;
    match text.len() as u64 > LONGEST {
        true => Err(io::Error::other("more than a megabyte")),
        false => Ok(text),
    }
}

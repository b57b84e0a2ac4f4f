//! What a grant opens beyond what it seems to: one line for each.

mod bus_names;
mod paths;

pub use bus_names::of_bus_name;
pub(crate) use paths::SECRET_HOMES;
pub use paths::of_path;

use crate::facts::Facts;
use crate::files::Files;
use crate::setting::{Net, PathRule, Screen, Sourced};
use crate::settings::Settings;
use aril_sandbox::Escaped;

const NETWORK: &str = "it reaches the network, services of this machine and abstract sockets";
const X11: &str =
    "every client of X11 reads all keys that you press, and sends keys to your programs";

/// The lines for everything that was asked for, each with who asked.
pub(crate) fn warnings(settings: &Settings, facts: &Facts, files: &dyn Files) -> Vec<String> {
    let line = |origin: &str, why: &str| format!("{}: {why}", Escaped(origin.as_bytes()));
    let paths = settings.paths.iter().filter_map(|asked| {
        let why = of_rule(&asked.value, facts, files)?;
        Some(line(&asked.origin, &why))
    });
    // Who takes a profile that has the network takes it for that.
    let net = settings.net.iter();
    let net = net.filter(|net| net.value == Net::Host && net.origin.starts_with("--"));
    let net = net.map(|net| line(&net.origin, NETWORK));
    let screens = settings.screens.iter();
    let screens = screens.filter(|screen| screen.value == Screen::X11);
    let screens = screens.map(|screen| line(&screen.origin, X11));
    let names = settings.bus_names.iter();
    let names = names.filter_map(|name| Some(line(&name.origin, &of_name(name)?)));
    paths.chain(net).chain(screens).chain(names).collect()
}

fn of_rule(rule: &PathRule, facts: &Facts, files: &dyn Files) -> Option<String> {
    let is_shown = rule.reach.is_shown();
    if !is_shown || files.kind(&rule.path).is_none() {
        return None;
    }
    let real = || files.real_path(&rule.path);
    of_path(&rule.path, rule.reach, facts).or_else(|| of_path(&real()?, rule.reach, facts))
}

fn of_name(name: &Sourced<String>) -> Option<String> {
    let why = of_bus_name(&name.value)?;
    // A line of a profile may have several.
    Some(match name.origin.ends_with(&name.value) {
        true => why,
        false => format!("{}: {why}", name.value),
    })
}

//! Looks at this host.

use super::facts::{Cgroups, Container, Desktop, Facts, Landlock, RuntimeDirectory, SYSCTLS};
use super::{places, trials};
use aril_flatpak::bus::find_program;
use aril_flatpak::compose::Facts as Session;
use aril_sandbox::Host;
use aril_sandbox::sys::{Errno, cred};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Tries and reads everything. What cannot be read is not known, and is told as such.
pub fn gather(host: &Host) -> Facts {
    // Without a home directory there is no session to look at.
    let session = Session::gather((host.uid, host.gid), host.environment.iter().cloned()).ok();
    let ranges = places::ranges(host.uid, session.as_ref());
    let usable = ranges.privileged || host.uid == 0;
    let granted = ranges.granted.filter(|_| usable);
    Facts {
        program: env::current_exe().unwrap_or_else(|_| PathBuf::from("aril")),
        uid: host.uid,
        capabilities: host.capabilities,
        bounding: bounding(),
        kernel: host.kernel,
        trials: trials::all(host, granted),
        sysctls: sysctls(),
        container: container(),
        apparmor_profile: apparmor_profile(),
        security_modules: list("/sys/kernel/security/lsm", ','),
        landlock: landlock(),
        seccomp_actions: list("/proc/sys/kernel/seccomp/actions_avail", ' '),
        cgroups: cgroups(),
        ranges,
        masks: masks(),
        desktop: desktop(host.uid, session.as_ref()),
    }
}

fn bounding() -> u64 {
    (0..cred::CAPABILITY_BITS)
        .filter(|&number| cred::is_in_bounding_set(number) == Some(true))
        .fold(0, |set, number| set | 1 << number)
}

fn text(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim_end_matches(['\n', '\0']).to_owned())
}

fn list(path: &str, separator: char) -> Vec<String> {
    let text = text(path).unwrap_or_default();
    let words = text.split(separator).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn sysctls() -> BTreeMap<&'static str, String> {
    let read = |name| Some((name, text(Path::new("/proc/sys").join(name))?));
    SYSCTLS.into_iter().filter_map(read).collect()
}

/// Each program leaves a mark of its own. A process inside can forge them: they choose words, nothing
/// else.
fn container() -> Option<Container> {
    if Path::new("/.flatpak-info").exists() {
        return Some(Container::Flatpak);
    }
    if Path::new("/run/.containerenv").exists() {
        return Some(Container::Podman);
    }
    if Path::new("/.dockerenv").exists() {
        return Some(Container::Docker);
    }
    match env::var_os("container") {
        Some(name) if name == "podman" => Some(Container::Podman),
        Some(name) if name == "docker" => Some(Container::Docker),
        Some(_) => Some(Container::Other),
        None => env::var_os("KUBERNETES_SERVICE_HOST").map(|_| Container::Other),
    }
}

fn apparmor_profile() -> Option<String> {
    if text("/sys/module/apparmor/parameters/enabled").as_deref() != Some("Y") {
        return None;
    }
    let profile = text("/proc/self/attr/apparmor/current").or(text("/proc/self/attr/current"))?;
    (profile != "unconfined").then_some(profile)
}

fn landlock() -> Landlock {
    match aril_sandbox::sys::landlock::abi() {
        Ok(abi) => Landlock::Abi(abi),
        Err(Errno::EOPNOTSUPP) => Landlock::Off,
        Err(_) => Landlock::Missing,
    }
}

/// Mounts below `/proc`, as containers cover parts of it (proc(5), mountinfo).
fn masks() -> Vec<PathBuf> {
    let text = text("/proc/self/mountinfo").unwrap_or_default();
    let target = |line: &str| line.split(' ').nth(4).map(PathBuf::from);
    let mut masks: Vec<PathBuf> = text.lines().filter_map(target).collect();
    // Programs mount the registry of binary formats there, and it covers nothing.
    masks.retain(|path| {
        path.starts_with("/proc/") && !path.ends_with("proc") && !path.ends_with("binfmt_misc")
    });
    masks
}

fn cgroups() -> Cgroups {
    let mounts = text("/proc/self/mountinfo").unwrap_or_default();
    let of_kind = |kind: &str| {
        mounts.lines().find_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let target = before.split(' ').nth(4)?;
            (after.split(' ').next() == Some(kind)).then(|| PathBuf::from(target))
        })
    };
    let mount = of_kind("cgroup2");
    let own = mount.as_deref().and_then(own_group);
    let controllers = own
        .as_ref()
        .map(|own| own.join("cgroup.controllers"))
        .and_then(text)
        .unwrap_or_default();
    Cgroups {
        delegated: own.as_deref().is_some_and(places::can_make_groups),
        controllers: controllers.split(' ').map(str::to_owned).collect(),
        legacy: of_kind("cgroup").is_some(),
        mount,
    }
}

/// The line `0::/PATH` of `/proc/self/cgroup` (cgroups(7)).
fn own_group(mount: &Path) -> Option<PathBuf> {
    let text = text("/proc/self/cgroup")?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(mount.join(path))
}

fn desktop(uid: u32, session: Option<&Session>) -> Desktop {
    let directory = env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty());
    Desktop {
        runtime_directory: match &directory {
            None => RuntimeDirectory::Unset,
            Some(path) => places::fitness(Path::new(path), uid),
        },
        session_bus: session.and_then(places::session_bus),
        proxy: session.and_then(find_program),
        portal: directory.is_some_and(|path| Path::new(&path).join("doc/by-app").is_dir()),
        installations: session.map(places::installations).unwrap_or_default(),
    }
}

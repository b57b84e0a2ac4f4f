//! Running a shell script in a sandbox that has a part in it, and what it printed.
#![allow(unreachable_pub, dead_code, reason = "each test program uses a part")]

use aril_flatpak::compose::Part;
use aril_flatpak::keyfile::KeyFile;
use aril_flatpak::permissions::{Context, Layer, Origin};
use aril_sandbox::spec::{EnvChange, Stream};
use aril_sandbox::{Access, Entry, Host, LaunchError, Outcome, Plan, Spec};
use std::env;
use std::io::{PipeReader, Read};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::Command;

/// The permissions of an application whose metadata has these lines.
pub fn context(lines: &str) -> Context {
    let text = format!("[Context]\n{lines}\n");
    let file = KeyFile::parse(text.as_bytes()).unwrap();
    Context::load(&file, &Origin::layer(Layer::App)).unwrap()
}

/// A spec that runs `script` with the host's programs in view, and what the part adds.
pub fn spec(script: &str, part: &Part) -> Spec {
    let mut spec = Spec::new("/bin/sh");
    spec.program.args = vec!["-c".into(), script.into()];
    let path = EnvChange::Set("PATH".into(), "/usr/bin:/bin".into());
    spec.program.environment = vec![path];
    for name in ["/usr", "/bin", "/sbin", "/lib", "/lib64"] {
        let bind = Entry::bind(name, name, Access::ReadOnly);
        spec.tree.push(bind.optional());
    }
    spec.tree.push(Entry::proc("/proc"));
    if !part
        .tree
        .iter()
        .any(|entry| entry.target == Path::new("/dev"))
    {
        spec.tree.push(Entry::dev("/dev"));
    }
    spec.tree.extend(part.tree.iter().cloned());
    spec.root.access = Access::ReadOnly;
    spec
}

/// A running sandbox and its output.
pub struct Running {
    sandbox: aril_sandbox::Sandbox,
    output: PipeReader,
}

/// Starts a spec; its input is `/dev/null` unless one is given.
pub fn start(spec: &Spec, input: Stream) -> Result<Running, String> {
    let (output, writer) = std::io::pipe().unwrap();
    let mut spec = spec.clone();
    let fd = Stream::Fd(writer.as_raw_fd());
    spec.program.streams = [input, fd, fd];
    let plan = Plan::new(&spec, &Host::gather().unwrap()).map_err(|error| error.to_string())?;
    match plan.launch() {
        Ok(sandbox) => Ok(Running { sandbox, output }),
        Err(LaunchError::Step(failure)) => Err(failure.to_string()),
        Err(error) => panic!("{error}"),
    }
}

impl Running {
    /// What it printed, when it has succeeded.
    pub fn end(mut self) -> String {
        let mut output = String::new();
        self.output.read_to_string(&mut output).unwrap();
        let outcome = self.sandbox.wait().unwrap();
        assert_eq!(outcome, Outcome::Exited(0), "{output}");
        output
    }
}

/// Runs a script that must succeed, and gives what it printed.
pub fn inside(script: &str, part: &Part) -> String {
    start(&spec(script, part), Stream::Null).unwrap().end()
}

/// The control: the same script without a sandbox.
pub fn outside(script: &str) -> String {
    let output = Command::new("/bin/sh").args(["-c", script]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the calling test once more in a mount namespace of its own, in which it may mount. Tells
/// whether this is that run.
pub fn in_own_mounts(test: &str) -> bool {
    again(test, &["--user", "--map-root-user", "--mount"])
}

/// The same without a user namespace: only root can.
pub fn in_mounts_of_root(test: &str) -> bool {
    again(test, &["--mount"])
}

fn again(test: &str, namespaces: &[&str]) -> bool {
    if env::var_os("ARIL_TEST_MOUNTS").is_some() {
        return true;
    }
    let mut command = Command::new("unshare");
    command.args(namespaces).args(["--propagation", "private"]);
    command.arg(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    let output = command.env("ARIL_TEST_MOUNTS", "1").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("1 passed"), "{said}");
    false
}

/// Mounts an empty filesystem; for tests in a mount namespace of their own.
pub fn mount(words: &[&str], at: &Path) {
    let status = Command::new("mount").args(words).arg(at).status().unwrap();
    assert!(status.success(), "mount {words:?} {at:?}");
}

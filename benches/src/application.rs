//! A small installed application, made with flatpak's own tools, for whoever runs it.

use crate::error::{Error, failed};
use crate::run::Words;
use crate::scratch::Scratch;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The application, whose command is `true`.
pub(crate) const ID: &str = "org.aril.bench.Small";
const RUNTIME: &str = "org.aril.bench.Platform";

/// What its runtime has, beside the libraries that these need.
const PROGRAMS: &[&str] = &["/usr/bin/true", "/usr/bin/cat", "/sbin/ldconfig"];

/// An installation with the application, and a user's directories.
pub(crate) struct Application {
    place: Scratch,
    /// `$XDG_RUNTIME_DIR`.
    runtime: Scratch,
    buses: Option<Buses>,
}

/// Message buses of its own.
struct Buses {
    daemon: Child,
    address: String,
}

impl Application {
    /// Makes and installs it. Takes some seconds.
    pub(crate) fn install() -> Result<Self, Error> {
        let home = std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
        let application = Self {
            place: Scratch::below(&home)?,
            runtime: Scratch::of_session(&home)?,
            buses: None,
        };
        let path = application.at("home");
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(failed(format!("make the directory {}", path.display())))?;
        let arch = std::env::consts::ARCH;
        let runtime = format!("[Runtime]\nname={RUNTIME}\n");
        let metadata =
            format!("[Application]\nname={ID}\nruntime={RUNTIME}/{arch}/1\ncommand=true\n");
        fill(&application.at("runtime/files"))?;
        let own = std::env::current_exe().map_err(failed("find this program"))?;
        copy(&own, &application.at("app/files/bin/measure"))?;
        make_directory(&application.at("app/export"))?;
        application.export(&["--runtime"], "runtime", &runtime)?;
        application.export(&[], "app", &metadata)?;
        application.make_available()?;
        Ok(application)
    }

    /// The same user with a session bus and a system bus.
    pub(crate) fn with_buses(mut self) -> Result<Self, Error> {
        self.buses = Some(Buses::start()?);
        Ok(self)
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Words for `flatpak` and `aril`: with them, both run the application.
    pub(crate) fn words(&self, words: &[&str]) -> Words {
        Words {
            direct: words.iter().map(OsString::from).collect(),
            environment: self.environment(),
            ..Words::default()
        }
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("HOME", self.at("home").into_os_string()),
            ("XDG_RUNTIME_DIR", self.runtime.path().into()),
            ("FLATPAK_USER_DIR", self.at("flatpak").into()),
            ("LC_ALL", "C".into()),
        ];
        let system = match &self.buses {
            Some(buses) => {
                variables.push(("DBUS_SESSION_BUS_ADDRESS", buses.address.clone().into()));
                buses.address.clone()
            }
            None => "disabled:".into(),
        };
        variables.push(("DBUS_SYSTEM_BUS_ADDRESS", system.into()));
        variables
    }

    fn export(&self, kind: &[&str], name: &str, metadata: &str) -> Result<(), Error> {
        let directory = self.at(name);
        let written = fs::write(directory.join("metadata"), metadata);
        written.map_err(failed(format!("write the metadata of {name}")))?;
        let mut command = Command::new("flatpak");
        command.args(["build-export", "--disable-fsync"]).args(kind);
        command.args(["--files=files", "--metadata=metadata"]);
        self.run(command.arg(self.at("repo")).arg(directory).arg("1"))
    }

    fn make_available(&self) -> Result<(), Error> {
        let mut command = Command::new("flatpak");
        command.args(["--user", "remote-add", "--no-gpg-verify", "local"]);
        self.run(command.arg(self.at("repo")))?;
        let script = "DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec flatpak \"$@\"";
        let mut command = Command::new("dbus-run-session");
        command.args(["--", "sh", "-c", script, "sh", "--user", "install", "-y"]);
        self.run(command.args(["--noninteractive", "local", RUNTIME, ID]))
    }

    fn run(&self, command: &mut Command) -> Result<(), Error> {
        let program = command.get_program().to_string_lossy().into_owned();
        let output = command
            .envs(self.environment())
            .stdin(Stdio::null())
            .output();
        let output = output.map_err(failed(format!("run {program}")))?;
        match output.status.success() {
            true => Ok(()),
            false => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(Error::new(format!("run {program}"), said.trim()))
            }
        }
    }
}

impl Buses {
    fn start() -> Result<Self, Error> {
        let action = "start a message bus";
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address"]);
        let daemon = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut daemon = daemon.map_err(failed(action))?;
        let mut address = String::new();
        if let Some(output) = daemon.stdout.take() {
            let mut output = std::io::BufReader::new(output);
            std::io::BufRead::read_line(&mut output, &mut address).map_err(failed(action))?;
        }
        let address = address.trim().to_owned();
        Ok(Self { daemon, address })
    }
}

impl Drop for Buses {
    fn drop(&mut self) {
        if let Err(error) = self.daemon.kill().and_then(|()| self.daemon.wait()) {
            eprintln!("aril-benches: end the message bus: {error}");
        }
    }
}

/// Fills a runtime's `files`.
fn fill(files: &Path) -> Result<(), Error> {
    for program in PROGRAMS {
        with_libraries(Path::new(program), files)?;
    }
    let own = std::env::current_exe().map_err(failed("find this program"))?;
    for library in libraries(&own)? {
        copy(&library, &files.join(below_usr(&library)))?;
    }
    for name in ["passwd", "group", "machine-id", "resolv.conf", "ld.so.conf"] {
        make_directory(&files.join("etc"))?;
        let written = fs::write(files.join("etc").join(name), "");
        written.map_err(failed(format!("write {name}")))?;
    }
    Ok(())
}

fn with_libraries(program: &Path, files: &Path) -> Result<(), Error> {
    let name = program.file_name().unwrap_or_default();
    copy(program, &files.join("bin").join(name))?;
    for library in libraries(program)? {
        copy(&library, &files.join(below_usr(&library)))?;
    }
    Ok(())
}

fn libraries(program: &Path) -> Result<Vec<PathBuf>, Error> {
    let output = Command::new("ldd")
        .arg(program)
        .output()
        .map_err(failed("run ldd"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace();
    let paths = words.filter(|word| word.starts_with('/') && word.contains(".so"));
    Ok(paths.map(PathBuf::from).collect())
}

/// Where a file of the host belongs below `/usr`.
fn below_usr(path: &Path) -> &Path {
    let path = path.strip_prefix("/usr").unwrap_or(path);
    path.strip_prefix("/").unwrap_or(path)
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    if let Some(parent) = to.parent() {
        make_directory(parent)?;
    }
    let copied = fs::copy(from, to).map(drop);
    copied.map_err(failed(format!("copy {}", from.display())))
}

fn make_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(failed(format!("make the directory {}", path.display())))
}

//! Running a program, and how long that takes; contestants taking turns.

use crate::error::{Error, failed};
use crate::progress::Progress;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Words for `bwrap`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// Given on the command line.
    pub(crate) direct: Vec<OsString>,
    /// Files that it reads from a descriptor.
    pub(crate) files: Vec<Given>,
    /// Where it is started, if not here.
    pub(crate) directory: Option<PathBuf>,
    /// Variables beside `PATH`.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// What runs inside.
    pub(crate) payload: Vec<OsString>,
}

/// A file that an option takes as the number of a descriptor, and the words behind that.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) option: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) behind: Vec<OsString>,
}

impl Given {
    pub(crate) fn new(option: &'static str, path: PathBuf) -> Self {
        let behind = Vec::new();
        Self {
            option,
            path,
            behind,
        }
    }
}

impl Words {
    /// Words that run `/bin/true`.
    pub(crate) fn new(words: &str) -> Self {
        Self {
            direct: words.split_whitespace().map(OsString::from).collect(),
            payload: vec!["/bin/true".into()],
            ..Self::default()
        }
    }

    /// The command that they make, in an environment that is always the same. The files that it
    /// reads must stay open until the command has started.
    pub(crate) fn command(&self, program: &Path) -> Result<(Command, Vec<File>), Error> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .args(&self.direct);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let mut files = Vec::new();
        for given in &self.files {
            let file = inheritable(&given.path)?;
            let number = file.as_raw_fd().to_string();
            command.arg(given.option).arg(number).args(&given.behind);
            files.push(file);
        }
        command.args(&self.payload);
        Ok((command, files))
    }
}

/// Opens a file so that programs which are executed have it too.
fn inheritable(path: &Path) -> Result<File, Error> {
    let action = || format!("open {}", path.display());
    let file = File::open(path).map_err(failed(action()))?;
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).map_err(failed(action()))?;
    Ok(file)
}

/// The seconds from before a program is started until it has ended well. A failure is an error,
/// never a measurement.
pub(crate) fn time(program: &Path, words: &Words) -> Result<f64, Error> {
    let (mut command, files) = words.command(program)?;
    let start = Instant::now();
    let status = command.status();
    let seconds = start.elapsed().as_secs_f64();
    drop(files);
    let action = || format!("run {}", program.display());
    match status.map_err(failed(action()))? {
        status if status.success() => Ok(seconds),
        status => {
            let said = last_words(program, words)?;
            Err(Error::new(action(), format!("{status}: {said}")))
        }
    }
}

/// What a program that fails says about it: it is run once more.
fn last_words(program: &Path, words: &Words) -> Result<String, Error> {
    let (mut command, _files) = words.command(program)?;
    let output = command.stderr(Stdio::piped()).output();
    let output = output.map_err(failed(format!("run {}", program.display())))?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(said.lines().last().unwrap_or("it said nothing").to_owned())
}

/// Something that can be measured again and again.
pub(crate) type Turn<'a> = Box<dyn FnMut() -> Result<f64, Error> + 'a>;

/// How often something is measured.
#[derive(Clone, Copy)]
pub(crate) struct Rounds {
    /// Rounds that do not count.
    pub(crate) warm_up: usize,
    pub(crate) counted: usize,
}

/// Lets each measure once per round, in an order that turns around from round to round, so that
/// what the machine does beside this meets all of them alike. One series for each.
pub(crate) fn take_turns(
    what: &str,
    rounds: Rounds,
    turns: &mut [Turn<'_>],
) -> Result<Vec<Vec<f64>>, Error> {
    let total = rounds.warm_up + rounds.counted;
    let mut progress = Progress::new(what, total);
    let mut series = vec![Vec::with_capacity(rounds.counted); turns.len()];
    for round in 0..total {
        for place in 0..turns.len() {
            let turn = match round % 2 {
                0 => place,
                _ => turns.len() - 1 - place,
            };
            let sample = turns[turn]()?;
            if round >= rounds.warm_up {
                series[turn].push(sample);
            }
        }
        progress.advance();
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn turns_turn_around_and_warm_up_does_not_count() {
        let order = RefCell::new(String::new());
        let turn = |name: char, value: f64| -> Turn<'_> {
            let order = &order;
            Box::new(move || {
                order.borrow_mut().push(name);
                Ok(value)
            })
        };
        let rounds = Rounds {
            warm_up: 1,
            counted: 2,
        };
        let mut turns = [turn('a', 1.0), turn('b', 2.0)];
        let series = take_turns("test", rounds, &mut turns).expect("series");
        assert_eq!(series, [vec![1.0, 1.0], vec![2.0, 2.0]]);
        drop(turns);
        assert_eq!(order.into_inner(), "abbaab");
    }

    #[test]
    fn a_failure_is_an_error_with_the_programs_words() {
        let mut words = Words::new("-c");
        words.payload = vec!["echo no >&2; echo good reason >&2; exit 3".into()];
        let error = time(Path::new("/bin/sh"), &words).expect_err("it fails");
        assert_eq!(
            error.to_string(),
            "run /bin/sh: exit status: 3: good reason"
        );
    }

    #[test]
    fn more_words_come_through_a_file() {
        let words = Words {
            direct: vec!["-c".into(), "read word <&$2 && test $word = x".into()],
            files: vec![Given::new("--args", "/proc/self/comm".into())],
            ..Words::default()
        };
        let (command, files) = words.command(Path::new("/bin/sh")).expect("a command");
        let number = files[0].as_raw_fd().to_string();
        let given: Vec<_> = command.get_args().skip(2).collect();
        assert_eq!(given, ["--args", number.as_str()]);
    }
}

//! Many binds of single files: how the cost grows with their number.

use super::{About, Found};
use crate::error::{Error, failed};
use crate::job::Job;
use crate::report::{Bound, Point};
use crate::run::{Given, Rounds, Turn, Words, take_turns, time};
use crate::scratch::Scratch;
use crate::statistics::Summary;
use crate::unit::Unit;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What the binds come on top of: enough to run `/bin/true`, and a place for their targets.
const TREE: &str = "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
    --symlink usr/lib64 /lib64 --tmpfs /tmp --dir /tmp/binds";

/// The numbers that the rows need.
const FOR_ROWS: &[usize] = &[100, 1000];

/// The numbers that the picture shows.
const FOR_CURVE: &[usize] = &[10, 30, 100, 300, 1000];

const MOST: usize = 1000;

pub(super) fn measure(job: &Job, found: &mut Found) -> Result<(), Error> {
    let counts = match job.curve {
        true => FOR_CURVE,
        false => FOR_ROWS,
    };
    let scratch = Scratch::new()?;
    let sources = make_sources(scratch.path())?;
    let trees = counts
        .iter()
        .map(|count| tree(scratch.path(), &sources[..*count]));
    let trees: Vec<Words> = trees.collect::<Result<_, _>>()?;
    let rounds = Rounds {
        warm_up: 1,
        counted: job.fewer_runs(20),
    };
    let mut turns = Vec::new();
    for words in &trees {
        for program in [&job.ours, &job.peer] {
            turns.push(Box::new(move || time(program, words)) as Turn<'_>);
        }
    }
    let series = take_turns("binds", rounds, &mut turns)?;
    let series: Vec<Pair<'_>> = counts
        .iter()
        .zip(series.chunks_exact(2))
        .map(|(binds, pair)| Pair {
            binds: *binds,
            ours: &pair[0],
            peer: &pair[1],
        })
        .collect();
    rows(&series, found)?;
    if job.curve {
        found.curve = series.iter().filter_map(Pair::point).collect();
    }
    Ok(())
}

/// Both series for one number of binds.
struct Pair<'a> {
    binds: usize,
    ours: &'a [f64],
    peer: &'a [f64],
}

impl Pair<'_> {
    fn point(&self) -> Option<Point> {
        Some(Point {
            binds: self.binds,
            ours: Summary::of(self.ours)?,
            peer: Summary::of(self.peer)?,
        })
    }
}

fn rows(series: &[Pair<'_>], found: &mut Found) -> Result<(), Error> {
    let with = |binds| {
        let pair = series.iter().find(|pair| pair.binds == binds);
        pair.ok_or_else(|| Error::new(format!("measure {binds} binds"), "they are not listed"))
    };
    let (most, fewer) = (with(MOST)?, with(100)?);
    let about = About {
        name: "binds",
        work: "1,000 binds of files",
        unit: Unit::Seconds,
        required: Bound::AtMost(0.05),
    };
    found.compare(about, [most.ours, most.peer])?;
    let about = About {
        name: "binds-growth",
        work: "ours with 1,000 binds, against ours with 100",
        unit: Unit::Seconds,
        required: Bound::AtMost(12.0),
    };
    found.compare(about, [most.ours, fewer.ours])
}

/// Makes the files that are bound.
fn make_sources(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let make = |number| {
        let path = directory.join(format!("source-{number}"));
        let written = fs::write(&path, "");
        written.map_err(failed(format!("write {}", path.display())))?;
        Ok(path)
    };
    (0..MOST).map(make).collect()
}

/// The words that bind these files. They are written to a file: 9,000 are the most that bubblewrap
/// takes on its command line.
fn tree(directory: &Path, sources: &[PathBuf]) -> Result<Words, Error> {
    let mut text = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let words = [
            OsString::from("--ro-bind"),
            source.into(),
            format!("/tmp/binds/{number}").into(),
        ];
        for word in words {
            text.extend(word.as_encoded_bytes());
            text.push(0);
        }
    }
    let path = directory.join(format!("words-{}", sources.len()));
    let written = fs::write(&path, text);
    written.map_err(failed(format!("write {}", path.display())))?;
    Ok(Words {
        files: vec![Given::new("--args", path)],
        ..Words::new(TREE)
    })
}

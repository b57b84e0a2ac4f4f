//! What the payload prints, read by the launcher and kept in a log.

use crate::error::RunError;
use crate::registry::{Line, Log, Printed};
use aril_sandbox::Spec;
use aril_sandbox::spec::Stream;
use aril_sandbox::sys::{self, process::Poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{Errno, read};
use rustix::pipe::{PipeFlags, pipe_with};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

/// A longer line is kept in parts.
const LONGEST_LINE: usize = 16 << 10;
/// More than two pipes hold: what is left in them at the end is kept, and no more than that.
const MOST_LEFT: usize = 4 << 20;

/// The reading ends, and where it is kept.
#[derive(Debug)]
pub struct Output {
    pipes: [Pipe; 2],
    /// The payload's ends, until it has been launched.
    writers: Vec<OwnedFd>,
    log: Log,
    failed: Option<io::Error>,
}

#[derive(Debug)]
struct Pipe {
    stream: Printed,
    reader: Option<OwnedFd>,
    line: Vec<u8>,
}

impl Output {
    /// Lets the payload print into pipes.
    pub fn capture(log: Log, spec: &mut Spec) -> Result<Self, RunError> {
        let open = |stream| {
            let failed = |errno: Errno| RunError::new(format_args!("make a pipe: {errno}"));
            let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
            fcntl_setfl(&reader, OFlags::NONBLOCK).map_err(failed)?;
            let pipe = Pipe {
                stream,
                reader: Some(reader),
                line: Vec::new(),
            };
            Ok::<_, RunError>((pipe, writer))
        };
        let (output, output_writer) = open(Printed::Stdout)?;
        let (error, error_writer) = open(Printed::Stderr)?;
        let writers = vec![output_writer, error_writer];
        for (stream, writer) in spec.program.streams.iter_mut().skip(1).zip(&writers) {
            *stream = Stream::Fd(writer.as_raw_fd());
        }
        Ok(Self {
            pipes: [output, error],
            writers,
            log,
            failed: None,
        })
    }

    /// The payload has its ends.
    pub fn launched(&mut self) {
        self.writers.clear();
    }

    /// What is to be waited for.
    pub fn polls(&self) -> [Poll; 2] {
        let fd = |pipe: &Pipe| Poll::readable(pipe.reader.as_ref().map(sys::Fd::from));
        [fd(&self.pipes[0]), fd(&self.pipes[1])]
    }

    /// Reads once from each pipe; what is returned is how much. What cannot be kept is told at the end:
    /// the payload must not wait for room.
    pub fn read(&mut self) -> usize {
        let Self { log, failed, .. } = self;
        let mut keep = |line: &Line| keep(log, failed, line);
        self.pipes.iter_mut().map(|pipe| pipe.read(&mut keep)).sum()
    }

    /// Reads what is left.
    pub fn finish(&mut self) -> Result<(), RunError> {
        let mut left = MOST_LEFT;
        while left > 0 {
            match self.read() {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        for pipe in &mut self.pipes {
            if !pipe.line.is_empty() {
                let line = Line::now(pipe.stream, &std::mem::take(&mut pipe.line));
                keep(&mut self.log, &mut self.failed, &line);
            }
        }
        let what = "keep what the command prints, in its log";
        let failed = self.failed.take();
        failed.map_or(Ok(()), |error| {
            let why = aril_flatpak::plain_words(&error.to_string());
            Err(RunError::new(format_args!("{what}: {why}")))
        })
    }
}

fn keep(log: &mut Log, failed: &mut Option<io::Error>, line: &Line) {
    if failed.is_none() {
        *failed = log.add(line).err();
    }
}

impl Pipe {
    fn read(&mut self, keep: &mut impl FnMut(&Line)) -> usize {
        let Some(reader) = &self.reader else {
            return 0;
        };
        let mut buffer = [0; 16 << 10];
        let count = match read(reader, &mut buffer) {
            Ok(count @ 1..) => count,
            Err(Errno::AGAIN | Errno::INTR) => return 0,
            Ok(0) | Err(_) => {
                self.reader = None;
                return 0;
            }
        };
        let stream = self.stream;
        let mut keep = |line: &mut Vec<u8>| keep(&Line::now(stream, &std::mem::take(line)));
        for &byte in buffer.get(..count).unwrap_or_default() {
            match byte {
                b'\n' => keep(&mut self.line),
                _ => self.line.push(byte),
            }
            if self.line.len() == LONGEST_LINE {
                keep(&mut self.line);
            }
        }
        count
    }
}

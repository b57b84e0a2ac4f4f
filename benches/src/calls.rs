//! How many system calls a second: measured by this program inside a sandbox, and without one.

use crate::error::{Error, failed};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::Path;
use std::time::Instant;

/// How many calls are timed together.
const CALLS: u32 = 200_000;

/// Calls per second.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Rates {
    /// getppid(2): the cheapest.
    pub(crate) getppid: f64,
    /// openat(2) and close(2) of a file in the working directory.
    pub(crate) openat: f64,
    /// ioctl(2): its arguments are looked at by filters.
    pub(crate) ioctl: f64,
}

/// Measures them in the directory of this program, so that no path differs.
pub(crate) fn measure() -> Result<Rates, Error> {
    let own = std::env::current_exe().map_err(failed("find this program"))?;
    let directory = own.parent().unwrap_or(Path::new("/"));
    std::env::set_current_dir(directory).map_err(failed("go to the program's directory"))?;
    let name = own.file_name().unwrap_or_default();
    let file = File::open(name).map_err(failed("open this program"))?;
    Ok(Rates {
        getppid: rate(|| {
            std::hint::black_box(rustix::process::getppid());
            Ok(())
        })?,
        openat: rate(|| File::open(name).map(drop))?,
        ioctl: rate(|| {
            rustix::io::ioctl_fionread(&file)
                .map(drop)
                .map_err(Into::into)
        })?,
    })
}

fn rate(mut call: impl FnMut() -> std::io::Result<()>) -> Result<f64, Error> {
    let start = Instant::now();
    for _ in 0..CALLS {
        call().map_err(failed("make a system call"))?;
    }
    Ok(f64::from(CALLS) / start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_some() {
        let rates = super::measure().expect("rates");
        assert!(rates.getppid > 1.0 && rates.openat > 1.0 && rates.ioctl > 1.0);
    }
}

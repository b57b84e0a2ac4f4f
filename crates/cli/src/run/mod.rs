//! Behind `aril run`: its words become a request, and a composed sandbox is launched.

pub mod environment_file;
pub mod launch;
mod request;
pub mod tell;

//! The broker (rumqttd) as a process of its own on loopback, and the one who keeps it alive.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// The program that becomes the broker: it must call [`serve_child`] and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerProgram {
    /// The program; the box passes its own (`std::env::current_exe`).
    pub program: PathBuf,
    /// Its arguments; the box passes `["broker"]`.
    pub arguments: Vec<OsString>,
}

/// Is the broker until its standard input closes; blocks. Reads its password from the first line
/// of standard input and answers its port on standard output. To be called without a runtime.
pub fn serve_child() -> ExitCode {
    ExitCode::FAILURE
}

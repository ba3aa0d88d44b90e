//! The broker's process for this room's own tests: what `aufruf-appliance broker` is on the box.

use std::process::ExitCode;

fn main() -> ExitCode {
    devices::broker::serve_child()
}

//! The map: arguments → run → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    pgphase::run(std::env::args_os())
}

//! pgphase applies PostgreSQL schemas in phases that depend on each other, and proves that the database is what the
//! files say.
//!
//! Code map, in the order in which a run passes through it:
//!
//! - [`cli`]: the command line, types only
//! - [`settings`]: command line, environment, `.env` and `pgphase.toml` become settings
//! - [`commands`]: one thin file a verb: settings → one call → render
//! - [`catalog`]: the only reader of a system's files; no database
//! - [`history`]: what has been applied
//! - [`plan`]: pure: catalogue, history and request become a plan
//! - [`execute`]: a plan becomes the database's state
//! - [`inspect`]: facts, snapshot, verification
//! - [`platform`]: the stand-in for what a platform brings
//! - [`db`]: connections, locks, the dev server, SQL errors
//! - [`render`]: tables, JSON, errors, progress; nothing else prints
//! - [`error`]: kinds, hints, exit codes

#![cfg_attr(not(test), deny(clippy::unwrap_used))]

pub mod catalog;
pub mod cli;
pub mod commands;
pub mod db;
pub mod error;
pub mod execute;
pub mod history;
pub mod inspect;
pub mod plan;
pub mod platform;
pub mod render;
pub mod report;
pub mod settings;

pub use error::{Error, ErrorKind, Location, Result};

use clap::Parser;
use render::Printer;
use std::ffi::OsString;
use std::process::ExitCode;

/// Bytes of stack: SQL is parsed recursively, and files may nest as deep as `catalog` lets them. Only what is used
/// takes memory.
const STACK: usize = 256 << 20;

/// Runs the tool with these arguments, the program's name first. Never panics on bad input.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let thread = std::thread::Builder::new().stack_size(STACK);
    std::thread::scope(|scope| {
        match thread.spawn_scoped(scope, || run_here(&arguments)) {
            Ok(run) => run.join().unwrap_or_else(|_| ExitCode::from(2)),
            // Where so much address space cannot be had, the usual stack does for usual files.
            Err(_) => run_here(&arguments),
        }
    })
}

fn run_here(arguments: &[OsString]) -> ExitCode {
    let cli = match cli::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return render::usage(&error, asks_for_json(arguments)),
    };
    let printer = Printer::new(cli.global.format, cli.global.color, cli.global.quiet);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(cli, printer)),
        Err(error) => Err(Error::new(ErrorKind::Io, format!("cannot start: {error}"))),
    };
    match result {
        Ok(_) if Printer::has_lost_data() => ErrorKind::Io.exit_code().into(),
        Ok(code) => code.into(),
        Err(error) => {
            render::error(&printer, &error);
            error.exit_code().into()
        }
    }
}

/// Whether errors are to be JSON; asked where the arguments cannot be parsed.
fn asks_for_json(arguments: &[OsString]) -> bool {
    let pairs = arguments.windows(2);
    arguments.iter().any(|word| word == "--format=json")
        || pairs
            .into_iter()
            .any(|pair| pair[0] == "--format" && pair[1] == "json")
}

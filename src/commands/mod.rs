//! One thin file a verb: settings → one call → render.

mod context;
mod dev;
mod down;
mod export;
mod init;
mod new;
mod open;
mod plan;
mod platform;
mod seed;
mod shell;
mod snapshot;
mod status;
mod stop;
mod systems;
mod up;
mod verify;

use crate::Result;
use crate::cli::{Cli, MigrateVerb, SnapshotVerb, Verb};
use crate::render::Printer;

/// All is well.
pub const DONE: Exit = Exit(0);
/// Something was found.
pub const FOUND: Exit = Exit(1);
/// A verification failed.
pub const FAILED: Exit = Exit(2);

/// How a verb that ran ended; the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// Runs a verb.
///
/// # Errors
/// Whatever stopped it; the error decides the exit code.
pub async fn run(cli: Cli, printer: Printer) -> Result<Exit> {
    let global = cli.global;
    match cli.verb {
        Verb::Init(args) => init::run(&args, &printer),
        Verb::Migrate(MigrateVerb::Plan(args)) => plan::run(&global, &args, &printer).await,
        Verb::Migrate(MigrateVerb::Up(args)) => up::run(&global, &args, &printer).await,
        Verb::Migrate(MigrateVerb::Down(args)) => down::run(&global, &args, &printer).await,
        Verb::Migrate(MigrateVerb::Status(args)) => status::run(&global, &args, &printer).await,
        Verb::Migrate(MigrateVerb::New(args)) => new::run(&global, &args, &printer),
        Verb::Migrate(MigrateVerb::Export(args)) => export::run(&global, &args, &printer),
        Verb::Seed(args) => seed::run(&global, &args, &printer).await,
        Verb::Verify(args) => verify::run(&global, &args, &printer).await,
        Verb::Snapshot(SnapshotVerb::Write(args)) => snapshot::run(&global, &args, &printer).await,
        Verb::Systems => systems::run(&global, &printer),
        Verb::Platform(verb) => platform::run(&global, &verb, &printer).await,
        Verb::Dev(verb) => dev::run(&global, &verb, &printer).await,
        Verb::Completions { shell } => shell::completions(shell, &printer),
        Verb::Man { output } => shell::man(output.as_deref(), &printer),
    }
}

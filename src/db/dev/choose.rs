//! Which engine a run uses, and where.

use super::binaries;
use super::options::{DevEvent, DevOptions, Engine, OnEvent, failed};
use super::system::Setup;
use super::user::ServerUser;
use crate::error::{Error, ErrorKind, Result};

/// The engine of a run.
pub enum Chosen {
    /// The binaries of this machine.
    System(Setup),
    /// PostgreSQL inside this process.
    #[cfg(feature = "embedded")]
    Embedded,
}

/// Whether a look may make folders.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// Makes the home where it is missing.
    Prepare,
    /// Only looks.
    Nothing,
}

/// The engine the user asked for; else the system's binaries, else the embedded one.
///
/// # Errors
/// There is none, or the home is not usable.
pub fn choose(options: &DevOptions, touch: Touch, on_event: OnEvent<'_>) -> Result<Chosen> {
    let mut notes = Vec::new();
    if options.engine != Some(Engine::Embedded) {
        match system(options, touch, &mut notes) {
            Ok(Some(setup)) => {
                notes.into_iter().for_each(on_event);
                return Ok(Chosen::System(setup));
            }
            Ok(None) => {}
            Err(error) if options.engine.is_some() || options.bin_dir.is_some() => {
                return Err(error);
            }
            Err(error) if cfg!(feature = "embedded") => {
                notes.push(DevEvent::Note(error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    embedded(options, notes, on_event)
}

fn system(options: &DevOptions, touch: Touch, notes: &mut Vec<DevEvent>) -> Result<Option<Setup>> {
    let user = ServerUser::choose(&options.server_users)?;
    let Some(found) = binaries::find(options, &user, &mut |note| notes.push(note))? else {
        return Ok(None);
    };
    let setup = match touch {
        Touch::Prepare => Setup::prepare(options, found, user),
        Touch::Nothing => Setup::look(options, found, user),
    };
    setup.map(Some)
}

#[cfg(feature = "embedded")]
fn embedded(options: &DevOptions, notes: Vec<DevEvent>, on_event: OnEvent<'_>) -> Result<Chosen> {
    if options.engine == Some(Engine::System) {
        return Err(no_engine(
            "this machine has no PostgreSQL server binaries",
            &notes,
        ));
    }
    notes.into_iter().for_each(on_event);
    Ok(Chosen::Embedded)
}

#[cfg(not(feature = "embedded"))]
fn embedded(options: &DevOptions, notes: Vec<DevEvent>, _on_event: OnEvent<'_>) -> Result<Chosen> {
    let reason = match options.engine {
        Some(Engine::Embedded) => "this pgphase was built without the embedded engine",
        _ => "this machine has no PostgreSQL server binaries",
    };
    Err(no_engine(reason, &notes))
}

fn no_engine(reason: &str, notes: &[DevEvent]) -> Error {
    let mut error = failed(format!("no dev server: {reason}")).kind_is(ErrorKind::DevServer);
    for note in notes {
        if let DevEvent::Note(note) = note {
            error = error.detail(note);
        }
    }
    error.hint(
        "Install PostgreSQL 15 or newer: apt-get install postgresql, or brew install postgresql.\n\
         Or say where its binaries are: --pg-bindir DIR, or PG_BINDIR.\n\
         Or build pgphase with PostgreSQL in it: cargo build --features embedded.\n\
         Or name a database: --database-url URL.",
    )
}

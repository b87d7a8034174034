//! `snapshot write`: build the system phase by phase in a scratch database, and keep what each phase brought.

use super::context::Context;
use super::{DONE, Exit, FOUND, open};
use crate::catalog::{Source, System};
use crate::cli::{Global, SnapshotArgs};
use crate::db::Session;
use crate::db::dev::DevServer;
use crate::execute::{self, Options};
use crate::inspect::facts::{self, Facts, Scope};
use crate::inspect::{Snapshot, snapshot};
use crate::plan::{self, UpRequest};
use crate::render::{self, Printer, Progress};
use crate::{Error, ErrorKind, Result, history, platform};
use std::path::{Path, PathBuf};

/// Writes `schema.lock.json`, or compares it.
pub async fn run(global: &Global, args: &SnapshotArgs, printer: &Printer) -> Result<Exit> {
    let context = Context::load(global, None)?;
    let system = open::system_from_files(&context)?;
    let path = lock_file(&context.source, &system)?;
    let dev = open::acquire(&context.dev_options, printer).await?;
    let built = build(&dev, &system, printer).await;
    dev.release().await?;
    let text = built?.to_text();
    let kept = system.snapshot.as_ref().map(|file| file.text.as_str());
    let current = kept == Some(text.as_str());
    if !args.check && !current {
        std::fs::write(&path, &text).map_err(|error| {
            let message = format!("cannot write {}: {error}", path.display());
            Error::new(ErrorKind::Io, message)
        })?;
    }
    render::snapshot(printer, &path, kept.unwrap_or_default(), &text, args.check);
    Ok(if args.check && !current { FOUND } else { DONE })
}

fn lock_file(source: &Source, system: &System) -> Result<PathBuf> {
    let folder = source.path(&system.name).ok_or_else(|| {
        let message = format!(
            "{} is in the binary: its snapshot cannot be written",
            system.name
        );
        Error::new(ErrorKind::Usage, message)
            .hint("give the folder of the systems with --dir, for example --dir phases")
    })?;
    Ok(folder.join("schema.lock.json"))
}

/// Builds in a database of its own, which goes again whatever happens.
async fn build(dev: &DevServer, system: &System, printer: &Printer) -> Result<Snapshot> {
    let name = format!("pgphase_scratch_{}_{}", system.name, std::process::id());
    let session = dev.open(&name).await?;
    let built = phase_by_phase(&session, system, printer).await;
    session.close().await;
    dev.drop_database(&name).await?;
    built
}

async fn phase_by_phase(session: &Session, system: &System, printer: &Printer) -> Result<Snapshot> {
    platform::install(session, system.platform).await?;
    let before = read(session, system).await?;
    let mut after = Vec::new();
    for phase in system.order() {
        apply(session, system, &phase.name, printer).await?;
        after.push((phase.name.clone(), read(session, system).await?));
    }
    snapshot::build(system, before, after)
}

async fn read(session: &Session, system: &System) -> Result<Facts> {
    facts::read(&session.client, &Scope::Whole(system.schemas.clone())).await
}

async fn apply(session: &Session, system: &System, phase: &str, printer: &Printer) -> Result<()> {
    let (look, history) = history::look(session).await?;
    let request = UpRequest {
        phases: vec![phase.to_owned()],
        ..UpRequest::default()
    };
    let plan = plan::up(system, &history, &request)?;
    let progress = Progress::new(*printer, plan.steps.len());
    let mut observer = |event: execute::Event<'_>| progress.hear(&event);
    let known = (&look, &history);
    let options = Options::default();
    execute::up(session, system, &plan, None, known, &options, &mut observer).await?;
    progress.end();
    Ok(())
}

/// How a snapshot is called in messages.
pub(super) fn missing(system: &System) -> Error {
    let folder = Path::new(&system.file.path)
        .parent()
        .unwrap_or(Path::new("."));
    let path = folder.join("schema.lock.json");
    Error::new(
        ErrorKind::Usage,
        format!("{} has no snapshot to compare with", system.name),
    )
    .hint(format!("`pgphase snapshot write` makes {}", path.display()))
}

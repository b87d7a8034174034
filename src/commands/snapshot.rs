//! `snapshot write`: build the system phase by phase in a scratch database, and keep what each phase brought.

use super::context::Context;
use super::stop::Watch;
use super::{DONE, Exit, FOUND, open, stop};
use crate::catalog::{Source, System};
use crate::cli::{Global, SnapshotArgs};
use crate::db::Session;
use crate::db::dev::DevServer;
use crate::execute::{self, Options};
use crate::inspect::facts::{self, Facts, Scope};
use crate::inspect::{Snapshot, snapshot};
use crate::plan::{self, DownRequest, DownTarget, UpRequest};
use crate::render::{self, Printer, Progress};
use crate::{Error, ErrorKind, Result, history, platform};
use std::path::{Path, PathBuf};

/// Writes `schema.lock.json`, or compares it.
pub async fn run(global: &Global, args: &SnapshotArgs, printer: &Printer) -> Result<Exit> {
    let context = Context::load(global, None)?;
    let system = open::system_from_files(&context)?;
    let path = lock_file(&context.source, &system)?;
    let watch = stop::watch(None);
    let dev = open::acquire(&context.dev_options, printer).await?;
    let proves = !args.skip_down && can_revert(&system);
    let built = build(&dev, &system, proves, printer, &watch).await;
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
async fn build(
    dev: &DevServer,
    system: &System,
    proves_downs: bool,
    printer: &Printer,
    watch: &Watch,
) -> Result<Snapshot> {
    let name = format!("pgphase_scratch_{}_{}", system.name, std::process::id());
    let session = dev.open(&name).await?;
    let work = phase_by_phase(&session, system, proves_downs, printer);
    let built = watch.unless_stopped(work).await;
    if let (Err(_), Some(cancel)) = (&built, &session.cancel) {
        // What was stopped may still run, and a database in use cannot be dropped.
        cancel().await;
    }
    session.close().await;
    dev.drop_database(&name).await?;
    built
}

async fn phase_by_phase(
    session: &Session,
    system: &System,
    proves_downs: bool,
    printer: &Printer,
) -> Result<Snapshot> {
    platform::install(session, system.platform).await?;
    let before = read(session, system).await?;
    let mut after = Vec::new();
    for phase in system.order() {
        apply(session, system, &phase.name, printer).await?;
        after.push((phase.name.clone(), read(session, system).await?));
    }
    if proves_downs {
        prove_downs(session, system, (&before, &after), printer).await?;
    }
    snapshot::build(system, before, after)
}

/// Whether every file has a down file; one without, or one that is meant to do
/// nothing, says that it cannot be undone.
fn can_revert(system: &System) -> bool {
    let mut files = system.phases.iter().flat_map(|phase| &phase.migrations);
    files.all(|file| {
        let down = file.down.as_ref();
        down.is_some_and(|down| !down.text.contains("pgphase: allow down-does-nothing"))
    })
}

/// Reverts phase by phase, looks whether what was there before is there again, and applies everything anew.
async fn prove_downs(
    session: &Session,
    system: &System,
    (before, after): (&Facts, &[(String, Facts)]),
    printer: &Printer,
) -> Result<()> {
    for (at, (phase, _)) in after.iter().enumerate().rev() {
        let (_, history) = history::look(session).await?;
        let request = DownRequest {
            target: DownTarget::Phases(vec![phase.clone()]),
            with_dependents: false,
        };
        let plan = plan::down(system, &history, &request)?;
        execute::down(session, &plan, &Options::default(), &mut |_| {}).await?;
        let expected = at.checked_sub(1).map_or(before, |last| &after[last].1);
        let what = format!("the down files of phase {phase} do not undo its files");
        same(expected, &read(session, system).await?, &what)?;
    }
    for (phase, expected) in after {
        apply(session, system, phase, printer).await?;
        let what = format!("phase {phase}, reverted and applied again, is not the same");
        same(expected, &read(session, system).await?, &what)?;
    }
    Ok(())
}

/// How many differences are named.
const NAMED: usize = 10;

/// Refuses where two looks at the catalogue differ, and names what does.
fn same(expected: &Facts, found: &Facts, what: &str) -> Result<()> {
    let gone = expected
        .iter()
        .filter_map(|(key, fact)| match found.get(key) {
            None => Some(format!("{key} is missing")),
            Some(other) => (other != fact).then(|| format!("{key} differs")),
        });
    let left = found.iter().filter(|(key, _)| expected.get(key).is_none());
    let all: Vec<String> = gone
        .chain(left.map(|(key, _)| format!("{key} is left")))
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<String> = all.iter().take(NAMED).cloned().collect();
    if all.len() > NAMED {
        lines.push(format!("and {} more", all.len() - NAMED));
    }
    Err(Error::new(ErrorKind::Verification, what)
        .detail(lines.join("\n"))
        .hint("correct the down files; a file that cannot be undone has none")
        .hint("--skip-down writes the snapshot without this proof"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::facts::Fact;

    fn facts(keys: &[&str]) -> Facts {
        let fact = |key: &&str| (Box::from(*key), Fact::default());
        Facts(keys.iter().map(fact).collect())
    }

    #[test]
    fn what_a_down_file_leaves_or_takes_too_much_is_named() {
        let (expected, found) = (
            facts(&["table a", "table b"]),
            facts(&["table b", "table c"]),
        );
        let error = same(&expected, &found, "no").expect_err("they differ");
        assert_eq!(
            error.inner().detail.as_deref(),
            Some("table a is missing\ntable c is left")
        );
        assert!(same(&expected, &expected, "no").is_ok());
    }
}

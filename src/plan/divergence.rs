//! Applied files are frozen: what was applied must still be there, unchanged.

use crate::catalog::{Migration, System, sql};
use crate::history::{Applied, FileKind, History, State};
use crate::{Error, ErrorKind, Result};

/// Refuses to go on where an applied file was changed or is gone, or where the database holds another system.
///
/// # Errors
/// [`ErrorKind::Diverged`] naming every such file and when it was applied; [`ErrorKind::Collision`] for another system.
pub fn check(system: &System, history: &History) -> Result<()> {
    check_system(system, history)?;
    let problems: Vec<String> = history
        .applied
        .iter()
        .filter_map(|row| problem(system, row))
        .collect();
    let Some(first) = problems.first() else {
        return Ok(());
    };
    let message = match problems.len() {
        1 => first.clone(),
        count => format!("{count} applied files were changed or are gone"),
    };
    let any_gone = history.applied.iter().any(|row| is_gone(system, row));
    // `down` needs the files too, so it is no way out where one is gone.
    let way_out = match any_gone {
        true => "on a development database: `pgphase dev reset`",
        false => {
            "on a development database: `pgphase dev reset`, or `pgphase migrate down` and `up` again"
        }
    };
    let mut error = Error::new(ErrorKind::Diverged, message)
        .hint("applied files are frozen: restore the file, and put the change into a new migration")
        .hint(way_out);
    if problems.len() > 1 {
        error = error.detail(problems.join("\n"));
    }
    Err(error)
}

/// Refuses where the database holds another system.
///
/// # Errors
/// [`ErrorKind::Collision`] naming both.
pub fn check_system(system: &System, history: &History) -> Result<()> {
    match &history.system {
        Some(other) if *other != system.name => Err(Error::new(
            ErrorKind::Collision,
            format!(
                "this database holds the system {other}, not {}",
                system.name
            ),
        )
        .hint(format!(
            "two systems never share a database: give {} one of its own",
            system.name
        ))
        .hint(format!("or work on {other}: `--system {other}`"))),
        _ => Ok(()),
    }
}

/// Refuses to revert what has no file any more.
///
/// # Errors
/// [`ErrorKind::Diverged`] naming the first such file and when it was applied.
pub fn check_gone<'r>(system: &System, rows: impl Iterator<Item = &'r Applied>) -> Result<()> {
    for row in rows.filter(|row| row.kind != FileKind::Seed) {
        if is_gone(system, row) {
            return Err(Error::new(ErrorKind::Diverged, gone(system, row))
                .hint("only its own down file could undo it: restore both files"));
        }
    }
    Ok(())
}

/// Whether the file of an applied row is no longer in the system's folder; reference data needs none.
fn is_gone(system: &System, row: &Applied) -> bool {
    let there = |phase: &crate::catalog::Phase| {
        let migrations = phase.migrations.iter().map(|file| &file.name);
        let repeatables = phase.repeatables.iter().map(|file| &file.name);
        migrations.chain(repeatables).any(|name| *name == row.name)
    };
    row.kind != FileKind::Seed && !system.phase(&row.phase).is_some_and(there)
}

fn gone(system: &System, row: &Applied) -> String {
    let place = system.phase(&row.phase).map_or_else(
        || format!("phase {} ({})", row.phase_number, row.phase),
        |phase| phase.folder(),
    );
    format!("{place}/{} is gone ({})", row.name, when(row))
}

fn when(row: &Applied) -> String {
    format!("applied {} by {}", row.applied_at, row.applied_by)
}

/// A file is frozen when it is applied. Of one outside a transaction that has not ended, only the statements that are
/// done are frozen: what failed may be corrected.
fn changed(file: &Migration, row: &Applied, when: &str) -> Option<String> {
    let path = &file.up.path;
    if row.state == State::Done {
        return (file.up.sha256 != row.sha256)
            .then(|| format!("{path} was changed after it had been applied ({when})"));
    }
    let done = row.statements_done;
    (sql::sha256_of_first(done, &file.up.text) != row.sha256).then(|| {
        format!(
            "{path} was changed in the first {done} statements, which are done already ({when})"
        )
    })
}

/// What is wrong with an applied file, if anything is.
pub(super) fn problem(system: &System, row: &Applied) -> Option<String> {
    let when = when(row);
    let phase = system.phase(&row.phase);
    let gone = || gone(system, row);
    match row.kind {
        FileKind::Versioned | FileKind::NoTransaction => {
            let file = phase.and_then(|phase| {
                phase
                    .migrations
                    .iter()
                    .find(|migration| Some(migration.version) == row.version)
            });
            let Some(file) = file else {
                return Some(gone());
            };
            if file.name != row.name {
                return Some(format!(
                    "{} was applied as {}.sql ({when})",
                    file.up.path, row.name
                ));
            }
            changed(file, row, &when)
        }
        FileKind::Repeatable => {
            let there = phase
                .is_some_and(|phase| phase.repeatables.iter().any(|file| file.name == row.name));
            (!there).then(gone)
        }
        // Reference data that is no longer in a file stays in its table; nothing depends on the file.
        FileKind::Seed => phase.is_none().then(gone),
    }
}

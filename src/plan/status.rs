//! `migrate status`: files against history.

use super::divergence;
use crate::catalog::{Phase, System};
use crate::history::{Applied, FileKind, History, State};
use serde::Serialize;

/// The state of a system in a database.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The system's name.
    pub system: String,
    /// In order of their numbers; phases that are only in the history come last.
    pub phases: Vec<PhaseStatus>,
}

/// The state of a phase.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseStatus {
    /// Number.
    pub number: u32,
    /// Name.
    pub name: String,
    /// What its files add up to.
    pub state: PhaseState,
    /// Names of the phases it needs.
    pub depends_on: Vec<String>,
    /// Its files.
    pub migrations: Vec<FileStatus>,
}

/// What the files of a phase add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// Everything is applied.
    Applied,
    /// Nothing is applied.
    Pending,
    /// Some files are applied.
    Partial,
    /// An applied file was changed.
    Changed,
    /// An applied file is gone.
    Missing,
    /// A file outside a transaction was begun and has not ended.
    Invalid,
}

/// The state of a file.
#[derive(Debug, Clone, Serialize)]
pub struct FileStatus {
    /// File name without extension.
    pub name: String,
    /// How it is applied.
    pub kind: FileKind,
    /// Whether it is applied as it is.
    pub state: FileState,
    /// UTC, RFC 3339.
    pub applied_at: Option<String>,
    /// Role.
    pub applied_by: Option<String>,
}

/// The state of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// As it is on disk.
    Applied,
    /// Not yet.
    Pending,
    /// A repeatable or a seed has another text than was applied: it will be applied again.
    Outdated,
    /// A frozen file was changed.
    Changed,
    /// Applied, and no longer on disk.
    Missing,
    /// Begun outside a transaction, and not ended.
    Invalid,
}

impl Status {
    /// Whether anything is to do.
    pub fn is_pending(&self) -> bool {
        self.phases
            .iter()
            .flat_map(|phase| &phase.migrations)
            .any(|file| {
                matches!(
                    file.state,
                    FileState::Pending | FileState::Outdated | FileState::Invalid
                )
            })
    }

    /// Whether an applied file was changed or is gone.
    pub fn is_diverged(&self) -> bool {
        self.phases
            .iter()
            .flat_map(|phase| &phase.migrations)
            .any(|file| matches!(file.state, FileState::Changed | FileState::Missing))
    }
}

/// Compares the files with the history.
pub fn status(system: &System, history: &History) -> Status {
    let mut phases: Vec<PhaseStatus> = system
        .phases
        .iter()
        .map(|phase| phase_status(system, phase, history))
        .collect();
    let mut unknown: Vec<&Applied> = history
        .applied
        .iter()
        .filter(|row| system.phase(&row.phase).is_none())
        .collect();
    unknown.sort_by_key(|row| row.phase_number);
    for rows in unknown.chunk_by(|a, b| a.phase == b.phase) {
        phases.push(PhaseStatus {
            number: rows[0].phase_number,
            name: rows[0].phase.clone(),
            state: PhaseState::Missing,
            depends_on: Vec::new(),
            migrations: rows.iter().map(|row| gone(row)).collect(),
        });
    }
    Status {
        system: system.name.clone(),
        phases,
    }
}

fn phase_status(system: &System, phase: &Phase, history: &History) -> PhaseStatus {
    let mut files: Vec<FileStatus> = Vec::new();
    for file in &phase.migrations {
        let kind = if file.no_transaction {
            FileKind::NoTransaction
        } else {
            FileKind::Versioned
        };
        let row = history.file(&phase.name, &file.name);
        let state = match row {
            None => FileState::Pending,
            Some(row) if divergence::problem(system, row).is_some() => FileState::Changed,
            Some(row) if row.state == State::Running => FileState::Invalid,
            Some(_) => FileState::Applied,
        };
        files.push(file_status(&file.name, kind, state, row));
    }
    let again = phase
        .repeatables
        .iter()
        .map(|file| (file.name.as_str(), FileKind::Repeatable, &file.up.sha256))
        .chain(
            phase
                .seed
                .iter()
                .map(|seed| ("seed", FileKind::Seed, &seed.file.sha256)),
        );
    for (name, kind, sha256) in again {
        let row = history.file(&phase.name, name);
        let state = match row {
            None => FileState::Pending,
            Some(row) if row.sha256 == *sha256 => FileState::Applied,
            Some(_) => FileState::Outdated,
        };
        files.push(file_status(name, kind, state, row));
    }
    let known: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let lost = history.applied.iter().filter(|row| {
        row.phase == phase.name && row.kind != FileKind::Seed && !known.contains(&row.name)
    });
    files.extend(lost.map(gone));
    PhaseStatus {
        number: phase.number,
        name: phase.name.clone(),
        state: sum(&files),
        depends_on: phase.depends_on.clone(),
        migrations: files,
    }
}

fn file_status(name: &str, kind: FileKind, state: FileState, row: Option<&Applied>) -> FileStatus {
    FileStatus {
        name: name.to_owned(),
        kind,
        state,
        applied_at: row.map(|row| row.applied_at.clone()),
        applied_by: row.map(|row| row.applied_by.clone()),
    }
}

fn gone(row: &Applied) -> FileStatus {
    file_status(&row.name, row.kind, FileState::Missing, Some(row))
}

/// The worst state decides.
fn sum(files: &[FileStatus]) -> PhaseState {
    let any = |state: FileState| files.iter().any(|file| file.state == state);
    let all = |state: FileState| files.iter().all(|file| file.state == state);
    if any(FileState::Missing) {
        PhaseState::Missing
    } else if any(FileState::Changed) {
        PhaseState::Changed
    } else if any(FileState::Invalid) {
        PhaseState::Invalid
    } else if all(FileState::Applied) {
        PhaseState::Applied
    } else if all(FileState::Pending) {
        PhaseState::Pending
    } else {
        PhaseState::Partial
    }
}

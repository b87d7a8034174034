//! The SQL files of a system, parsed once each.

use crate::catalog::model::{Phase, SourceFile, System};
use crate::catalog::sql::script::{Reader, Script};
use std::collections::HashSet;
use std::rc::Rc;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Builds the schema: a migration or a repeatable.
    Up,
    /// Undoes it.
    Down,
    /// Runs on the finished schema and leaves nothing: `verify.sql`, a task.
    Later,
}

/// A parsed file of a phase.
pub(super) struct File<'a> {
    /// Index of the phase in the system.
    pub phase: usize,
    pub role: Role,
    pub source: &'a SourceFile,
    pub script: Rc<Script<'a>>,
}

/// All SQL files, in the order of the phases and of their runs.
pub(super) fn files<'a>(system: &'a System, reader: &Reader<'a>) -> Vec<File<'a>> {
    let mut files = Vec::new();
    for (index, phase) in system.phases.iter().enumerate() {
        let downs = phase
            .migrations
            .iter()
            .filter_map(|migration| migration.down.as_ref());
        let downs = downs.chain(phase.repeatables.iter().map(|repeatable| &repeatable.down));
        let tasks = system.tasks.iter().filter(|task| task.phase == phase.name);
        let later = phase.verify.iter().chain(tasks.map(|task| &task.file));
        let all = ups(phase)
            .map(|source| (Role::Up, source))
            .chain(downs.map(|source| (Role::Down, source)))
            .chain(later.map(|source| (Role::Later, source)));
        files.extend(all.map(|(role, source)| File {
            phase: index,
            role,
            source,
            script: reader.script(&source.text),
        }));
    }
    files
}

/// The SQL files that build the schema.
pub(super) fn built_by<'a>(system: &'a System, reader: &Reader<'a>) -> Vec<File<'a>> {
    let phases = system.phases.iter().enumerate();
    let files = phases.flat_map(|(phase, content)| {
        ups(content).map(move |source| File {
            phase,
            role: Role::Up,
            source,
            script: reader.script(&source.text),
        })
    });
    files.collect()
}

fn ups(phase: &Phase) -> impl Iterator<Item = &SourceFile> {
    let migrations = phase.migrations.iter().map(|migration| &migration.up);
    migrations.chain(phase.repeatables.iter().map(|repeatable| &repeatable.up))
}

/// For each phase, itself and the phases it depends on, directly or through others.
pub(super) fn reachable(system: &System) -> Vec<HashSet<usize>> {
    let index_of = |name: &String| system.phases.iter().position(|phase| phase.name == *name);
    let direct: Vec<Vec<usize>> = system
        .phases
        .iter()
        .map(|phase| phase.depends_on.iter().filter_map(index_of).collect())
        .collect();
    let from = |start| {
        let mut seen = HashSet::from([start]);
        let mut open: Vec<usize> = vec![start];
        while let Some(phase) = open.pop() {
            open.extend(
                direct[phase]
                    .iter()
                    .copied()
                    .filter(|next| seen.insert(*next)),
            );
        }
        seen
    };
    (0..direct.len()).map(from).collect()
}

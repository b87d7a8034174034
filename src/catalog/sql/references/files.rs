//! The SQL files of a system, parsed once each.

use crate::catalog::model::{SourceFile, System};
use crate::catalog::sql::script::Script;
use std::collections::HashSet;

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
    pub script: Script<'a>,
}

/// All SQL files, in the order of the phases and of their runs; `parse` if all of them will be walked.
pub(super) fn files<'a>(system: &'a System, parse: bool) -> Vec<File<'a>> {
    let mut files = Vec::new();
    let mut add = |phase, role, source: &'a SourceFile| {
        let script = match parse {
            true => Script::parsed(&source.text),
            false => Script::new(&source.text),
        };
        files.push(File {
            phase,
            role,
            source,
            script,
        });
    };
    for (index, phase) in system.phases.iter().enumerate() {
        for migration in &phase.migrations {
            add(index, Role::Up, &migration.up);
        }
        for repeatable in &phase.repeatables {
            add(index, Role::Up, &repeatable.up);
        }
        for migration in phase
            .migrations
            .iter()
            .filter_map(|migration| migration.down.as_ref())
        {
            add(index, Role::Down, migration);
        }
        for repeatable in &phase.repeatables {
            add(index, Role::Down, &repeatable.down);
        }
        if let Some(verify) = &phase.verify {
            add(index, Role::Later, verify);
        }
        for task in system.tasks.iter().filter(|task| task.phase == phase.name) {
            add(index, Role::Later, &task.file);
        }
    }
    files
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

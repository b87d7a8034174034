//! What a run would do to a live database that its author may not have meant.
//!
//! Knows what the same run creates: an index on a table that did not exist before locks nobody out.

mod allow;
#[cfg(test)]
mod enum_tests;
mod enums;
mod linter;
mod run;
mod safety;
mod settings;
mod statements;

use super::head;
use super::level::Level;
use super::script::{Parsed, Reader, Script};
use super::split::StatementKind;
use crate::catalog::model::{Seed, System};
use run::Run;
use serde::Serialize;
use std::rc::Rc;

/// Something to know before a step runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hazard {
    /// `Error`: it fails, or harms what runs after it.
    pub level: Level,
    /// Stable name; `-- pgphase: allow <rule>` silences it where it is no error.
    pub rule: &'static str,
    /// What happens, and what to do instead.
    pub message: String,
    /// Line in the file, from 1.
    pub line: u32,
    /// Path of the file.
    pub file: String,
}

/// A file of a run.
#[derive(Debug, Clone, Copy)]
pub struct LintFile<'a> {
    /// Name of its phase.
    pub phase: &'a str,
    /// Path as a user would write it.
    pub path: &'a str,
    /// What is in it.
    pub content: LintContent<'a>,
    /// Which transaction of the run it is part of; `None` if it runs outside any, statement by statement.
    pub transaction: Option<usize>,
}

/// The content of a [`LintFile`].
#[derive(Debug, Clone, Copy)]
pub enum LintContent<'a> {
    /// A migration or a repeatable.
    Sql(&'a str),
    /// Reference data; counts for what it uses of an enum.
    Seed(&'a Seed),
}

/// The hazards of a run, in the order of `files`, which is the order in which they run.
///
/// What an earlier file or statement of the list creates counts as new; everything else as already there and in use.
/// `system` says what it runs on, and which column has which type.
pub fn lint(system: &System, files: &[LintFile<'_>]) -> Vec<Hazard> {
    Reader::new().lint(system, files)
}

impl<'a> Reader<'a> {
    /// [`lint`].
    pub fn lint(&self, system: &System, files: &[LintFile<'a>]) -> Vec<Hazard> {
        let scripts = files.iter().map(|file| match file.content {
            LintContent::Sql(text) => Some(self.script(text)),
            LintContent::Seed(_) => None,
        });
        lint_scripts(system, files, &scripts.collect::<Vec<_>>())
    }
}

fn lint_scripts(
    system: &System,
    files: &[LintFile<'_>],
    scripts: &[Option<Rc<Script<'_>>>],
) -> Vec<Hazard> {
    let mut run = Run::new(system, files);
    for (file, script) in files.iter().zip(scripts) {
        match (script, file.content) {
            (Some(script), _) => lint_script(&mut run, file, script),
            (None, LintContent::Seed(seed)) => enums::seed(&mut run, file, seed),
            (None, LintContent::Sql(_)) => {}
        }
    }
    safety::row_level_security(&mut run, scripts);
    run.finish()
}

fn lint_script(run: &mut Run<'_>, file: &LintFile<'_>, script: &Script<'_>) {
    statements::whole_file(run, file, script);
    linter::squawk(run, file, script);
    for parsed in &script.statements {
        run.enter(file, script.text, &parsed.statement);
        if parsed.statement.outside_transaction {
            statements::needs_no_transaction(run, file);
        }
        if is_worth_parsing(run, file, parsed) {
            for node in parsed.nodes() {
                statements::check(run, parsed, &node);
                settings::check(run, file, &node);
                safety::check(run, &node);
                enums::check(run, file, parsed, &node);
            }
        }
        run.created_by(file, parsed);
    }
}

/// Most statements of a new schema cannot be hazards, and parsing costs most of the time.
fn is_worth_parsing(run: &Run<'_>, file: &LintFile<'_>, parsed: &Parsed<'_>) -> bool {
    if enums::has_values(run, file) {
        return true;
    }
    match parsed.statement.kind {
        StatementKind::Definition if head::begins_with(parsed.text, &["create"]) => {
            head::has_word(parsed.text, &["index", "definer", "temp", "temporary"])
        }
        StatementKind::Definition => {
            head::begins_with(parsed.text, &["alter", "drop", "refresh", "reindex"])
        }
        StatementKind::Rows | StatementKind::Setting | StatementKind::Other => true,
        StatementKind::Meta | StatementKind::CopyClient | StatementKind::TransactionControl => {
            false
        }
    }
}

#[cfg(test)]
mod tests;

//! Checks the declared graph against the SQL: who uses what of whom.

#[cfg(test)]
mod column_tests;
mod files;
mod grants;
mod inventory;
mod look_up;
mod scope;
mod seeds;
mod text;
mod walk;

use super::head;
use super::level::Level;
use super::object::{Object, ObjectKind, Space};
use super::script::Reader;
use crate::catalog::model::System;
use crate::error::{Error, ErrorKind, Location};
use files::File;
use inventory::{Entry, Inventory};
use serde::Serialize;
use std::collections::HashSet;

/// A disagreement between what `system.toml` says of the phases and what their SQL does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// What kind of disagreement.
    pub kind: ViolationKind,
    /// `Error` for what must stop a run, `Warning` for what may be meant so.
    pub level: Level,
    /// Name of the phase whose file it is.
    pub phase: String,
    /// Where in that file.
    pub location: Location,
    /// What is used or defined, with its kind: `table public.platform`.
    pub object: String,
    /// The phase that the object belongs to, if one defines it.
    pub owner_phase: Option<String>,
    /// One sentence: what is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// The kinds of [`Violation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViolationKind {
    /// A phase uses an object of a phase that it does not depend on.
    UndeclaredDependency,
    /// Two phases define the same object.
    DuplicateObject,
    /// No phase defines the object.
    UnknownObject,
    /// A name without schema in a routine whose `search_path` is empty: found by nobody.
    UnqualifiedName,
}

impl Violation {
    /// As an error of kind `Catalog`.
    pub fn into_error(self) -> Error {
        Error::new(ErrorKind::Catalog, self.message)
            .hint(self.hint)
            .at(self.location)
    }
}

/// Compares the graph that `system.toml` declares with what the phases' SQL and seeds define and use.
///
/// Migrations, repeatables, their down files, `verify.sql`, seeds and tasks are read, with the bodies of functions and
/// `do` blocks. What of them cannot be parsed is searched for known qualified names. Sorted by phase, file and place;
/// each object is reported once a file.
pub fn check(system: &System) -> Vec<Violation> {
    Reader::new().check(system)
}

/// Only the errors that [`check`] finds in what a run applies (migrations, repeatables, seeds), and much faster.
///
/// Parses no more than the statements that contain the name of something which their phase may not use. Warnings about
/// unknown names are left to `check`: they need every statement.
pub fn errors(system: &System) -> Vec<Violation> {
    Reader::new().errors(system)
}

impl<'a> Reader<'a> {
    /// [`check`].
    pub fn check(&self, system: &'a System) -> Vec<Violation> {
        let files = files::files(system, self);
        // All of it will be walked: heads need not be parsed on their own.
        for parsed in files.iter().flat_map(|file| &file.script.statements) {
            parsed.tree();
        }
        let inventory = Inventory::of(&files);
        let mut findings = Findings::new(system, &inventory);
        for file in &files {
            walk::file(file, &mut findings, |_| true);
        }
        findings.rest(&files)
    }

    /// [`errors`].
    pub fn errors(&self, system: &'a System) -> Vec<Violation> {
        let files = files::built_by(system, self);
        let inventory = Inventory::of(&files);
        let mut findings = Findings::new(system, &inventory);
        let forbidden: Vec<HashSet<String>> = (0..system.phases.len())
            .map(|phase| findings.forbidden_words(phase))
            .collect();
        for file in &files {
            let forbidden = &forbidden[file.phase];
            walk::file(file, &mut findings, |parsed| {
                mentions(parsed.text, forbidden)
            });
        }
        let mut found = findings.rest(&files);
        found.retain(|violation| violation.level == Level::Error);
        found
    }
}

/// Whether a statement contains one of these words, in whatever place; escaped identifiers may be any word.
fn mentions(text: &str, words: &HashSet<String>) -> bool {
    let any =
        head::words(text).any(
            |word| match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                true => words.contains(&word.to_ascii_lowercase()),
                false => words.contains(word),
            },
        );
    any || text.contains("U&\"") || text.contains("u&\"")
}

/// Gathers violations.
struct Findings<'a> {
    system: &'a System,
    inventory: &'a Inventory,
    /// For each phase, the phases whose objects it may use.
    reachable: Vec<HashSet<usize>>,
    seen: HashSet<(usize, String, ViolationKind, String)>,
    found: Vec<(usize, Violation)>,
}

impl<'a> Findings<'a> {
    fn new(system: &'a System, inventory: &'a Inventory) -> Self {
        Self {
            system,
            inventory,
            reachable: files::reachable(system),
            seen: HashSet::new(),
            found: Vec::new(),
        }
    }

    /// Adds what needs no walk over statements, and puts everything in order.
    fn rest(mut self, files: &[File<'_>]) -> Vec<Violation> {
        self.duplicates(files);
        for (index, phase) in self.system.phases.iter().enumerate() {
            if let Some(seed) = &phase.seed {
                seeds::check(index, seed, &mut self);
            }
            grants::check(index, &mut self);
        }
        self.sorted()
    }

    /// First words of the names that a phase may not use.
    fn forbidden_words(&self, phase: usize) -> HashSet<String> {
        let names = self.inventory.names();
        let forbidden = names.filter(|(_, owners)| !self.allowed(phase, owners));
        forbidden
            .filter_map(|(name, _)| Some(head::words(name).next()?.to_ascii_lowercase()))
            .collect()
    }

    fn sorted(mut self) -> Vec<Violation> {
        self.found.sort_by(|(a_phase, a), (b_phase, b)| {
            let place =
                |violation: &Violation| (violation.location.line, violation.location.column);
            (a_phase, &a.location.file, place(a)).cmp(&(b_phase, &b.location.file, place(b)))
        });
        self.found
            .into_iter()
            .map(|(_, violation)| violation)
            .collect()
    }

    fn add(&mut self, phase: usize, violation: Violation) {
        let place = violation.location.file.clone();
        if self
            .seen
            .insert((phase, place, violation.kind, violation.object.clone()))
        {
            self.found.push((phase, violation));
        }
    }

    fn phase_name(&self, phase: usize) -> String {
        self.system.phases[phase].name.clone()
    }

    /// Whether `phase` may use what any of `owners` defines.
    fn allowed(&self, phase: usize, owners: &[usize]) -> bool {
        owners
            .iter()
            .any(|owner| self.reachable[phase].contains(owner))
    }

    /// Notes that `phase` uses `object`, which only phases define that it does not depend on.
    fn undeclared(&mut self, phase: usize, location: Location, object: String, owners: &[usize]) {
        let Some(owner) = owners.first().map(|owner| self.phase_name(*owner)) else {
            return;
        };
        let name = self.phase_name(phase);
        let backwards = owners
            .iter()
            .any(|owner| self.reachable[*owner].contains(&phase));
        let hint = if backwards {
            format!(
                "phase \"{owner}\" depends on \"{name}\" already: move this into \"{owner}\", or \
                     the object into \"{name}\""
            )
        } else {
            format!("add \"{owner}\" to depends_on of phase \"{name}\" in system.toml")
        };
        self.add(phase, Violation {
            kind: ViolationKind::UndeclaredDependency,
            level: Level::Error,
            message: format!(
                "phase \"{name}\" uses {object} of phase \"{owner}\", which it does not depend on"
            ),
            phase: name,
            location,
            object,
            owner_phase: Some(owner),
            hint,
        });
    }

    /// Notes a function that a phase opens to anon although another phase defines it.
    fn misplaced(&mut self, phase: usize, location: Location, signature: &str, owner: String) {
        let name = self.phase_name(phase);
        self.add(phase, Violation {
            kind: ViolationKind::UndeclaredDependency,
            level: Level::Error,
            message: format!(
                "anon_execute of phase \"{name}\" lists function {signature} of phase \"{owner}\""
            ),
            phase: name,
            location,
            object: format!("function {signature}"),
            hint: format!("move it to anon_execute of phase \"{owner}\""),
            owner_phase: Some(owner),
        });
    }

    /// Notes a name that nobody defines.
    fn unknown(&mut self, phase: usize, location: Location, object: String) {
        self.add(
            phase,
            Violation {
                kind: ViolationKind::UnknownObject,
                level: Level::Warning,
                message: format!("no phase defines {object}"),
                phase: self.phase_name(phase),
                location,
                object,
                owner_phase: None,
                hint: "check the spelling, or create it in a phase that this one depends on"
                    .to_owned(),
            },
        );
    }

    /// Notes a name without schema where the search path is empty.
    fn unqualified(&mut self, phase: usize, location: Location, object: String) {
        self.add(
            phase,
            Violation {
                kind: ViolationKind::UnqualifiedName,
                level: Level::Warning,
                message: format!("{object} has no schema, and the search_path here is empty"),
                phase: self.phase_name(phase),
                location,
                object,
                owner_phase: None,
                hint: "write the schema before the name".to_owned(),
            },
        );
    }

    /// Notes objects that two phases define.
    fn duplicates(&mut self, files: &[File<'_>]) {
        for group in self.inventory.groups() {
            let entries: Vec<&Entry> = group.iter().filter(|entry| is_firm(entry)).collect();
            for (at, entry) in entries.iter().enumerate() {
                let object = &entry.definition.object;
                let other = entries[..at].iter().find(|first| {
                    first.phase != entry.phase && collide(&first.definition.object, object)
                });
                if let Some(first) = other {
                    self.duplicate(files, first, entry);
                }
            }
        }
    }

    fn duplicate(&mut self, files: &[File<'_>], first: &Entry, second: &Entry) {
        let object = describe(&second.definition.object);
        let (name, owner) = (self.phase_name(second.phase), self.phase_name(first.phase));
        let source = files[second.file].source;
        let offset = second.definition.object.offset;
        self.add(
            second.phase,
            Violation {
                kind: ViolationKind::DuplicateObject,
                level: Level::Error,
                message: format!(
                    "phase \"{name}\" defines {object}, which phase \"{owner}\" defines too"
                ),
                phase: name,
                location: Location::at_offset(&source.path, &source.text, offset),
                object,
                owner_phase: Some(owner),
                hint: "an object belongs to one phase: rename one of them, or define it once"
                    .to_owned(),
            },
        );
    }
}

/// Definitions that surely happen and were not written to share.
fn is_firm(entry: &Entry) -> bool {
    let definition = &entry.definition;
    let object = &definition.object;
    let shared = object.if_not_exists
        && matches!(
            object.kind,
            ObjectKind::Schema | ObjectKind::Extension | ObjectKind::Role
        );
    !definition.conditional && !definition.implicit && !shared
}

/// Overloads of a function differ; everything else of one name collides.
fn collide(first: &Object, second: &Object) -> bool {
    first.kind.space() != Space::Routine || types(first) == types(second)
}

fn types(object: &Object) -> Vec<String> {
    types_of(object.arguments.as_deref().unwrap_or_default())
}

/// Argument types with the common aliases written out.
fn types_of(arguments: &str) -> Vec<String> {
    let plain = |text: &str| match text.trim() {
        "int" | "int4" => "integer".to_owned(),
        "int8" => "bigint".to_owned(),
        "int2" => "smallint".to_owned(),
        "bool" => "boolean".to_owned(),
        "timestamp with time zone" => "timestamptz".to_owned(),
        other => other.to_owned(),
    };
    arguments
        .to_ascii_lowercase()
        .split(',')
        .map(plain)
        .collect()
}

/// An object as messages name it.
fn describe(object: &Object) -> String {
    match &object.arguments {
        Some(arguments) => format!("{} {}({arguments})", object.kind, object.name),
        None => format!("{} {}", object.kind, object.name),
    }
}

#[cfg(test)]
mod name_tests;
#[cfg(test)]
mod tests;

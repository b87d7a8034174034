//! From a system's folder to a checked [`System`].

use super::folder::{Entry, EntryKind, Folder, reject_empty};
use super::model::{Phase, SourceFile, System};
use super::names::did_you_mean;
use super::problems::{Problems, mistake, whole_file};
use super::system_toml::{Declared, DeclaredPhase};
use super::toml_reader::Doc;
use super::{Source, graph, phase_files, system_toml, task};
use crate::error::{Error, Result};

/// What may stand in a system's folder, for messages.
const SYSTEM_FILES: &str =
    "a system's folder holds system.toml, schema.lock.json, phase_<n>_<name>/, tasks/ and queries/";

/// Reads one system and checks all its files.
///
/// # Errors
/// `Catalog` with the first mistake's place and the others as detail; `Io` where something cannot be read.
pub fn load(source: &Source, name: &str) -> Result<System> {
    let folder = find(source, name)?;
    let file = folder.read("system.toml")?;
    reject_empty(&file)?;
    let problems = Problems::default();
    let declared = declarations(&file, name, &problems);
    problems.finish()?;
    // Without mistakes there are declarations.
    let declared = declared.ok_or_else(|| mistake("the file cannot be read").at(file.at(0)))?;

    let folders = sort_entries(&folder, &declared, &file, &problems);
    let doc = Doc {
        file: &file,
        problems: &problems,
    };
    let mut phases: Vec<Phase> = folders
        .iter()
        .map(|(folder, declared)| read_phase(folder, declared, doc))
        .collect();
    phases.sort_by_key(|phase| phase.number);
    let names: Vec<&str> = declared
        .phases
        .iter()
        .map(|phase| phase.name.get_ref().as_str())
        .collect();
    let tasks = folder
        .folder("tasks")
        .map(|folder| task::read_all(&folder, &names, &problems))
        .unwrap_or_default();
    let snapshot = folder
        .has_file("schema.lock.json")
        .then(|| problems.take(folder.read("schema.lock.json")))
        .flatten();
    problems.finish()?;
    Ok(System {
        name: name.to_owned(),
        title: declared.title,
        description: declared.description,
        platform: declared.platform,
        min_server: declared.min_server,
        is_default: declared.is_default,
        lock_timeout: declared.lock_timeout,
        schemas: declared.schemas,
        counts: declared.counts,
        phases,
        tasks,
        snapshot,
        file,
    })
}

/// Reads all systems, by name.
///
/// # Errors
/// As [`load`], for the first system that has mistakes.
pub fn load_all(source: &Source) -> Result<Vec<System>> {
    source
        .systems()?
        .iter()
        .map(|name| load(source, name))
        .collect()
}

/// The folder of a system.
pub(crate) fn find(source: &Source, name: &str) -> Result<Folder> {
    let systems = source.systems()?;
    let root = source.root()?;
    if systems.iter().any(|system| system == name)
        && let Some(folder) = root.folder(name)
    {
        return Ok(folder);
    }
    let known: Vec<&str> = systems.iter().map(String::as_str).collect();
    let hint = did_you_mean(name, &known, "systems");
    Err(mistake(format!("there is no system `{name}` in {}", root.path())).hint(hint))
}

fn read_phase(folder: &Folder, declared: &DeclaredPhase, doc: Doc<'_>) -> Phase {
    let before = doc.problems.count();
    let phase = phase_files::read(folder, declared, doc.problems);
    let empty = phase.migrations.is_empty() && phase.repeatables.is_empty();
    if empty && doc.problems.count() == before {
        let message = format!(
            "`{}` holds neither a migration nor a repeatable",
            phase.folder()
        );
        doc.report(declared.name.span(), message);
    }
    phase
}

fn declarations(file: &SourceFile, name: &str, problems: &Problems) -> Option<Declared> {
    let declared = system_toml::read(file, name, problems)?;
    graph::check(&declared.phases, file, problems);
    Some(declared)
}

/// Finds each declared phase's folder, and notes what is missing or does not belong.
fn sort_entries<'a>(
    folder: &Folder,
    declared: &'a Declared,
    file: &SourceFile,
    problems: &Problems,
) -> Vec<(Folder, &'a DeclaredPhase)> {
    let entries = problems.take(folder.entries()).unwrap_or_default();
    let doc = Doc { file, problems };
    let mut found = Vec::new();
    for phase in &declared.phases {
        match folder.folder(&phase.folder()) {
            Some(folder) => found.push((folder, phase)),
            None => missing_folder(phase, &entries, doc),
        }
    }
    for entry in &entries {
        check_entry(entry, folder, declared, doc);
    }
    found
}

fn missing_folder(phase: &DeclaredPhase, entries: &[Entry], doc: Doc<'_>) {
    let (wanted, number) = (phase.folder(), *phase.number.get_ref());
    let similar = entries.iter().find_map(|entry| {
        let (folder_number, folder_name) = phase_folder(entry)?;
        (folder_number == number || folder_name == phase.name.get_ref())
            .then_some((entry, folder_number == number))
    });
    let error = match similar {
        Some((entry, same_number)) => {
            let span = if same_number {
                phase.name.span()
            } else {
                phase.number.span()
            };
            let message = format!(
                "phase `{}` is number {number} here, but its folder is `{}`",
                phase.name.get_ref(),
                entry.name
            );
            doc.error(span, message)
                .hint(format!("name the folder `{wanted}`, or correct this line"))
        }
        None => doc.error(phase.name.span(), format!("there is no folder `{wanted}`")),
    };
    doc.problems.push(error);
}

/// Number and name of `phase_1_user_onboarding`.
fn phase_folder(entry: &Entry) -> Option<(u32, &str)> {
    let (number, name) = entry.name.strip_prefix("phase_")?.split_once('_')?;
    let number = number
        .parse()
        .ok()
        .filter(|_| entry.kind == EntryKind::Folder)?;
    Some((number, name))
}

fn check_entry(entry: &Entry, folder: &Folder, declared: &Declared, doc: Doc<'_>) {
    let name = entry.name.as_str();
    let is_folder = entry.kind == EntryKind::Folder;
    match name {
        "system.toml" | "schema.lock.json" if entry.kind == EntryKind::File => return,
        "tasks" | "queries" if is_folder => return,
        _ if is_folder && declared.phases.iter().any(|phase| phase.folder() == name) => return,
        _ => {}
    }
    // A folder that is one half right is already reported with the phase it should belong to.
    let reported = phase_folder(entry).is_some_and(|(number, name)| {
        declared.phases.iter().any(|phase| {
            let half = *phase.number.get_ref() == number || phase.name.get_ref() == name;
            half && folder.folder(&phase.folder()).is_none()
        })
    });
    if !reported {
        doc.problems.push(stray(entry, folder, declared, doc));
    }
}

fn stray(entry: &Entry, folder: &Folder, declared: &Declared, doc: Doc<'_>) -> Error {
    let name = &entry.name;
    if let Some((number, phase)) = phase_folder(entry) {
        let last = declared
            .phases
            .last()
            .map_or(0..0, |phase| phase.number.span());
        return doc
            .error(last, format!("the folder `{name}` is not declared"))
            .hint(format!(
                "declare it: a [[phase]] with number = {number} and name = \"{phase}\""
            ));
    }
    let known = ["tasks", "queries", "system.toml", "schema.lock.json"];
    let hint = match super::names::closest(name, known) {
        Some(meant) if meant != name => format!("did you mean `{meant}`?"),
        _ => SYSTEM_FILES.to_owned(),
    };
    mistake(format!("`{name}` does not belong in a system's folder"))
        .at(whole_file(&folder.path_of(name)))
        .hint(hint)
}

//! `tasks/*.sql`: upkeep that a system wants done regularly.

use super::folder::{Folder, reject_empty};
use super::frontmatter::{self, Key, Occurs};
use super::model::Task;
use super::names::did_you_mean;
use super::problems::{Problems, mistake, whole_file};
use super::{directive, duration};
use crate::catalog::folder::EntryKind;
use crate::error::{Error, Result};
use std::time::Duration;

const KEYS: [Key; 4] = [
    ("title", Occurs::Once),
    ("every", Occurs::Once),
    ("phase", Occurs::Once),
    ("description", Occurs::Optional),
];

/// Reads all tasks of a folder; `phases` are the names that a task may give.
pub(crate) fn read_all(folder: &Folder, phases: &[&str], problems: &Problems) -> Vec<Task> {
    problems
        .take(sql_files(folder, problems))
        .unwrap_or_default()
        .iter()
        .filter_map(|name| problems.take(read(folder, name, phases)))
        .collect()
}

fn read(folder: &Folder, name: &str, phases: &[&str]) -> Result<Task> {
    let file = folder.read(&format!("{name}.sql"))?;
    reject_empty(&file)?;
    let found = frontmatter::parse(&file, &KEYS)?;
    directive::require_statement(&file)?;
    let phase = known_phase(&found, phases)?;
    let every_text = found.text("every");
    let every = duration::parse(&every_text).and_then(at_least_a_second);
    let every = every.map_err(|reason| match found.get("every") {
        Some(entry) => found.error(entry, format!("bad `every`: {reason}")),
        None => mistake(reason),
    })?;
    let title = found.text("title");
    let description = found.get("description").map(|entry| entry.value.clone());
    Ok(Task {
        name: name.to_owned(),
        title,
        every,
        every_text,
        phase,
        description,
        file,
    })
}

fn at_least_a_second(every: Duration) -> Result<Duration, String> {
    if every < Duration::from_secs(1) {
        return Err("a task runs at most every second".to_owned());
    }
    Ok(every)
}

/// The `phase` of a front matter, if the system has it.
pub(crate) fn known_phase(found: &frontmatter::FrontMatter<'_>, phases: &[&str]) -> Result<String> {
    let name = found.text("phase");
    match found.get("phase") {
        Some(entry) if !phases.contains(&name.as_str()) => Err(found
            .error(entry, format!("there is no phase `{name}`"))
            .hint(did_you_mean(&name, phases, "phases"))),
        _ => Ok(name),
    }
}

/// The names, without extension, of the SQL files of a folder that may hold nothing else.
pub(crate) fn sql_files(folder: &Folder, problems: &Problems) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in folder.entries()? {
        let stem = entry
            .name
            .strip_suffix(".sql")
            .filter(|_| entry.kind == EntryKind::File);
        match stem {
            Some(stem) if super::names::is_name(stem) => names.push(stem.to_owned()),
            _ => problems.push(bad_name(folder, &entry.name)),
        }
    }
    Ok(names)
}

fn bad_name(folder: &Folder, name: &str) -> Error {
    mistake(format!("`{name}` does not belong here"))
        .at(whole_file(&folder.path_of(name)))
        .hint("this folder holds files named <name>.sql: lower-case letters, digits and underscores, a letter first")
}

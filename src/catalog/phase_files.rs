//! A phase's folder: which files belong together, and what is wrong with their names.

use super::folder::{Entry, EntryKind, Folder, reject_empty};
use super::model::{Migration, Phase, Repeatable, Seed, SourceFile};
use super::names::{PHASE_FILES, PhaseFile, closest};
use super::problems::{Problems, mistake, whole_file};
use super::system_toml::DeclaredPhase;
use super::{directive, seed};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// Phase number · this + file number is a migration's version.
const VERSIONS_PER_PHASE: i64 = 1_000_000_000_000_000;

/// File names by the name they share.
#[derive(Default)]
struct Files {
    ups: BTreeMap<(i64, String), String>,
    downs: BTreeMap<String, String>,
    repeatables: BTreeMap<String, String>,
    repeatable_downs: BTreeMap<String, String>,
    seed: bool,
    verify: bool,
}

/// Reads the folder of a declared phase; mistakes are noted, and what is readable is returned.
pub(crate) fn read(folder: &Folder, declared: &DeclaredPhase, problems: &Problems) -> Phase {
    let files = sort(folder, problems);
    check_pairs(folder, &files, problems);
    let number = *declared.number.get_ref();
    Phase {
        number,
        name: declared.name.get_ref().clone(),
        domain: declared.domain.clone(),
        depends_on: declared
            .depends_on
            .iter()
            .map(|name| name.get_ref().clone())
            .collect(),
        counts: declared.counts.clone(),
        anon_execute: declared.anon_execute.clone(),
        line: declared.line,
        migrations: migrations(folder, &files, number, problems),
        repeatables: repeatables(folder, &files, problems),
        seed: files
            .seed
            .then(|| problems.take(read_seed(folder)))
            .flatten(),
        verify: files
            .verify
            .then(|| problems.take(read_verify(folder)))
            .flatten(),
    }
}

fn sort(folder: &Folder, problems: &Problems) -> Files {
    let mut files = Files::default();
    for entry in problems.take(folder.entries()).unwrap_or_default() {
        match file_kind(&entry) {
            Ok(PhaseFile::Up(number, stem)) => drop(files.ups.insert((number, stem), entry.name)),
            Ok(PhaseFile::Down(_, stem)) => drop(files.downs.insert(stem, entry.name)),
            Ok(PhaseFile::Repeatable(stem)) => drop(files.repeatables.insert(stem, entry.name)),
            Ok(PhaseFile::RepeatableDown(stem)) => {
                drop(files.repeatable_downs.insert(stem, entry.name));
            }
            Ok(PhaseFile::Seed) => files.seed = true,
            Ok(PhaseFile::Verify) => files.verify = true,
            Err(reason) => problems.push(bad_name(folder, &entry.name, &reason)),
        }
    }
    files
}

fn file_kind(entry: &Entry) -> Result<PhaseFile, String> {
    match entry.kind {
        EntryKind::File => PhaseFile::parse(&entry.name),
        EntryKind::Folder => Err("it is a folder".to_owned()),
        EntryKind::Other => Err("it is no file that can be read".to_owned()),
    }
}

fn bad_name(folder: &Folder, name: &str, reason: &str) -> Error {
    let error = mistake(format!("`{name}` is no file of a phase: {reason}"))
        .at(whole_file(&folder.path_of(name)));
    match closest(name, ["seed.toml", "verify.sql"]) {
        Some(meant) => error.hint(format!("did you mean `{meant}`?")),
        None => error.hint(PHASE_FILES),
    }
}

fn check_pairs(folder: &Folder, files: &Files, problems: &Problems) {
    let mut previous: Option<(i64, &str)> = None;
    for ((number, _), name) in &files.ups {
        if let Some((_, other)) = previous.filter(|(other, _)| other == number) {
            let message = format!("`{name}` and `{other}` have the same number");
            problems.push(mistake(message).at(whole_file(&folder.path_of(name))));
        }
        previous = Some((*number, name));
    }
    let stems: Vec<&str> = files.ups.keys().map(|(_, stem)| stem.as_str()).collect();
    for (stem, name) in &files.downs {
        if !stems.contains(&stem.as_str()) {
            problems.push(without_up(folder, stem, name, &stems));
        }
    }
    let stems: Vec<&str> = files.repeatables.keys().map(String::as_str).collect();
    for (stem, name) in &files.repeatable_downs {
        if !stems.contains(&stem.as_str()) {
            problems.push(without_up(folder, stem, name, &stems));
        }
    }
}

fn without_up(folder: &Folder, stem: &str, name: &str, stems: &[&str]) -> Error {
    let error = mistake(format!("`{name}` undoes `{stem}.sql`, which is not there"))
        .at(whole_file(&folder.path_of(name)));
    match closest(stem, stems.iter().copied()) {
        Some(meant) => error.hint(format!("did you mean `{meant}.down.sql`?")),
        None => error,
    }
}

fn migrations(folder: &Folder, files: &Files, phase: u32, problems: &Problems) -> Vec<Migration> {
    let read = |((number, stem), name): (&(i64, String), &String)| -> Option<Migration> {
        let up = problems.take(read_sql(folder, name));
        let down = files
            .downs
            .get(stem)
            .map(|name| problems.take(read_down(folder, name)));
        let up = up?;
        let no_transaction = problems.take(directive::no_transaction(&up))?;
        Some(Migration {
            version: i64::from(phase) * VERSIONS_PER_PHASE + number,
            number: *number,
            name: stem.clone(),
            up,
            down: down.flatten(),
            no_transaction,
        })
    };
    files.ups.iter().filter_map(read).collect()
}

fn repeatables(folder: &Folder, files: &Files, problems: &Problems) -> Vec<Repeatable> {
    let read = |(stem, name): (&String, &String)| -> Option<Repeatable> {
        let up = problems.take(read_repeatable(folder, name));
        let Some(down) = files.repeatable_downs.get(stem) else {
            let missing = format!("{stem}.down.sql");
            let message = format!("the repeatable `{name}` has no `{missing}`");
            problems.push(
                mistake(message)
                    .at(whole_file(&folder.path_of(name)))
                    .hint("a repeatable's down file says how what it creates is dropped"),
            );
            return None;
        };
        let down = problems.take(read_down(folder, down));
        Some(Repeatable {
            name: stem.clone(),
            up: up?,
            down: down?,
        })
    };
    files.repeatables.iter().filter_map(read).collect()
}

fn read_sql(folder: &Folder, name: &str) -> Result<SourceFile> {
    let file = folder.read(name)?;
    reject_empty(&file)?;
    reject_deep(&file)?;
    Ok(file)
}

/// Far more than the server itself can take, and far less than the parser's stack.
const DEEPEST: usize = 10_000;

/// Refuses brackets that nest so deep that a recursive parser would run out of stack. Brackets in strings and comments
/// count as well: bodies of functions are strings.
fn reject_deep(file: &SourceFile) -> Result<()> {
    // Most files have too few of them, and counting is much quicker.
    let opens = file.text.bytes().filter(|byte| matches!(byte, b'(' | b'['));
    if opens.count() <= DEEPEST {
        return Ok(());
    }
    let mut depth = 0_usize;
    for (at, byte) in file.text.bytes().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            let message = format!("more than {DEEPEST} brackets are open here");
            return Err(mistake(message)
                .at(file.at(at))
                .hint("PostgreSQL itself refuses such a statement: take it apart"));
        }
    }
    Ok(())
}

/// Comments alone are a way to say that there is nothing to undo.
fn read_down(folder: &Folder, name: &str) -> Result<SourceFile> {
    let file = read_sql(folder, name)?;
    directive::refuse(&file, "a down file runs in its phase's transaction")?;
    Ok(file)
}

fn read_repeatable(folder: &Folder, name: &str) -> Result<SourceFile> {
    let file = read_sql(folder, name)?;
    directive::refuse(&file, "a repeatable runs in its phase's transaction")?;
    Ok(file)
}

fn read_seed(folder: &Folder) -> Result<Seed> {
    let file = folder.read("seed.toml")?;
    reject_empty(&file)?;
    seed::parse(&file)
}

fn read_verify(folder: &Folder) -> Result<SourceFile> {
    let file = read_sql(folder, "verify.sql")?;
    directive::refuse(&file, "checks run in a transaction that is rolled back")?;
    Ok(file)
}

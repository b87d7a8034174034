//! `migrate new`: an empty migration with its down file, or a new phase.

use super::context::Context;
use super::{DONE, Exit, init, open};
use crate::catalog::System;
use crate::cli::{Global, NewArgs};
use crate::render::{self, Printer};
use crate::{Error, ErrorKind, Result};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Writes the files.
pub fn run(global: &Global, args: &NewArgs, printer: &Printer) -> Result<Exit> {
    init::check_name(&args.description)?;
    let context = Context::load(global, None)?;
    let system = open::system_from_files(&context)?;
    let folder = context.source.path(&system.name).ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            format!(
                "{} is in the binary: nothing can be added to it",
                system.name
            ),
        )
        .hint("give the folder of your own systems with --dir, or start one with `pgphase init`")
    })?;
    let files = if args.new_phase {
        new_phase(&system, &folder, args)?
    } else {
        new_file(&system, &folder, args)?
    };
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("{} is there already", path.display()),
        ));
    }
    for (path, text) in &files {
        init::write(path, text)?;
    }
    let paths: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
    render::files(printer, &paths);
    if args.new_phase {
        declare(&system, &folder, args)?;
        printer.say(&format!(
            "declared in {}",
            folder.join("system.toml").display()
        ));
    }
    Ok(DONE)
}

fn new_file(system: &System, folder: &Path, args: &NewArgs) -> Result<Vec<(PathBuf, String)>> {
    let phase = system.find_phase(args.phase.as_deref().unwrap_or_default())?;
    let inside = folder.join(phase.folder());
    let title = args.description.replace('_', " ");
    let name = if args.repeatable {
        format!("R_{}", args.description)
    } else {
        let last = phase.migrations.last().map_or(0, |file| file.number);
        format!("{:03}_{}", last + 1, args.description)
    };
    let up = if args.repeatable {
        format!("-- {title}. Idempotent: it runs again whenever this file changes.\n\n")
    } else if args.no_transaction {
        format!("-- {title}.\n-- pgphase: no-transaction\n\n")
    } else {
        format!("-- {title}.\n\n")
    };
    let down = format!("-- Undoes {name}.sql, in reverse order.\n\n");
    Ok(vec![
        (inside.join(format!("{name}.sql")), up),
        (inside.join(format!("{name}.down.sql")), down),
    ])
}

fn new_phase(system: &System, folder: &Path, args: &NewArgs) -> Result<Vec<(PathBuf, String)>> {
    if system.phase(&args.description).is_some() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("there is a phase {} already", args.description),
        ));
    }
    for needed in &args.depends_on {
        system.find_phase(needed)?;
    }
    let inside = folder.join(format!(
        "phase_{}_{}",
        next_number(system),
        args.description
    ));
    let title = args.description.replace('_', " ");
    Ok(vec![
        (
            inside.join("001_schema.sql"),
            format!("-- {title}: types, tables, indexes, grants.\n\n"),
        ),
        (
            inside.join("001_schema.down.sql"),
            "-- Undoes 001_schema.sql, in reverse order.\n\n".to_owned(),
        ),
    ])
}

fn next_number(system: &System) -> u32 {
    system
        .phases
        .iter()
        .map(|phase| phase.number)
        .max()
        .unwrap_or(0)
        + 1
}

/// Adds the phase to system.toml; the file's own text stays as it is.
fn declare(system: &System, folder: &Path, args: &NewArgs) -> Result<()> {
    let path = folder.join("system.toml");
    let mut names = Vec::new();
    for needed in &args.depends_on {
        names.push(format!("{:?}", system.find_phase(needed)?.name));
    }
    let mut text = system.file.text.trim_end().to_owned();
    let title = args.description.replace('_', " ");
    let domain = args.domain.as_deref().unwrap_or(&title);
    let _ = write!(
        text,
        "\n\n[[phase]]\nnumber = {}\nname = \"{}\"\ndomain = {domain:?}\ndepends_on = [{}]\n",
        next_number(system),
        args.description,
        names.join(", ")
    );
    std::fs::write(&path, text).map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("cannot write {}: {error}", path.display()),
        )
    })
}

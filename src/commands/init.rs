//! `init`: a folder becomes a project.

use super::{DONE, Exit};
use crate::cli::InitArgs;
use crate::render::{self, Printer};
use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

const CONFIG: &str = include_str!("templates/pgphase.toml");
const DOTENV: &str = include_str!("templates/env.example");
const SYSTEM: &str = include_str!("templates/system.toml");
const SCHEMA: &str = include_str!("templates/001_schema.sql");
const SCHEMA_DOWN: &str = include_str!("templates/001_schema.down.sql");
const VERIFY: &str = include_str!("templates/verify.sql");

/// Writes the first files; refuses to overwrite any.
pub fn run(args: &InitArgs, printer: &Printer) -> Result<Exit> {
    let here = std::env::current_dir().map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("cannot tell the current folder: {error}"),
        )
    })?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => folder_name(&here),
    };
    check_name(&name)?;
    let phase = PathBuf::from(format!("phases/{name}/phase_1_core"));
    // What the Data API exposes is closed until a policy opens it.
    let rls = match args.platform.as_str() {
        "supabase" => "\nalter table public.note enable row level security;\n",
        _ => "",
    };
    let fill = |text: &str| {
        let text = text.replace("{name}", &name).replace("{rls}", rls);
        text.replace("{platform}", &args.platform)
    };
    let files = [
        (PathBuf::from("pgphase.toml"), fill(CONFIG)),
        (PathBuf::from(".env.example"), fill(DOTENV)),
        (
            PathBuf::from(format!("phases/{name}/system.toml")),
            fill(SYSTEM),
        ),
        (phase.join("001_schema.sql"), fill(SCHEMA)),
        (phase.join("001_schema.down.sql"), fill(SCHEMA_DOWN)),
        (phase.join("verify.sql"), fill(VERIFY)),
    ];
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("{} is there already", path.display()),
        )
        .hint("init is for a folder that is no project yet; `pgphase migrate new` adds to one"));
    }
    for (path, text) in &files {
        write(path, text)?;
    }
    render::files(printer, &files.map(|(path, _)| path));
    printer.say("\nNext: write your tables into the first phase, then\n  pgphase migrate up --dev");
    Ok(DONE)
}

/// Writes a new file and the folders above it.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(
            ErrorKind::Io,
            format!("cannot write {}: {error}", path.display()),
        )
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}

/// The folder's name as a system may be called.
fn folder_name(folder: &Path) -> String {
    let name = folder
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let name = name.trim_matches('_');
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.to_owned()
    } else {
        "app".to_owned()
    }
}

/// Lower-case letters, digits and underscores, a letter first.
pub(super) fn check_name(name: &str) -> Result<()> {
    let good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if good {
        return Ok(());
    }
    Err(
        Error::new(ErrorKind::Usage, format!("{name:?} cannot be a name"))
            .hint("use lower-case letters, digits and underscores, a letter first"),
    )
}

//! `migrate export`.

use super::context::Context;
use super::{DONE, Exit, open};
use crate::cli::{ExportArgs, Global};
use crate::plan;
use crate::render::{self, Printer};
use crate::{Error, ErrorKind, Result};
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Writes a system as plain SQL files.
pub fn run(global: &Global, args: &ExportArgs, printer: &Printer) -> Result<Exit> {
    let system = open::system_from_files(&Context::load(global, None)?)?;
    let start = start(args.timestamp.as_deref())?;
    let files = plan::export(&system, start, args.per_phase_only);
    let failed = |path: &std::path::Path, error: std::io::Error| {
        Error::new(
            ErrorKind::Io,
            format!("cannot write {}: {error}", path.display()),
        )
    };
    std::fs::create_dir_all(&args.output).map_err(|error| failed(&args.output, error))?;
    if !args.force
        && let Some(file) = files
            .iter()
            .find(|file| args.output.join(&file.name).exists())
    {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("{} exists", args.output.join(&file.name).display()),
        )
        .hint("add --force to overwrite, or choose another folder"));
    }
    let mut written = Vec::new();
    for file in &files {
        let path = args.output.join(&file.name);
        std::fs::write(&path, &file.text).map_err(|error| failed(&path, error))?;
        written.push(path);
    }
    render::files(printer, &written);
    Ok(DONE)
}

fn start(timestamp: Option<&str>) -> Result<PrimitiveDateTime> {
    let Some(text) = timestamp else {
        let now = OffsetDateTime::now_utc();
        return Ok(PrimitiveDateTime::new(now.date(), now.time()));
    };
    let format = format_description!("[year][month][day][hour][minute][second]");
    PrimitiveDateTime::parse(text, format).map_err(|_| {
        Error::new(
            ErrorKind::Usage,
            format!("--timestamp {text}: not of the form YYYYMMDDHHMMSS"),
        )
    })
}

//! `completions` and `man`.

use super::{DONE, Exit};
use crate::cli::Cli;
use crate::render::Printer;
use crate::{Error, ErrorKind, Result};
use clap::CommandFactory;
use std::path::Path;

/// Prints a completion script.
pub fn completions(shell: clap_complete::Shell, printer: &Printer) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pgphase", &mut script);
    printer.data(&String::from_utf8_lossy(&script));
    Ok(DONE)
}

/// Prints the manual page, or writes one page a verb.
pub fn man(output: Option<&Path>, printer: &Printer) -> Result<Exit> {
    let failed = |error: std::io::Error| {
        Error::new(
            ErrorKind::Io,
            format!("cannot write the manual pages: {error}"),
        )
    };
    if let Some(folder) = output {
        std::fs::create_dir_all(folder).map_err(failed)?;
        clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
        printer.say(&format!("manual pages written to {}", folder.display()));
        return Ok(DONE);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(failed)?;
    printer.data(&String::from_utf8_lossy(&page));
    Ok(DONE)
}

//! `systems`.

use super::context::Context;
use super::{DONE, Exit};
use crate::Result;
use crate::catalog;
use crate::cli::Global;
use crate::render::{self, Printer, SystemLine};

/// Lists the systems of the binary, or of `--dir`.
pub fn run(global: &Global, printer: &Printer) -> Result<Exit> {
    let context = Context::load(global, None)?;
    let systems: Vec<SystemLine> = catalog::load_all(&context.source)?
        .into_iter()
        .map(|system| SystemLine {
            phases: system.phases.len(),
            name: system.name,
            title: system.title,
            platform: system.platform,
            min_server: system.min_server,
            description: system.description,
        })
        .collect();
    render::systems(printer, &systems);
    Ok(DONE)
}

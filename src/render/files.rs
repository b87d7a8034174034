//! Files that a verb wrote.

use super::{Json, Printer};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Serialize)]
struct FilesJson {
    files: Vec<String>,
}

/// Prints their paths, a path a line.
pub fn files(printer: &Printer, paths: &[PathBuf]) {
    let files: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    if printer.is_json() {
        printer.data(&Json::text(&FilesJson { files }));
    } else {
        printer.data(&files.join("\n"));
    }
}

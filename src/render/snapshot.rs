//! What `snapshot write` did.

use super::{Json, Printer};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Lines of a difference that are shown.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct SnapshotJson<'a> {
    file: &'a Path,
    current: bool,
    written: bool,
    added: Vec<&'a str>,
    removed: Vec<&'a str>,
}

/// Prints whether the file was current, and what differs.
pub fn snapshot(printer: &Printer, path: &Path, old: &str, new: &str, check: bool) {
    let lines = |text| -> BTreeSet<&str> { str::lines(text).map(str::trim).collect() };
    let (before, after) = (lines(old), lines(new));
    let added: Vec<&str> = after.difference(&before).copied().collect();
    let removed: Vec<&str> = before.difference(&after).copied().collect();
    let current = old == new;
    if printer.is_json() {
        let report = SnapshotJson {
            file: path,
            current,
            written: !check && !current,
            added,
            removed,
        };
        printer.data(&Json::text(&report));
        return;
    }
    if current {
        printer.data(&format!("{} is current\n", path.display()));
        return;
    }
    let verb = if check { "is not current" } else { "written" };
    let mut text = format!(
        "{} {verb}: {} lines come, {} go\n",
        path.display(),
        added.len(),
        removed.len()
    );
    if check {
        for (sign, line) in removed
            .iter()
            .map(|line| ('-', line))
            .chain(added.iter().map(|line| ('+', line)))
            .take(SHOWN)
        {
            let _ = writeln!(text, "  {sign} {line}");
        }
    }
    printer.data(&text);
}

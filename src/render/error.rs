//! An error for people: what, where with a caret, why, what stands, what to do.

use super::{Json, Printer};
use crate::cli::{ColorChoice, Format};
use crate::error::Location;
use crate::{Error, ErrorKind, render::Paint};
use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;

#[derive(Serialize)]
struct ErrorReport<'a> {
    error: ErrorJson<'a>,
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    kind: &'static str,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    sqlstate: Option<&'a str>,
    detail: Option<&'a str>,
    hint: Option<&'a str>,
    standing: &'a [String],
    rolled_back: &'a [String],
}

/// Prints an error: to stderr, or, as JSON, to stdout.
pub fn error(printer: &Printer, error: &Error) {
    if printer.is_json() {
        let inner = error.inner();
        let location = inner.location.as_ref();
        printer.data(&Json::text(&ErrorReport {
            error: ErrorJson {
                kind: inner.kind.as_str(),
                message: &inner.message,
                file: location.map(|at| at.file.as_str()),
                line: location.map(|at| at.line),
                column: location.and_then(|at| at.column),
                sqlstate: inner.sqlstate.as_deref(),
                detail: inner.detail.as_deref(),
                hint: inner.hint.as_deref(),
                standing: &inner.standing,
                rolled_back: &inner.rolled_back,
            },
        }));
    } else {
        printer.error_text(&text(error, printer.err));
    }
}

/// Prints what clap says. Help and version are no errors; everything else is exit 3.
pub fn usage(error: &clap::Error, as_json: bool) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if as_json {
        let said = error.to_string();
        let mut lines = said.lines().filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first);
        let rest: Vec<&str> = lines.map(str::trim).collect();
        let printer = Printer::new(Format::Json, ColorChoice::Never, true);
        let usage = Error::new(ErrorKind::Usage, message).hint(rest.join("\n"));
        self::error(&printer, &usage);
    } else {
        let _ = error.print();
    }
    ExitCode::from(ErrorKind::Usage.exit_code())
}

fn text(error: &Error, paint: Paint) -> String {
    let inner = error.inner();
    let code = inner
        .sqlstate
        .as_ref()
        .map_or(String::new(), |code| format!(" [{code}]"));
    let mut text = format!("{} {}{code}\n", paint.bad("error:"), inner.message);
    if let Some(location) = &inner.location {
        text.push_str(&snippet(location, paint));
    }
    if let Some(detail) = &inner.detail {
        for line in detail.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    list(
        &mut text,
        paint,
        "applied before, and stands",
        &inner.standing,
    );
    list(&mut text, paint, "rolled back", &inner.rolled_back);
    for hint in inner.hint.iter().flat_map(|hint| hint.lines()) {
        let _ = writeln!(text, "{} {hint}", paint.good("hint:"));
    }
    text
}

fn list(text: &mut String, paint: Paint, title: &str, items: &[String]) {
    if !items.is_empty() {
        let _ = writeln!(
            text,
            "{} {}",
            paint.bold(&format!("{title}:")),
            items.join(", ")
        );
    }
}

fn snippet(location: &Location, paint: Paint) -> String {
    let arrow = paint.dim("-->");
    let mut text = format!("  {arrow} {location}\n");
    let Some(line) = &location.snippet else {
        return text;
    };
    let number = location.line.to_string();
    let gutter = paint.dim("|");
    // A tab is as wide as the terminal likes: the caret's indent repeats the line's own white space.
    let _ = writeln!(text, "  {} {gutter} {line}", paint.dim(&number));
    if let Some(column) = location.column {
        let before = line.chars().take(column.saturating_sub(1) as usize);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let _ = writeln!(
            text,
            "  {} {gutter} {indent}{}",
            " ".repeat(number.len()),
            paint.bad("^")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_its_line_with_a_caret_and_what_stands() {
        let sql = "select 1;\n\tselect wrong;\n";
        let error = Error::new(ErrorKind::Migration, "column \"wrong\" does not exist")
            .at(Location::at_offset("001_a.sql", sql, 18))
            .sqlstate("42703")
            .hint("check the name")
            .outcome(
                vec!["phase_1_a/001_a".into()],
                vec!["phase_2_b/001_b".into()],
            );
        assert_eq!(
            text(&error, Paint::PLAIN),
            "error: column \"wrong\" does not exist [42703]\n  --> 001_a.sql:2:9\n  2 | \tselect wrong;\n    \
             | \t       ^\napplied before, and stands: phase_1_a/001_a\nrolled back: phase_2_b/001_b\nhint: check the name\n"
        );
    }
}

//! What a verification found.

use super::{Json, Paint, Printer};
use crate::execute::SeedCheck;
use crate::report::VerifyReport;
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct VerifyJson<'a> {
    system: &'a str,
    phases: &'a [String],
    #[serde(flatten)]
    report: &'a VerifyReport,
}

/// Prints it: checks that hold are summed up, what does not hold is named.
pub fn verify(printer: &Printer, system: &str, phases: &[String], report: &VerifyReport) {
    if printer.is_json() {
        printer.data(&Json::text(&VerifyJson {
            system,
            phases,
            report,
        }));
        return;
    }
    printer.data(&text(system, phases, report, printer.out));
}

fn text(system: &str, phases: &[String], report: &VerifyReport, paint: Paint) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} {}",
        paint.bold(system),
        paint.dim(&format!("({})", phases.join(", ")))
    );
    for check in &report.checks {
        let mark = if check.ok {
            paint.good("ok  ")
        } else {
            paint.bad("FAIL")
        };
        let _ = write!(text, "  {mark} {}", check.name);
        let _ = match (check.ok, check.expected == check.actual) {
            (true, true) => writeln!(text, "{}", paint.dim(&format!("  {}", check.actual))),
            _ => writeln!(
                text,
                "  expected {}, found {}",
                check.expected, check.actual
            ),
        };
    }
    for finding in &report.findings {
        let _ = writeln!(
            text,
            "  {} {}: {}",
            paint.bad(&finding.level.to_string()),
            finding.object,
            finding.detail
        );
    }
    let held = report.checks.iter().filter(|check| check.ok).count();
    let verdict = if report.ok {
        paint.good("verified")
    } else {
        paint.bad("NOT as the files say")
    };
    let _ = writeln!(
        text,
        "{verdict}: {held} of {} checks hold, {} findings",
        report.checks.len(),
        report.findings.len()
    );
    text
}

#[derive(Serialize)]
struct SeedJson<'a> {
    system: &'a str,
    ok: bool,
    differences: Vec<Difference<'a>>,
}

#[derive(Serialize)]
struct Difference<'a> {
    table: &'a str,
    key: &'a str,
    missing: bool,
    columns: &'a [String],
    file: &'a str,
    line: u32,
}

/// Prints rows of reference data that are missing or differ.
pub fn seed_differences(printer: &Printer, system: &str, differences: &[SeedCheck]) {
    if printer.is_json() {
        let rows = differences.iter().map(|row| Difference {
            table: &row.table,
            key: &row.key,
            missing: row.columns.is_empty(),
            columns: &row.columns,
            file: &row.location.file,
            line: row.location.line,
        });
        let report = SeedJson {
            system,
            ok: differences.is_empty(),
            differences: rows.collect(),
        };
        printer.data(&Json::text(&report));
        return;
    }
    if differences.is_empty() {
        printer.data(&format!(
            "{system}: the reference data is as the files say\n"
        ));
        return;
    }
    let mut text = String::new();
    for row in differences {
        let what = if row.columns.is_empty() {
            "is missing".to_owned()
        } else {
            format!("differs in {}", row.columns.join(", "))
        };
        let _ = writeln!(text, "{}: {} {what} ({})", row.table, row.key, row.location);
    }
    printer.data(&text);
}

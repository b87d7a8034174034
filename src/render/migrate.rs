//! Plans, statuses and outcomes.

use super::{Json, Paint, Printer, columns};
use crate::execute::Outcome;
use crate::plan::{FileState, PhaseState, Plan, Status, Step, StepKind};
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// Prints a plan: why each step is there, and what may hurt.
pub fn plan(printer: &Printer, plan: &Plan, with_sql: bool) {
    if printer.is_json() {
        printer.data(&Json::text(plan));
        return;
    }
    if plan.is_empty() {
        printer.data(&nothing(plan));
    } else {
        printer.data(&steps(plan, printer.out, with_sql));
    }
    for note in &plan.notes {
        printer.say(&format!("{} {note}", printer.err.dim("note:")));
    }
}

fn steps(plan: &Plan, paint: Paint, with_sql: bool) -> String {
    let mut text = format!(
        "{}: {} in {}\n",
        plan.system,
        count(plan.steps.len(), "file"),
        count(plan.transactions.len(), "transaction")
    );
    let mut phase = "";
    for (at, step) in plan.steps.iter().enumerate() {
        if step.phase != phase {
            phase = &step.phase;
            let _ = writeln!(
                text,
                "\n{} {}",
                paint.bold(&format!("phase {} {phase}", step.phase_number)),
                paint.dim(&format!("({})", step.reason))
            );
        }
        let _ = writeln!(
            text,
            "  {:2}. {} {}",
            at + 1,
            step.migration,
            paint.dim(kind(step))
        );
        for hazard in &step.hazards {
            let _ = writeln!(
                text,
                "      {} {} ({}:{})",
                paint.warn(&format!("{} ({}):", hazard.level, hazard.rule)),
                hazard.message,
                hazard.file,
                hazard.line
            );
        }
        if with_sql {
            for line in step.sql.lines() {
                let _ = writeln!(text, "      {line}");
            }
        }
    }
    text
}

fn kind(step: &Step) -> &'static str {
    match step.kind {
        StepKind::Versioned => "",
        StepKind::NoTransaction => "outside a transaction",
        StepKind::Repeatable => "repeatable",
        StepKind::Seed => "reference data",
        StepKind::Down => "down",
        StepKind::Forget => "goes with its tables",
    }
}

/// The exact SQL of a plan, as one script.
pub fn sql(printer: &Printer, plan: &Plan) {
    if printer.is_json() {
        printer.data(&Json::text(plan));
        return;
    }
    let mut text = String::new();
    for transaction in &plan.transactions {
        let mut steps = plan.steps[transaction.steps.clone()].iter();
        // One that only verifies has nothing to show.
        if steps.all(|step| step.sql.trim().is_empty()) {
            continue;
        }
        if !transaction.outside {
            text.push_str("begin;\n\n");
        }
        for step in &plan.steps[transaction.steps.clone()] {
            if step.sql.trim().is_empty() {
                continue;
            }
            let end = if step.sql.trim_end().ends_with(';') {
                ""
            } else {
                ";"
            };
            let _ = writeln!(text, "-- {}\n{}{end}\n", step.name, step.sql.trim_end());
        }
        if !transaction.outside {
            text.push_str("commit;\n\n");
        }
    }
    printer.data(&text);
}

#[derive(Serialize)]
struct OutcomeJson<'a> {
    system: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
    already_applied: usize,
    elapsed_ms: u64,
}

/// Prints what a run did.
pub fn outcome(printer: &Printer, plan: &Plan, outcome: &Outcome, elapsed: Duration) {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    if printer.is_json() {
        let already_applied = plan.already_applied;
        printer.data(&Json::text(&OutcomeJson {
            system: &plan.system,
            outcome,
            already_applied,
            elapsed_ms,
        }));
        return;
    }
    if outcome.applied.is_empty() && outcome.reverted.is_empty() {
        printer.data(&nothing(plan));
        return;
    }
    let done = if outcome.applied.is_empty() {
        &outcome.reverted
    } else {
        &outcome.applied
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for files in done.chunk_by(|a, b| a.name == b.name) {
        let ms: u64 = files.iter().map(|file| file.ms).sum();
        rows.push(vec![
            files[0].phase.to_string(),
            files[0].name.clone(),
            files.len().to_string(),
            format!("{ms} ms"),
        ]);
    }
    printer.data(&columns(&["phase", "name", "files", "time"], rows));
    let verb = if outcome.applied.is_empty() {
        "reverted"
    } else {
        "applied"
    };
    let mut line = format!("{}: {} {verb}", plan.system, count(done.len(), "file"));
    let seeded = outcome.seeded;
    if seeded.inserted + seeded.updated + seeded.unchanged > 0 {
        let _ = write!(
            line,
            ", reference rows: {} inserted, {} updated, {} unchanged",
            seeded.inserted, seeded.updated, seeded.unchanged
        );
    }
    printer.say(&format!("{line}, {:.2} s", elapsed.as_secs_f64()));
}

/// Prints files against history.
pub fn status(printer: &Printer, status: &Status) {
    if printer.is_json() {
        printer.data(&Json::text(status));
        return;
    }
    let paint = printer.out;
    let mut text = format!("{}\n", paint.bold(&status.system));
    for phase in &status.phases {
        let needs = if phase.depends_on.is_empty() {
            String::new()
        } else {
            paint.dim(&format!("  needs {}", phase.depends_on.join(", ")))
        };
        let _ = writeln!(
            text,
            "\n{:2}  {}  {}{needs}",
            phase.number,
            phase.name,
            phase_state(phase.state, paint)
        );
        for file in &phase.migrations {
            let when = file.applied_at.as_ref().map_or(String::new(), |at| {
                paint.dim(&format!(
                    "  {at} by {}",
                    file.applied_by.as_deref().unwrap_or("?")
                ))
            });
            let _ = writeln!(
                text,
                "      {:24} {}{when}",
                file.name,
                file_state(file.state, paint)
            );
        }
    }
    printer.data(&text);
}

fn phase_state(state: PhaseState, paint: Paint) -> String {
    match state {
        PhaseState::Applied => paint.good("applied"),
        PhaseState::Pending => paint.warn("pending"),
        PhaseState::Partial => paint.warn("partial"),
        PhaseState::Changed => paint.bad("changed"),
        PhaseState::Missing => paint.bad("missing"),
        PhaseState::Invalid => paint.bad("invalid"),
    }
}

fn file_state(state: FileState, paint: Paint) -> String {
    match state {
        FileState::Applied => paint.good("applied"),
        FileState::Pending => paint.warn("pending"),
        FileState::Outdated => paint.warn("outdated"),
        FileState::Changed => paint.bad("changed"),
        FileState::Missing => paint.bad("missing"),
        FileState::Invalid => paint.bad("invalid"),
    }
}

/// Says which rows a revert would lose.
pub fn lost_rows(printer: &Printer, tables: &[(String, Option<u64>)]) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (table, count) in tables {
        let count = count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        rows.push(vec![table.clone(), count]);
    }
    printer.say("These tables go, with their rows:");
    printer.say(columns(&["table", "rows"], rows).trim_end());
}

#[derive(Serialize)]
struct SystemsJson<'a> {
    systems: &'a [SystemLine],
}

/// One line of `systems`.
#[derive(Debug, Serialize)]
pub struct SystemLine {
    /// The folder's name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// `supabase` or `postgres`.
    pub platform: crate::catalog::Platform,
    /// How many phases.
    pub phases: usize,
    /// Oldest server major.
    pub min_server: u32,
    /// One sentence.
    pub description: String,
}

/// Prints the systems.
pub fn systems(printer: &Printer, systems: &[SystemLine]) {
    if printer.is_json() {
        printer.data(&Json::text(&SystemsJson { systems }));
        return;
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for system in systems {
        let platform = match system.platform {
            crate::catalog::Platform::Supabase => "supabase",
            crate::catalog::Platform::Postgres => "postgres",
        };
        rows.push(vec![
            system.name.clone(),
            system.title.clone(),
            system.phases.to_string(),
            platform.to_owned(),
            format!("{}+", system.min_server),
            system.description.clone(),
        ]);
    }
    printer.data(&columns(
        &[
            "system",
            "title",
            "phases",
            "platform",
            "server",
            "what it is",
        ],
        rows,
    ));
}

fn nothing(plan: &Plan) -> String {
    match plan.already_applied {
        0 => format!("{}: nothing to do\n", plan.system),
        applied => format!(
            "{}: nothing to do, {} applied\n",
            plan.system,
            count(applied, "file")
        ),
    }
}

/// `1 file`, `2 files`.
fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

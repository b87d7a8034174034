//! The files that people run by hand: one a phase for `supabase db push`, one for everything, one to roll back, and
//! queries to paste into a dashboard.

use super::seed_sql;
use crate::catalog::{Phase, System};
use postgres_protocol::escape::escape_literal;
use std::fmt::Write;
use time::{Duration, PrimitiveDateTime};

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// File name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Without it, every `drop … if exists` says on the terminal that there was nothing.
const QUIET: &str = "set client_min_messages = warning;";

/// All files of a system; phase files get versions that count on from `start`, one second each, so that no two
/// collide in Supabase's own bookkeeping.
pub fn export(system: &System, start: PrimitiveDateTime, per_phase_only: bool) -> Vec<ExportFile> {
    let mut files = phase_files(system, start);
    if !per_phase_only {
        files.push(ExportFile {
            name: format!("{}_all.sql", system.name),
            text: combined(system),
        });
        files.push(ExportFile {
            name: format!("{}_rollback.sql", system.name),
            text: rollback(system),
        });
        files.push(ExportFile {
            name: format!("{}_verify.sql", system.name),
            text: verification(system),
        });
    }
    files
}

/// A part of a phase: what goes into one transaction, or one file outside.
struct Part {
    name: String,
    outside: bool,
    text: String,
}

fn parts(phase: &Phase) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut put = |outside: bool, text: &str| match parts.last_mut() {
        Some(last) if !last.outside && !outside => {
            last.text.push('\n');
            last.text.push_str(text);
        }
        _ => parts.push(Part {
            name: phase.folder(),
            outside,
            text: text.to_owned(),
        }),
    };
    for file in &phase.migrations {
        put(file.no_transaction, &file.up.text);
    }
    for file in &phase.repeatables {
        put(false, &file.up.text);
    }
    if let Some(seed) = &phase.seed {
        put(false, &seed_sql::sql(seed));
    }
    let count = parts.len();
    for (at, part) in parts.iter_mut().enumerate() {
        if count > 1 {
            let _ = write!(part.name, "_part_{}", at + 1);
        }
    }
    parts
}

fn phase_files(system: &System, start: PrimitiveDateTime) -> Vec<ExportFile> {
    let mut at = start;
    let mut files = Vec::new();
    for part in system.order().into_iter().flat_map(parts) {
        let version = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        );
        let text = match part.outside {
            // Sent as one message, a second statement would make it a transaction.
            true => part.text,
            false => format!("{QUIET}\n{}", part.text),
        };
        files.push(ExportFile {
            name: format!("{version}_{}_{}.sql", system.name, part.name),
            text,
        });
        at = at.saturating_add(Duration::SECOND);
    }
    files
}

fn combined(system: &System) -> String {
    let mut text = format!(
        "-- {}: all phases. Run it with: psql -X -v ON_ERROR_STOP=1 -f {}_all.sql\n\n{QUIET}\n",
        system.title, system.name
    );
    for part in system.order().into_iter().flat_map(parts) {
        if part.outside {
            let _ = writeln!(text, "\n-- {}\n{}", part.name, part.text);
        } else {
            let _ = writeln!(text, "\n-- {}\nbegin;\n{}\ncommit;", part.name, part.text);
        }
    }
    text
}

fn rollback(system: &System) -> String {
    let mut text = format!(
        "-- {}: takes everything away again. ALL ITS DATA IS LOST.\n-- Run it with: psql -X -v ON_ERROR_STOP=1 -f {}_rollback.sql\n\n{QUIET}\n\nbegin;\n",
        system.title, system.name
    );
    for phase in system.order().into_iter().rev() {
        let _ = writeln!(text, "\n-- {}", phase.folder());
        for file in phase.repeatables.iter().rev() {
            text.push_str(&file.down.text);
            text.push('\n');
        }
        for file in phase.migrations.iter().rev() {
            match &file.down {
                Some(down) => text.push_str(&down.text),
                None => {
                    let _ = write!(
                        text,
                        "do $$ begin raise exception '%', {}; end $$;",
                        escape_literal(&format!("{} has no down file", file.up.path)).trim()
                    );
                }
            }
            text.push('\n');
        }
    }
    text.push_str("\ncommit;\n");
    text
}

const RULES: &str = include_str!("verification.sql");

fn verification(system: &System) -> String {
    let mut text = format!(
        "-- {}: is the database what the files say? Each query stands alone; paste them into a dashboard.\n",
        system.title
    );
    text.push_str("\n-- 1. Documented counts: every row should say ok.\n");
    text.push_str(&counts(system));
    text.push_str(RULES);
    for table in system
        .phases
        .iter()
        .filter_map(|phase| phase.seed.as_ref())
        .flat_map(|seed| &seed.tables)
    {
        let _ = writeln!(
            text,
            "\n-- Reference data of {}.{}: rows that are missing or differ. No row: all is well.\n{};",
            table.schema,
            table.table,
            seed_sql::check_sql(table)
        );
    }
    text
}

fn counts(system: &System) -> String {
    let rows: Vec<String> = system
        .counts
        .iter()
        .map(|(name, expected)| {
            let (what, compare) =
                name.strip_suffix("_min").map_or((name.as_str(), "="), |what| (what, ">="));
            format!(
                "select {0} as what, {expected} as expected, n as actual, case when n {compare} {expected} then 'ok' else 'NOT OK' end as verdict\nfrom ({1}) as live(n)",
                escape_literal(name).trim(),
                count_sql(what)
            )
        })
        .collect();
    if rows.is_empty() {
        "-- none\n".to_owned()
    } else {
        format!("{};\n", rows.join("\nunion all\n"))
    }
}

/// How a documented count is taken: in schema public, without what extensions brought.
fn count_sql(what: &str) -> &'static str {
    match what {
        "tables" => {
            "select count(*) from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')"
        }
        "views" => {
            "select count(*) from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm') and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')"
        }
        "indexes" => "select count(*) from pg_catalog.pg_indexes where schemaname = 'public'",
        "functions" => {
            "select count(*) from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')"
        }
        "enums" => {
            "select count(*) from pg_catalog.pg_type t where t.typnamespace = 'public'::regnamespace and t.typtype = 'e'"
        }
        "triggers" => {
            "select count(*) from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid where c.relnamespace = 'public'::regnamespace and not t.tgisinternal"
        }
        "policies" => "select count(*) from pg_catalog.pg_policies where schemaname = 'public'",
        _ => "select null::bigint",
    }
}

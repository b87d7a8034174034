//! What is there of a platform.

use super::{Json, Printer, columns};
use crate::catalog::Platform;
use crate::platform::PlatformStatus;
use serde::Serialize;

#[derive(Serialize)]
struct PlatformJson<'a> {
    system: &'a str,
    #[serde(flatten)]
    status: &'a PlatformStatus,
}

/// Prints it.
pub fn platform(printer: &Printer, system: &str, status: &PlatformStatus) {
    if printer.is_json() {
        printer.data(&Json::text(&PlatformJson { system, status }));
        return;
    }
    if status.platform == Platform::Postgres {
        printer.data(&format!(
            "{system} needs nothing but PostgreSQL: there is nothing to install\n"
        ));
        return;
    }
    let rows = status
        .parts
        .iter()
        .map(|part| {
            let verdict = if part.there {
                printer.out.good("there")
            } else {
                printer.out.warn("missing")
            };
            let name = part.name.trim_start_matches("has_").replace('_', " ");
            vec![name, verdict]
        })
        .collect();
    printer.data(&columns(&["part", "state"], rows));
    let verdict = match (status.complete, status.is_stand_in) {
        (true, true) => "complete; it is pgphase's stand-in",
        (true, false) => "complete; it is Supabase's own",
        (false, _) => {
            "incomplete: `pgphase platform install` brings a stand-in for what is missing"
        }
    };
    printer.say(&format!("platform supabase: {verdict}"));
}

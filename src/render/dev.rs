//! The dev server.

use super::{Json, Printer, columns, pairs};
use crate::db::dev::{Description, ServerStatus, Started, UrlAnswer};
use serde::Serialize;

/// Prints what `dev start` started.
pub fn dev_started(printer: &Printer, started: &Started) {
    if printer.is_json() {
        printer.data(&Json::text(started));
        return;
    }
    printer.data(&description(&started.server));
    let verb = if started.already {
        "was running already"
    } else {
        "runs"
    };
    printer.say(&format!("it {verb}, and stays until `pgphase dev stop`"));
}

fn description(server: &Description) -> String {
    let mut lines = vec![
        ("engine", server.engine.as_str().to_owned()),
        ("version", server.version.clone()),
        ("directory", server.directory.display().to_string()),
    ];
    if let Some(pid) = server.pid {
        lines.push(("process", pid.to_string()));
    }
    if let Some(url) = &server.url {
        lines.push(("url", url.clone()));
    }
    pairs(&lines)
}

#[derive(Serialize)]
struct StatusJson<'a> {
    servers: &'a [ServerStatus],
}

/// Prints `dev status`.
pub fn dev_status(printer: &Printer, servers: &[ServerStatus]) {
    if printer.is_json() {
        printer.data(&Json::text(&StatusJson { servers }));
        return;
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for server in servers {
        let state = match (server.pid, server.kept, server.has_data) {
            (Some(pid), true, _) => format!("runs (process {pid}), stays"),
            (Some(pid), false, _) => format!("runs (process {pid})"),
            (None, _, true) => "stopped".to_owned(),
            (None, _, false) => "no data yet".to_owned(),
        };
        rows.push(vec![
            server.engine.as_str().to_owned(),
            server
                .major
                .map_or_else(String::new, |major| major.to_string()),
            state,
            server.users.len().to_string(),
            if server.chosen {
                "yes".to_owned()
            } else {
                String::new()
            },
            server.directory.display().to_string(),
        ]);
    }
    printer.data(&columns(
        &["engine", "major", "state", "users", "chosen", "directory"],
        rows,
    ));
}

/// Prints `dev url`.
pub fn dev_url(printer: &Printer, answer: &UrlAnswer) {
    if printer.is_json() {
        printer.data(&Json::text(answer));
    } else {
        printer.data(&answer.url);
    }
}

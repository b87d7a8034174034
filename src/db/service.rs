//! libpq's connection service files: named sets of connection parameters.

use super::environment::Environment;
use crate::{Error, ErrorKind, Location, Result};
use std::path::{Path, PathBuf};

/// Where Debian and PostgreSQL's own packages keep the system-wide file.
const SYSTEM_DIRS: [&str; 2] = ["/etc/postgresql-common", "/etc"];

/// The parameters of a service: key, value, and the place as `path:line`.
///
/// # Errors
/// A named file that cannot be read, a malformed line, a service that no file knows.
pub fn load(
    service: &str,
    file: Option<&str>,
    env: &Environment,
) -> Result<Vec<(String, String, String)>> {
    let own = match file.or_else(|| env.get("PGSERVICEFILE")) {
        // A file that was asked for must be there; the default ones need not.
        Some(file) => Some((PathBuf::from(file), true)),
        None => env
            .home
            .as_ref()
            .map(|home| (home.join(".pg_service.conf"), false)),
    };
    let system = match env.get("PGSYSCONFDIR") {
        Some(dir) => vec![PathBuf::from(dir)],
        None => SYSTEM_DIRS.iter().map(PathBuf::from).collect(),
    };
    let system = system
        .into_iter()
        .map(|dir| (dir.join("pg_service.conf"), false));
    let mut looked = Vec::new();
    for (path, required) in own.into_iter().chain(system) {
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                if let Some(pairs) = section(&path, &text, service)? {
                    return Ok(pairs);
                }
            }
            Err(error) if required => {
                return Err(config(format!("service file {}: {error}", path.display())));
            }
            Err(_) => {}
        }
        looked.push(path.display().to_string());
    }
    Err(
        config(format!("there is no connection service named {service}"))
            .hint(format!("looked for [{service}] in {}", looked.join(", "))),
    )
}

/// The pairs of one section, or nothing when the file does not have it.
fn section(
    path: &Path,
    text: &str,
    service: &str,
) -> Result<Option<Vec<(String, String, String)>>> {
    let name = path.display().to_string();
    let mut found: Option<Vec<_>> = None;
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (line.trim(), index + 1);
        // The line itself is not shown: it may hold a password.
        let wrong = |what: &str| {
            config(what.to_owned()).at(Location {
                file: name.clone(),
                line: number as u32,
                column: None,
                snippet: None,
            })
        };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            if found.is_some() {
                break;
            }
            found = (header == service).then(Vec::new);
            continue;
        }
        let Some(pairs) = found.as_mut() else {
            continue;
        };
        if line.starts_with("ldap") {
            return Err(wrong("service parameters from LDAP are not supported"));
        }
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| wrong("a line of a service file is key=value"))?;
        let key = key.trim_end();
        if key == "service" || key == "servicefile" {
            return Err(wrong("a service cannot name another service"));
        }
        pairs.push((
            key.to_owned(),
            value.trim_start().to_owned(),
            format!("{name}:{number}"),
        ));
    }
    Ok(found)
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
}

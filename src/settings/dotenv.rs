//! `.env.local` and `.env`: variables that the process was not given.

use crate::db::Environment;
use crate::{Error, ErrorKind, Location, Result};
use std::path::Path;

/// The files, the stronger one first.
const FILES: [&str; 2] = [".env.local", ".env"];

/// Adds the variables of both files in `dir`; what is set already stays.
///
/// # Errors
/// `Config` with file and line for a malformed line, `Io` for a file that cannot be read.
pub fn load(dir: &Path, env: &mut Environment) -> Result<()> {
    for name in FILES {
        let path = dir.join(name);
        if path.is_file() {
            let shown = path.display().to_string();
            let bytes = std::fs::read(&path)
                .map_err(|error| Error::new(ErrorKind::Io, format!("{shown}: {error}")))?;
            add(&shown, &bytes, env)?;
        }
    }
    Ok(())
}

fn add(name: &str, bytes: &[u8], env: &mut Environment) -> Result<()> {
    for pair in dotenvy::from_read_iter(bytes) {
        let (key, value) = pair.map_err(|error| malformed(name, bytes, &error))?;
        env.set_default(key, value, name);
    }
    Ok(())
}

/// The place, without the line: it may hold a password.
fn malformed(name: &str, bytes: &[u8], error: &dotenvy::Error) -> Error {
    let dotenvy::Error::LineParse(line, _) = error else {
        return Error::new(ErrorKind::Config, format!("{name} is not UTF-8 text"));
    };
    let text = String::from_utf8_lossy(bytes);
    let index = text
        .lines()
        .position(|candidate| candidate.trim() == line.trim());
    Error::new(ErrorKind::Config, "a line is not of the form NAME=value")
        .hint("put a value with blanks, # or $ into single quotes: NAME='value'")
        .at(Location {
            file: name.to_owned(),
            line: index.map_or(1, |index| index as u32 + 1),
            column: None,
            snippet: None,
        })
}

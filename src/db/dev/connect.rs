//! Connections to the dev server, and the databases on it.

use super::options::failed;
use crate::db::{Cancel, Session};
use crate::error::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};
use std::error::Error as _;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

/// The role that everything on the dev server belongs to; a superuser.
pub const ROLE: &str = "postgres";

/// The database of a system: its own for each folder that systems are read from, so that two
/// projects, or two checkouts of one, never meet in a database.
pub fn database_name(system: &str, project: Option<&Path>) -> String {
    let Some(project) = project else {
        return shortened(system, 63);
    };
    let real = std::fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    let digest = Sha256::digest(real.as_os_str().as_encoded_bytes());
    let hash: String = digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{}_{hash}", shortened(system, 54))
}

/// PostgreSQL cuts names after 63 bytes.
fn shortened(name: &str, bytes: usize) -> String {
    let mut end = name.len().min(bytes);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}

/// Connects over the socket in that folder.
///
/// # Errors
/// The server refuses; with SQLSTATE 3D000 where there is no such database.
pub async fn session(socket_dir: &Path, database: &str) -> Result<Session> {
    let mut config = Config::new();
    config
        .host_path(socket_dir)
        .user(ROLE)
        .dbname(database)
        .application_name("pgphase");
    let connected = config.connect(NoTls).await;
    let (client, connection) = connected.map_err(|error| refused(database, &error))?;
    let token = client.cancel_token();
    let cancel: Cancel = Arc::new(move || {
        let token = token.clone();
        Box::pin(async move {
            // Nobody could act on a failure to cancel: the statement just goes on.
            let _ = token.cancel_query(NoTls).await;
        })
    });
    Ok(Session::start(client, connection, Some(cancel)))
}

/// Creates the database if it is missing, also while others do the same; tells whether it did.
///
/// # Errors
/// The server refuses.
pub async fn ensure_database(session: &Session, name: &str) -> Result<bool> {
    let known = "select from pg_catalog.pg_database where datname = $1";
    let found = session.client.query_opt(known, &[&name]).await;
    if found.map_err(|error| refused(name, &error))?.is_some() {
        return Ok(false);
    }
    // template0: nobody can be connected to it, which would be in the way.
    let create = format!("create database {} template template0", identifier(name));
    match session.client.batch_execute(&create).await {
        Ok(()) => Ok(true),
        Err(error) if is_duplicate(&error) => Ok(false),
        Err(error) => Err(refused(name, &error)),
    }
}

fn is_duplicate(error: &tokio_postgres::Error) -> bool {
    // Two at once meet at the index of the names.
    let codes = [SqlState::DUPLICATE_DATABASE, SqlState::UNIQUE_VIOLATION];
    error.code().is_some_and(|code| codes.contains(code))
}

/// Drops a database, if it is there and nobody is connected to it.
///
/// # Errors
/// Others are connected to it, or the server refuses.
pub async fn drop_database(session: &Session, name: &str) -> Result<()> {
    let drop = format!("drop database if exists {}", identifier(name));
    match session.client.batch_execute(&drop).await {
        Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => Err(refused(name, &error)
            .kind_is(ErrorKind::Locked)
            .hint("Close the other sessions, then try again.")),
        answer => answer.map_err(|error| refused(name, &error)),
    }
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The URL of a database, as libpq and its like understand it.
pub fn url(socket_dir: &Path, database: &str) -> String {
    let host = percent_encoded(&socket_dir.display().to_string());
    format!(
        "postgresql://{ROLE}@/{}?host={host}",
        percent_encoded(database)
    )
}

/// The text with everything but letters, digits, `-._~` and `/` as %XX.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What the server said about a database, as our own error.
pub fn refused(database: &str, error: &tokio_postgres::Error) -> Error {
    let message = |said: &str| format!("dev server, database \"{database}\": {said}");
    if let Some(said) = error.as_db_error() {
        let error = failed(message(said.message())).sqlstate(said.code().code());
        return said.detail().into_iter().fold(error, Error::detail);
    }
    let said = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    failed(message(&said)).kind_is(ErrorKind::Connection)
}

/// The error of a server that has no such database.
#[cfg(feature = "embedded")]
pub fn missing(database: &str) -> Error {
    failed(format!(
        "dev server, database \"{database}\": there is no such database"
    ))
    .sqlstate(SqlState::UNDEFINED_DATABASE.code())
}

/// Whether the server said that there is no such database.
pub fn is_missing_database(error: &Error) -> bool {
    error.inner().sqlstate.as_deref() == Some(SqlState::UNDEFINED_DATABASE.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_survives_a_folder_with_odd_characters_in_its_name() {
        let url = url(Path::new("/tmp/a b,c?d&é"), "stream vibe");
        let config: Config = url.parse().unwrap();
        assert_eq!(config.get_dbname(), Some("stream vibe"));
        let host = tokio_postgres::config::Host::Unix("/tmp/a b,c?d&é".into());
        assert_eq!(config.get_hosts(), [host]);
    }

    #[test]
    fn each_folder_of_systems_gets_a_database_of_its_own() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(database_name("shop", None), "shop");
        let name = database_name("shop", Some(one.path()));
        assert!(name.starts_with("shop_") && name.len() == 13, "{name}");
        assert_eq!(name, database_name("shop", Some(&one.path().join("."))));
        assert_ne!(name, database_name("shop", Some(other.path())));
        assert_eq!(database_name(&"é".repeat(60), Some(one.path())).len(), 63);
    }
}

//! What a server says about a failed statement → [`Error`]: file, line and column, detail, hint, and the right kind.

mod body;

use crate::catalog::model::SourceFile;
use crate::{Error, ErrorKind, Location};
use std::error::Error as _;
use tokio_postgres::error::{DbError, ErrorPosition};

/// What was going on.
#[derive(Debug, Clone, Copy)]
pub struct SqlContext<'a> {
    /// The kind of an error about which the server's code says nothing more specific.
    pub kind: ErrorKind,
    /// In the form `applying phase_1_users/001_schema.sql`.
    pub action: &'a str,
    /// The file that the SQL came from.
    pub sent: Option<Sent<'a>>,
}

/// A file, and which part of it was sent how.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// Byte of the file's text at which the sent part begins.
    pub from: usize,
    /// Characters that were sent before it in the same message.
    pub prefix: usize,
    /// Byte of the file's text at which the failed statement begins, where the caller knows (commands were counted).
    pub statement: Option<usize>,
}

impl<'a> SqlContext<'a> {
    /// SQL of our own, from no file.
    pub fn new(kind: ErrorKind, action: &'a str) -> Self {
        Self {
            kind,
            action,
            sent: None,
        }
    }

    /// A whole file, sent as it is.
    pub fn file(kind: ErrorKind, action: &'a str, file: &'a SourceFile) -> Self {
        Self {
            kind,
            action,
            sent: Some(Sent {
                file,
                from: 0,
                prefix: 0,
                statement: None,
            }),
        }
    }

    /// The byte of the file's text at which the failed statement begins.
    #[must_use]
    pub fn statement(mut self, offset: usize) -> Self {
        if let Some(sent) = &mut self.sent {
            sent.statement = Some(offset);
        }
        self
    }
}

/// Whether the statement waited too long for a lock, so that trying again may help.
pub fn is_lock_timeout(error: &tokio_postgres::Error) -> bool {
    error
        .as_db_error()
        .is_some_and(|server| server.code().code() == "55P03")
}

/// Everything the server said, as our error.
pub fn from_pg(error: &tokio_postgres::Error, context: &SqlContext<'_>) -> Error {
    match error.as_db_error() {
        Some(server) => from_server(server, context),
        None => from_driver(error, context),
    }
}

/// The same for an error that came as a message, for example out of a notice.
pub fn from_server(server: &DbError, context: &SqlContext<'_>) -> Error {
    let code = server.code().code();
    let place = location(server, context);
    let message = match (&place, is_goodbye(code)) {
        (_, true) => format!(
            "the server ended the connection while {}: {}",
            context.action,
            server.message()
        ),
        (Some(_), false) => server.message().to_owned(),
        (None, false) => format!("{} (while {})", server.message(), context.action),
    };
    let mut error = Error::new(kind(server, context.kind), message).sqlstate(code);
    for line in details(server) {
        error = error.detail(line);
    }
    if let Some(place) = place {
        error = error.at(place);
    }
    let hints = server
        .hint()
        .map(str::to_owned)
        .into_iter()
        .chain(our_hint(server));
    hints.fold(error, Error::hint)
}

/// Errors of the driver: a lost connection, or a value of another type than expected.
fn from_driver(error: &tokio_postgres::Error, context: &SqlContext<'_>) -> Error {
    let cause = error
        .source()
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    let lost = error.is_closed()
        || error
            .source()
            .is_some_and(<dyn std::error::Error + 'static>::is::<std::io::Error>);
    if lost {
        let message = format!(
            "the server closed the connection while {}{cause}",
            context.action
        );
        return Error::new(ErrorKind::Connection, message).hint(
            "what was not committed is undone; run the command again once the server answers",
        );
    }
    Error::new(
        context.kind,
        format!("{error}{cause} (while {})", context.action),
    )
}

/// Codes with which a server says goodbye.
fn is_goodbye(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P04" | "57P05" | "25P03") || code.starts_with("08")
}

fn kind(server: &DbError, otherwise: ErrorKind) -> ErrorKind {
    match server.code().code() {
        "42501" => ErrorKind::Permission,
        "55P03" => ErrorKind::Locked,
        "57014" if !is_statement_timeout(server) => ErrorKind::Interrupted,
        "26000" | "42P05" => ErrorKind::Unsupported,
        "53300" | "57P03" => ErrorKind::Connection,
        code if is_goodbye(code) || code.starts_with("28") => ErrorKind::Connection,
        _ => otherwise,
    }
}

/// The code is that of a cancelled statement; only the text tells them apart, in whatever language the server speaks.
fn is_statement_timeout(server: &DbError) -> bool {
    let message = server.message().to_lowercase();
    ["timeout", "zeit", "délai", "tiempo", "tempo"]
        .iter()
        .any(|word| message.contains(word))
}

/// What the server knows besides its message, one line each.
fn details(server: &DbError) -> Vec<String> {
    let mut lines: Vec<String> = server.detail().map(str::to_owned).into_iter().collect();
    let said = |name: &str| words(server.message()).any(|word| word == name);
    let table = match (server.schema(), server.table()) {
        (Some(schema), Some(table)) => Some(format!("{schema}.{table}")),
        (None, table) => table.map(str::to_owned),
        (Some(_), None) => None,
    };
    let column = server
        .column()
        .filter(|column| !said(column))
        .map(|column| format!("column {column}"));
    let constraint = server
        .constraint()
        .filter(|name| !said(name))
        .map(|name| format!("constraint {name}"));
    match (column.or(constraint), table) {
        (Some(part), Some(table)) => lines.push(format!("{part} of table {table}")),
        (Some(part), None) => lines.push(part),
        (None, Some(table)) if !server.table().is_some_and(said) => {
            lines.push(format!("table {table}"))
        }
        (None, _) => {}
    }
    if let Some(ErrorPosition::Internal { query, position }) = server.position() {
        lines.push(format!("in the query: {}", line_at(query, *position)));
    }
    lines.extend(server.where_().map(str::to_owned));
    lines
}

/// What may be a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|next: char| !(next.is_alphanumeric() || next == '_'))
}

/// The line of a text at a position in characters, from 1.
fn line_at(text: &str, position: u32) -> &str {
    let offset = byte_of_character(text, position as usize).unwrap_or(text.len());
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at);
    text[start..end].trim()
}

/// Byte of the n-th character, from 1; the text's end counts, a server may point just behind it.
fn byte_of_character(text: &str, position: usize) -> Option<usize> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.into_iter().nth(position.checked_sub(1)?)
}

/// The best place that can be had: the position, else the line of a function's body, else the statement.
fn location(server: &DbError, context: &SqlContext<'_>) -> Option<Location> {
    let sent = context.sent?;
    let (path, text) = (sent.file.path.as_str(), sent.file.text.as_str());
    let part = text.get(sent.from..)?;
    if let Some(ErrorPosition::Original(position)) = server.position() {
        let position = (*position as usize).checked_sub(sent.prefix)?;
        let offset = byte_of_character(part, position)?;
        return Some(Location::at_offset(path, text, sent.from + offset));
    }
    let line = server
        .where_()
        .and_then(|context| body::line(context, text, sent.statement));
    if let Some(line) = line {
        return Some(Location::at_line(path, text, line));
    }
    sent.statement
        .map(|offset| Location::at_offset(path, text, offset))
}

fn our_hint(server: &DbError) -> Option<String> {
    let hint = match server.code().code() {
        "42501" => {
            "the role may not do this: connect as the owner, or use --role with a role that may"
        }
        "55P03" => {
            "another session holds a lock on it; a longer --lock-timeout waits longer for it"
        }
        "57014" if is_statement_timeout(server) => {
            "statement_timeout limits how long a statement may run"
        }
        "25006" => {
            "this server or this role is read-only: connect to the primary, for example with target_session_attrs=read-write"
        }
        "26000" | "42P05" => {
            "a pooler in transaction mode may be in between: connect to the server itself, or to the pooler's session port"
        }
        "40P01" => "two sessions waited for each other; running the command again may succeed",
        "53100" => "the server's disk is full",
        "53200" => "the server is out of memory",
        _ => return None,
    };
    Some(hint.to_owned())
}

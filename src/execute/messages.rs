//! Sending SQL: many messages at once, answers in order, errors with their file and line.

use crate::catalog::{SourceFile, sql};
use crate::db::Session;
use crate::db::sql_error::{self, Sent, SqlContext};
use crate::{Error, ErrorKind, Result};
use futures_util::StreamExt;
use std::pin::pin;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow, SimpleQueryStream};

/// A message that was sent; its answer is still to come.
pub(super) struct Flying(Result<SimpleQueryStream, tokio_postgres::Error>);

/// What a message's statements answered.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// All rows of all statements.
    pub rows: Vec<SimpleQueryRow>,
    /// Statements that ended.
    pub statements: usize,
}

/// A message that failed, and after how many of its statements.
pub(super) struct Failure {
    pub error: tokio_postgres::Error,
    pub statements: usize,
}

/// Sends a message without waiting for its answer.
pub(super) async fn send(session: &Session, sql: &str) -> Flying {
    // Sending does not wait: the future is ready at once, and the server's answers are read by `receive`.
    Flying(session.client.simple_query_raw(sql).await)
}

impl Flying {
    /// Waits for all answers of the message.
    pub async fn receive(self) -> Result<Answer, Failure> {
        let mut answer = Answer::default();
        let stream = match self.0 {
            Ok(stream) => stream,
            Err(error) => {
                return Err(Failure {
                    error,
                    statements: 0,
                });
            }
        };
        let mut stream = pin!(stream);
        while let Some(message) = stream.next().await {
            match message {
                Ok(SimpleQueryMessage::Row(row)) => answer.rows.push(row),
                Ok(SimpleQueryMessage::CommandComplete(_)) => answer.statements += 1,
                Ok(_) => {}
                Err(error) => {
                    return Err(Failure {
                        error,
                        statements: answer.statements,
                    });
                }
            }
        }
        Ok(answer)
    }
}

/// Sends one message and waits for it; for statements of the tool itself. `action` reads like `committing`.
pub(super) async fn ask(session: &Session, sql: &str, action: &str) -> Result<Answer> {
    send(session, sql)
        .await
        .receive()
        .await
        .map_err(|failure| plain(&failure.error, action))
}

/// An error of one of the tool's own statements.
pub(super) fn plain(error: &tokio_postgres::Error, action: &str) -> Error {
    sql_error::from_pg(error, &SqlContext::new(ErrorKind::Database, action))
}

/// An error of a file that was sent whole, with its line.
pub(super) fn in_file(failure: &Failure, path: &str, text: &str, action: &str) -> Error {
    let file = source(path, text);
    let context = SqlContext::file(ErrorKind::Migration, action, &file);
    let context = match sql::statement_at(text, failure.statements) {
        Some(offset) => context.statement(offset),
        None => context,
    };
    sql_error::from_pg(&failure.error, &context)
}

/// An error of one statement that was sent alone; `offset` is the byte where it starts in its file.
pub(super) fn in_statement(
    failure: &Failure,
    path: &str,
    text: &str,
    offset: usize,
    action: &str,
) -> Error {
    let file = source(path, text);
    let sent = Sent {
        file: &file,
        from: offset,
        prefix: 0,
        statement: Some(offset),
    };
    let context = SqlContext {
        kind: ErrorKind::Migration,
        action,
        sent: Some(sent),
    };
    sql_error::from_pg(&failure.error, &context)
}

fn source(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
        sha256: String::new(),
    }
}

//! The catalogue of a database as facts: what there is, by name, and what is so about it.
//!
//! The same on every supported server version, for every role and every setting of the session, so that what one
//! database says can be compared with what another one said. Read in one round trip.

pub mod attr;
pub mod key;
pub mod query;
pub mod viewdef;

mod assemble;
mod rows;

pub use attr::{Attr, Fact, Value};
pub use query::{Names, Scope, Section};

use crate::db::sql_error::{self, SqlContext};
use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use tokio_postgres::{Client, SimpleQueryMessage};

/// What a database has, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(pub BTreeMap<Box<str>, Fact>);

impl Facts {
    /// The fact of that name.
    pub fn get(&self, key: &str) -> Option<&Fact> {
        self.0.get(key)
    }

    /// All facts in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.0.iter().map(|(key, fact)| (&**key, fact))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads the facts of a scope, inside the caller's transaction if there is one; its settings are left as they were.
///
/// # Errors
/// Database: the server refused a statement; the transaction, if there is one, is then aborted.
pub async fn read(client: &Client, scope: &Scope) -> Result<Facts> {
    let sections = query::sections(scope);
    let messages = client.simple_query(&query::message(scope, &sections)).await;
    let messages = messages.map_err(|error| database_error(&error, "reading the catalogue"))?;
    Ok(assemble::facts(&rows::Answer::new(messages, &sections)?))
}

/// Runs one statement of our own with the settings under which facts are read; gives its rows.
pub(crate) async fn rows_of(
    client: &Client,
    sql: &str,
    schemas: &[String],
    doing: &str,
) -> Result<Vec<Vec<String>>> {
    let message = query::enclosed(sql, schemas);
    let messages = client.simple_query(&message).await;
    let messages = messages.map_err(|error| database_error(&error, doing))?;
    let mut statement = 0;
    let mut rows = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::CommandComplete(_) => statement += 1,
            // The first statement and the last one are about settings.
            SimpleQueryMessage::Row(row) if statement == 1 => {
                let value = |at| row.get(at).unwrap_or_default().to_owned();
                rows.push((0..row.len()).map(value).collect());
            }
            _ => {}
        }
    }
    Ok(rows)
}

/// Roles whose privileges say nothing about the files: superusers, and the database's owner.
pub(crate) async fn mighty_roles(client: &Client) -> Result<Vec<String>> {
    let rows = rows_of(client, Section::Server.text(), &[], "reading the roles").await?;
    Ok(rows
        .first()
        .and_then(|row| row.get(1))
        .map(|text| rows::array(text))
        .unwrap_or_default())
}

/// An error of the server to one of our own statements.
fn database_error(error: &tokio_postgres::Error, doing: &str) -> Error {
    sql_error::from_pg(error, &SqlContext::new(ErrorKind::Database, doing))
}

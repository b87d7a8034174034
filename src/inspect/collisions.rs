//! Which of the objects that files would create are there already.

use crate::catalog::sql::{Object, ObjectKind};
use crate::db::Session;
use crate::db::sql_error::{self, SqlContext};
use crate::{ErrorKind, Result};
use serde_json::json;
use tokio_postgres::types::Type;

const SQL: &str = include_str!("collisions.sql");

/// What was looked for, and what of it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collisions {
    /// The objects that are there already, as `table public.users`.
    pub found: Vec<String>,
    /// How many objects were looked for.
    pub wanted: usize,
}

/// The objects that are there already; one round trip.
///
/// What is created with `if not exists` may be there.
///
/// # Errors
/// The server's error.
pub async fn find(session: &Session, objects: &[Object]) -> Result<Collisions> {
    let wanted: Vec<serde_json::Value> = objects
        .iter()
        .filter(|object| !object.if_not_exists)
        .filter_map(|object| Some((object, class(object.kind)?)))
        .map(|(object, class)| {
            json!({
                "class": class,
                "label": object.kind.as_str(),
                "schema": object.name.schema.as_deref().unwrap_or("public"),
                "name": object.name.name,
                "arguments": object.arguments.as_deref().unwrap_or_default(),
            })
        })
        .collect();
    if wanted.is_empty() {
        return Ok(Collisions::default());
    }
    let count = wanted.len();
    let wanted = serde_json::Value::Array(wanted);
    let rows = session
        .client
        .query_typed(SQL, &[(&wanted, Type::JSONB)])
        .await
        .map_err(|error| {
            sql_error::from_pg(
                &error,
                &SqlContext::new(ErrorKind::Database, "looking for collisions"),
            )
        })?;
    Ok(Collisions {
        found: rows.iter().map(|row| row.get(0)).collect(),
        wanted: count,
    })
}

/// The catalogue in which an object's name must be free; none for what belongs to the whole server or may be shared.
fn class(kind: ObjectKind) -> Option<&'static str> {
    match kind {
        ObjectKind::Schema => Some("schema"),
        ObjectKind::Table
        | ObjectKind::ForeignTable
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence
        | ObjectKind::Index => Some("relation"),
        ObjectKind::Type | ObjectKind::Domain => Some("type"),
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => Some("routine"),
        ObjectKind::Role
        | ObjectKind::Publication
        | ObjectKind::Extension
        | ObjectKind::Collation => None,
    }
}

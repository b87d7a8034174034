//! How many rows tables hold.

use crate::Result;
use crate::db::Session;
use futures_util::future::join_all;
use postgres_protocol::escape::escape_identifier;
use std::time::Duration;
use tokio_postgres::SimpleQueryMessage;

/// Counts the rows of each table that is there; none where that takes longer than `limit` or is not allowed.
///
/// # Errors
/// None today: a table that cannot be counted is told as such.
pub async fn count(
    session: &Session,
    tables: &[(String, String)],
    limit: Duration,
) -> Result<Vec<(String, Option<u64>)>> {
    // A message a table, each an implicit transaction of its own: one table that is locked or huge does not hide the
    // others. All are sent before the first is awaited.
    let messages: Vec<String> = tables
        .iter()
        .map(|(schema, table)| {
            format!(
                "set local statement_timeout = {}; set local lock_timeout = 1000; select count(*) from {}.{}",
                limit.as_millis(),
                escape_identifier(schema),
                escape_identifier(table)
            )
        })
        .collect();
    let answers = join_all(messages.iter().map(|sql| session.client.simple_query(sql))).await;
    let counts = tables.iter().zip(answers).map(|((schema, table), answer)| {
        let count = answer.ok().and_then(|messages| {
            messages.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).and_then(|text| text.parse().ok()),
                _ => None,
            })
        });
        (format!("{schema}.{table}"), count)
    });
    Ok(counts.collect())
}

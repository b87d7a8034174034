//! Refinery's runner over a session of our own: one transaction, opened where refinery reads the history, so that the
//! second look at it happens under the lock; and everything a phase needs goes along in the same transaction.

use super::transaction::Open;
use refinery_core::traits::r#async::{AsyncQuery, AsyncTransaction};
use refinery_core::{AsyncMigrate, Migration};
use std::fmt;

/// Stops refinery's runner; the real error is kept in [`Open`].
#[derive(Debug)]
pub(super) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the transaction was stopped")
    }
}

impl std::error::Error for Stopped {}

impl AsyncTransaction for Open<'_, '_, '_> {
    type Error = Stopped;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        queries: T,
    ) -> Result<usize, Stopped> {
        // The first call asks for the history table, which is created with the tool's schema.
        if !self.is_open() {
            return Ok(0);
        }
        let queries: Vec<&str> = queries.collect();
        self.walk(&queries)
            .await
            .map_err(|error| self.keep(error))?;
        Ok(queries.len())
    }
}

impl AsyncQuery<Vec<Migration>> for Open<'_, '_, '_> {
    async fn query(&mut self, _query: &str) -> Result<Vec<Migration>, Stopped> {
        self.open().await.map_err(|error| self.keep(error))
    }
}

impl AsyncMigrate for Open<'_, '_, '_> {}

//! PostgreSQL in this process.

//! Reads SQL without a database: where statements begin, what they define and use, what they would do to a live table.
//!
//! Text is split by tokens (`split`), so nothing is lost where the grammar does not know a statement;
//! what the statements mean is read from the syntax trees of squawk (`tree`), function bodies included.

mod lex;
mod mistakes;
mod split;

pub use mistakes::mistakes;
pub use split::{Statement, StatementKind, split, statement_at};

//! Reads SQL without a database: where statements begin, what they define and use, what they would do to a live table.
//!
//! Text is split by tokens (`split`), so nothing is lost where the grammar does not know a statement;
//! what the statements mean is read from the syntax trees of squawk (`tree`), function bodies included.

mod body;
pub mod hazards;
mod head;
mod indexes;
mod level;
mod lex;
mod mistakes;
mod names;
mod object;
mod objects;
pub mod references;
mod script;
mod search_path;
#[cfg(test)]
mod shipped_tests;
#[cfg(test)]
mod soup_tests;
mod split;
#[cfg(test)]
mod testing;
mod tree;

pub use indexes::{IndexAction, IndexTarget, concurrent_indexes};
pub use level::Level;
pub use mistakes::mistakes;
pub use names::QualifiedName;
pub use object::{Object, ObjectKind};
pub use objects::objects_created;
pub use script::Reader;
pub use split::{Statement, StatementKind, sha256_of_first, split, statement_at};

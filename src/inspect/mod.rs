//! Proof that a database is what the files say: the catalogue as facts, the snapshot, verify, drift, deep checks.

pub mod collisions;
pub mod compare;
pub mod deep;
pub mod facts;
pub mod rows;
pub mod safety;
pub mod snapshot;
pub mod surroundings;
pub mod verify;

mod counts;
mod phase;

pub use snapshot::Snapshot;

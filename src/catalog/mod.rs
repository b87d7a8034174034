//! The only reader of a system's files: `system.toml`, phases, migrations, seeds, tasks, queries. No
//! database. Every mistake in a file is an [`Error`](crate::Error) of kind `Catalog` with its place.
//!
//! [`load`] reads one system: [`folder`] gives the texts, [`system_toml`] the declarations, [`graph`]
//! checks and orders the phases, [`phase_files`] reads a phase's folder, [`task`] the upkeep. What only
//! single verbs need is read when they ask: [`verify::parse`], [`query::load_all`].

pub mod directive;
pub mod duration;
pub mod embedded;
pub mod folder;
pub mod frontmatter;
pub mod graph;
mod load;
pub mod model;
pub mod names;
mod phase_files;
mod problems;
pub mod query;
pub mod seed;
mod seed_value;
mod source;
pub mod sql;
mod system_toml;
pub mod task;
mod toml_reader;
pub mod verify;

pub use load::{load, load_all};
pub use model::*;
pub use source::{Source, default_system};

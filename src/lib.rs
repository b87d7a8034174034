//! pgphase
pub mod catalog;
pub mod db;
pub mod error;
pub mod settings;
pub use error::{Error, ErrorKind, Location, Result};

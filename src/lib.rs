//! pgphase
pub mod catalog;
pub mod db;
pub mod error;
pub use error::{Error, ErrorKind, Location, Result};

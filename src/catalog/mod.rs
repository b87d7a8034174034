pub mod model;
pub use model::*;
pub mod sql;

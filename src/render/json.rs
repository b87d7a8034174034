//! JSON for programs: every document carries the version of its shape.

use serde::Serialize;

/// Grows when a key changes its meaning or goes; new keys may come without it.
pub const SCHEMA_VERSION: u32 = 1;

/// A document with its version in front.
#[derive(Debug, Serialize)]
pub struct Json<'a, T> {
    schema_version: u32,
    #[serde(flatten)]
    data: &'a T,
}

impl<'a, T: Serialize> Json<'a, T> {
    /// The document as text.
    pub fn text(data: &'a T) -> String {
        let document = Json {
            schema_version: SCHEMA_VERSION,
            data,
        };
        let mut text = serde_json::to_string_pretty(&document)
            .expect("reports have text keys and finite numbers only");
        text.push('\n');
        text
    }
}

//! The answer of the server, section by section, with its text values read.

use super::query::Section;
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

/// All rows of one read.
#[derive(Default)]
pub struct Answer(HashMap<Section, Vec<SimpleQueryRow>>);

impl Answer {
    /// Sorts the messages of one read into its sections.
    pub fn new(messages: Vec<SimpleQueryMessage>, sections: &[Section]) -> Result<Self> {
        let mut rows: HashMap<Section, Vec<SimpleQueryRow>> = HashMap::new();
        let mut at = 0;
        for message in messages {
            match message {
                SimpleQueryMessage::Row(row) => {
                    let section = sections.get(at).ok_or_else(unexpected)?;
                    rows.entry(*section).or_default().push(row);
                }
                SimpleQueryMessage::CommandComplete(_) => at += 1,
                _ => {}
            }
        }
        if at == sections.len() {
            Ok(Self(rows))
        } else {
            Err(unexpected())
        }
    }

    /// The rows of a section; none if it was not asked for.
    pub fn rows(&self, section: Section) -> impl Iterator<Item = Row<'_>> {
        self.0.get(&section).into_iter().flatten().map(Row)
    }
}

fn unexpected() -> Error {
    Error::new(
        ErrorKind::Database,
        "the server answered the catalogue's statements in an unexpected way",
    )
    .hint("A pooler that splits multi-statement messages cannot be used: connect directly.")
}

/// One row; a value that is not there reads as empty, false or 0.
#[derive(Clone, Copy)]
pub struct Row<'a>(&'a SimpleQueryRow);

impl<'a> Row<'a> {
    /// A text, none where it is null.
    pub fn opt(self, column: usize) -> Option<&'a str> {
        self.0.try_get(column).ok().flatten()
    }

    /// A text.
    pub fn text(self, column: usize) -> &'a str {
        self.opt(column).unwrap_or_default()
    }

    /// An object's number, or a column's.
    pub fn id(self, column: usize) -> u32 {
        self.text(column).parse().unwrap_or_default()
    }

    /// A truth value.
    pub fn flag(self, column: usize) -> bool {
        self.text(column) == "t"
    }

    /// An array of texts.
    pub fn list(self, column: usize) -> Vec<String> {
        self.opt(column).map(array).unwrap_or_default()
    }
}

/// The elements of a one-dimensional array as the server prints it.
pub fn array(text: &str) -> Vec<String> {
    let Some(inner) = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    else {
        return Vec::new();
    };
    let (mut items, mut item, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = inner.chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => item.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            other => item.push(other),
        }
    }
    if !inner.is_empty() {
        items.push(item);
    }
    items
}

/// A name as the server quotes it, without its quotes.
pub fn unquote(name: &str) -> String {
    match name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read_with_their_quotes_and_backslashes() {
        assert_eq!(array("{}"), Vec::<String>::new());
        assert_eq!(array("{a,b}"), ["a", "b"]);
        assert_eq!(
            array(r#"{"a b","c,d","e\"f","g\\h",""}"#),
            ["a b", "c,d", "e\"f", "g\\h", ""]
        );
        assert_eq!(array("not an array"), Vec::<String>::new());
    }
}

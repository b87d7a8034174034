//! Reading TOML with places: typed access to tables, every mistake noted with line and column.

use super::model::SourceFile;
use super::names::did_you_mean;
use super::problems::{Problems, mistake};
use crate::error::Error;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

/// A TOML file that is being read, and where its mistakes go.
#[derive(Clone, Copy)]
pub(crate) struct Doc<'a> {
    pub file: &'a SourceFile,
    pub problems: &'a Problems,
}

impl<'a> Doc<'a> {
    /// Parses the file; a syntax error is noted.
    pub fn parse(&self) -> Option<Spanned<DeTable<'a>>> {
        DeTable::parse(&self.file.text)
            .map_err(|error| {
                let offset = error.span().map_or(0, |span| span.start);
                self.problems
                    .push(self.error(offset..offset, error.message()));
            })
            .ok()
    }

    /// A mistake at a place of the file.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> Error {
        mistake(message).at(self.file.at(span.start))
    }

    /// Notes a mistake at a place of the file.
    pub fn report(&self, span: Range<usize>, message: impl Into<String>) {
        self.problems.push(self.error(span, message));
    }

    /// The line of a place, from 1.
    pub fn line(&self, span: &Range<usize>) -> u32 {
        self.file.line_of(span.start)
    }

    fn wrong_type(&self, key: &str, wanted: &str, value: &Spanned<DeValue<'_>>) {
        let found = with_article(value.get_ref().type_str());
        self.report(
            value.span(),
            format!("`{key}` must be {wanted}, not {found}"),
        );
    }

    /// A string that is not empty.
    fn string(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Spanned<String>> {
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.report(value.span(), format!("`{key}` must not be empty"));
                None
            }
            DeValue::String(text) => Some(Spanned::new(value.span(), text.clone().into_owned())),
            _ => {
                self.wrong_type(key, "a string", value);
                None
            }
        }
    }
}

/// A table of the file, named in messages.
pub(crate) struct Table<'a> {
    pub doc: Doc<'a>,
    pub entries: &'a DeTable<'a>,
    /// Where it begins: its header, or its brace.
    pub span: Range<usize>,
    /// `system.toml`, `[[phase]]`.
    pub what: &'static str,
}

impl<'a> Table<'a> {
    /// Notes every key that is not among `known`.
    pub fn check_keys(&self, known: &[&str]) {
        for key in self
            .entries
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
        {
            let word = key.get_ref();
            let error = self
                .doc
                .error(key.span(), format!("unknown key `{word}` in {}", self.what));
            self.doc
                .problems
                .push(error.hint(did_you_mean(word, known, "known keys")));
        }
    }

    /// The value of a key that must be there.
    fn required(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.entries.get(key);
        if value.is_none() {
            self.doc.report(
                self.span.clone(),
                format!("`{key}` is missing in {}", self.what),
            );
        }
        value
    }

    /// A string that must be there and must not be empty.
    pub fn required_string(&self, key: &str) -> Option<Spanned<String>> {
        self.doc.string(key, self.required(key)?)
    }

    /// A string that may be absent, but not empty.
    pub fn string(&self, key: &str) -> Option<Spanned<String>> {
        self.doc.string(key, self.entries.get(key)?)
    }

    /// True or false; absent is false.
    pub fn flag(&self, key: &str) -> bool {
        match self.entries.get(key) {
            Some(value) => match value.get_ref() {
                DeValue::Boolean(on) => *on,
                _ => {
                    self.doc.wrong_type(key, "true or false", value);
                    false
                }
            },
            None => false,
        }
    }

    /// A whole number within a range that must be there.
    pub fn required_integer(&self, key: &str, range: RangeInclusive<i64>) -> Option<Spanned<i64>> {
        let value = self.required(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            self.doc.wrong_type(key, "an integer", value);
            return None;
        };
        match to_i64(number).filter(|number| range.contains(number)) {
            Some(number) => Some(Spanned::new(value.span(), number)),
            None => {
                let (from, to) = range.into_inner();
                let message = format!("`{key}` must be between {from} and {to}, not {number}");
                self.doc.report(value.span(), message);
                None
            }
        }
    }

    /// An array of strings; absent is `None`.
    pub fn strings(&self, key: &str) -> Option<Vec<Spanned<String>>> {
        let value = self.entries.get(key)?;
        let array = self.array_of(key, value, "an array of strings")?;
        Some(
            array
                .iter()
                .filter_map(|item| self.doc.string(key, item))
                .collect(),
        )
    }

    /// An array of strings that must be there.
    pub fn required_strings(&self, key: &str) -> Option<Vec<Spanned<String>>> {
        self.required(key)?;
        self.strings(key)
    }

    /// A table; absent is `None`.
    pub fn table(&self, key: &str, what: &'static str) -> Option<Table<'a>> {
        self.as_table(key, self.entries.get(key)?, what)
    }

    /// An array of tables (`[[key]]`) that must be there.
    pub fn required_tables(&self, key: &str, what: &'static str) -> Option<Vec<Table<'a>>> {
        let array = self.array_of(key, self.required(key)?, "an array of tables")?;
        Some(
            array
                .iter()
                .filter_map(|item| self.as_table(key, item, what))
                .collect(),
        )
    }

    fn array_of(
        &self,
        key: &str,
        value: &'a Spanned<DeValue<'a>>,
        wanted: &str,
    ) -> Option<&'a DeArray<'a>> {
        let array = value.get_ref().as_array();
        if array.is_none() {
            self.doc.wrong_type(key, wanted, value);
        }
        array
    }

    fn as_table(
        &self,
        key: &str,
        value: &'a Spanned<DeValue<'a>>,
        what: &'static str,
    ) -> Option<Table<'a>> {
        match value.get_ref().as_table() {
            Some(entries) => Some(Table {
                doc: self.doc,
                entries,
                span: value.span(),
                what,
            }),
            None => {
                self.doc.wrong_type(key, "a table", value);
                None
            }
        }
    }
}

/// The number, where it fits.
pub(crate) fn to_i64(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A TOML type's name with its article.
pub(crate) fn with_article(type_name: &str) -> String {
    let article = if type_name.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {type_name}")
}

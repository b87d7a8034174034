//! `-- key: value` comment lines at the top of an SQL file.
//!
//! The block begins with the file (blank lines aside) and ends at the first line that is no comment. A
//! line with two or more blanks after its dashes continues the value above it; `--` alone separates.

use super::model::SourceFile;
use super::names::did_you_mean;
use super::problems::{Problems, mistake, whole_file};
use crate::error::{Error, Location, Result};

/// How often a key may stand in the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurs {
    /// Exactly once.
    Once,
    /// At most once.
    Optional,
    /// Any number of times, with a name after the key: `param user_id: uuid`.
    Named,
}

/// A key of a file's front matter: its name, and how often it may be there.
pub type Key = (&'static str, Occurs);

/// One `-- key: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, `param`.
    pub key: String,
    /// What stands between key and colon, `user_id`; empty unless the key is [`Occurs::Named`].
    pub name: String,
    /// The value, continuation lines joined by a blank.
    pub value: String,
    /// Line in the file, from 1.
    pub line: u32,
}

/// A file's front matter, checked against the keys that its kind of file has.
#[derive(Debug, Clone)]
pub struct FrontMatter<'a> {
    file: &'a SourceFile,
    /// In file order.
    pub entries: Vec<Entry>,
    /// Byte of the file's text where the rest begins.
    pub body: usize,
}

impl FrontMatter<'_> {
    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of a key, or an empty text. For keys that occur once, which [`parse`] has checked.
    pub fn text(&self, key: &str) -> String {
        self.get(key)
            .map(|entry| entry.value.clone())
            .unwrap_or_default()
    }

    /// All entries of a key.
    pub fn all<'k>(&'k self, key: &'k str) -> impl Iterator<Item = &'k Entry> {
        self.entries.iter().filter(move |entry| entry.key == key)
    }

    /// Where an entry stands.
    pub fn at(&self, entry: &Entry) -> Location {
        self.file.at_line(entry.line)
    }

    /// A mistake in an entry.
    pub fn error(&self, entry: &Entry, message: impl Into<String>) -> Error {
        mistake(message).at(self.at(entry))
    }
}

/// Reads the block and checks its keys.
///
/// # Errors
/// `Catalog`: no block, a line that is neither key nor continuation, an unknown, repeated, missing or
/// empty key.
pub fn parse<'a>(file: &'a SourceFile, keys: &[Key]) -> Result<FrontMatter<'a>> {
    let problems = Problems::default();
    let (entries, body) = read(file, &problems);
    let found = FrontMatter {
        file,
        entries,
        body,
    };
    // A key that could not be read would be reported as missing as well.
    if problems.count() == 0 {
        check(&found, keys, &problems);
    }
    problems.finish().map(|()| found)
}

fn read(file: &SourceFile, problems: &Problems) -> (Vec<Entry>, usize) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut offset = 0;
    for (number, line) in (1..).zip(file.text.split_inclusive('\n')) {
        let Some(comment) = line.strip_prefix("--") else {
            if line.trim().is_empty() && entries.is_empty() {
                offset += line.len();
                continue;
            }
            break;
        };
        offset += line.len();
        if comment.trim().is_empty() {
            continue;
        }
        let blanks = comment.len() - comment.trim_start().len();
        match (entries.last_mut(), blanks) {
            (Some(last), 2..) => append(&mut last.value, comment.trim()),
            _ => match entry(comment.trim(), number) {
                Some(entry) => entries.push(entry),
                None => problems.push(
                    mistake("this line is neither `-- key: value` nor the rest of a value")
                        .at(file.at_line(number))
                        .hint("the rest of a value has two blanks or more after the dashes; other comments come after a blank line"),
                ),
            },
        }
    }
    (entries, offset)
}

fn append(value: &mut String, more: &str) {
    if !value.is_empty() {
        value.push(' ');
    }
    value.push_str(more);
}

fn entry(comment: &str, line: u32) -> Option<Entry> {
    let (head, value) = comment.split_once(':')?;
    let mut words = head.split_whitespace();
    let key = words.next()?.to_owned();
    let name = words.next().unwrap_or_default().to_owned();
    let one_word = words.next().is_none();
    one_word.then(|| Entry {
        key,
        name,
        value: value.trim().to_owned(),
        line,
    })
}

fn check(found: &FrontMatter<'_>, keys: &[Key], problems: &Problems) {
    for (at, entry) in found.entries.iter().enumerate() {
        let key = entry.key.as_str();
        let Some((_, occurs)) = keys.iter().find(|(known, _)| *known == key) else {
            let known: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
            let hint = did_you_mean(key, &known, "known keys");
            problems.push(
                found
                    .error(entry, format!("unknown key `{key}`"))
                    .hint(hint),
            );
            continue;
        };
        let named = *occurs == Occurs::Named;
        let same = |other: &&Entry| other.key == key && other.name == entry.name;
        if named == entry.name.is_empty() {
            let wanted = if named {
                format!("{key} <name>: …")
            } else {
                format!("{key}: …")
            };
            problems.push(found.error(entry, format!("write `-- {wanted}`")));
        } else if entry.value.is_empty() {
            problems.push(found.error(entry, format!("`{key}` has no value")));
        } else if let Some(first) = found.entries[..at].iter().find(same) {
            let message = format!("`{key}` is already in line {}", first.line);
            problems.push(found.error(entry, message));
        }
    }
    for (key, _) in keys.iter().filter(|(_, occurs)| *occurs == Occurs::Once) {
        if found.get(key).is_none() {
            problems.push(
                mistake(format!("the file does not begin with `-- {key}: …`"))
                    .at(whole_file(&found.file.path)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [Key; 3] = [
        ("title", Occurs::Once),
        ("description", Occurs::Optional),
        ("param", Occurs::Named),
    ];

    fn fails(text: &str) -> String {
        parse(&SourceFile::new("a.sql", text), &KEYS)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn values_go_on_over_indented_lines_and_the_rest_is_the_body() {
        let file = SourceFile::new(
            "a.sql",
            "\n-- title: One\n-- description: first\n--   second: part\n--\n-- param a: text\n-- param b: int\n\n-- Prose.\nselect 1;\n",
        );
        let found = parse(&file, &KEYS).unwrap();
        assert_eq!(found.text("title"), "One");
        assert_eq!(found.text("description"), "first second: part");
        let names: Vec<_> = found
            .all("param")
            .map(|entry| (entry.name.as_str(), entry.line))
            .collect();
        assert_eq!(names, [("a", 6), ("b", 7)]);
        assert_eq!(&file.text[found.body..], "\n-- Prose.\nselect 1;\n");
    }

    #[test]
    fn every_mistake_has_its_line() {
        for (text, expected) in [
            (
                "select 1;",
                "a.sql:1: the file does not begin with `-- title: …`",
            ),
            ("-- title: a\n-- tilte: b\n", "a.sql:2: unknown key `tilte`"),
            (
                "-- title: a\n-- title: b\n",
                "a.sql:2: `title` is already in line 1",
            ),
            ("-- title:\nselect 1;", "a.sql:1: `title` has no value"),
            ("-- title x: b\n", "a.sql:1: write `-- title: …`"),
            (
                "-- title: a\n-- param: b\n",
                "a.sql:2: write `-- param <name>: …`",
            ),
            (
                "-- title: a\n-- some prose\n",
                "a.sql:2: this line is neither",
            ),
        ] {
            let error = fails(text);
            assert!(error.starts_with(expected), "{error}");
        }
    }
}

//! `verify.sql`: from one file to its checks.

use super::directive::line_comments;
use super::model::SourceFile;
use super::names::closest;
use super::problems::{Problems, mistake, whole_file};
use crate::error::{Location, Result};
use squawk_lexer::TokenKind;
use std::collections::BTreeMap;
use std::ops::Range;

/// A parsed `verify.sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyFile {
    /// What stands before the first check: set-up that all checks share. May hold no statement.
    pub preamble: Block,
    /// In file order.
    pub checks: Vec<Check>,
}

/// A part of the file, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The text, as it is in the file.
    pub sql: String,
    /// Byte of the file's text where it begins: an error at byte `n` of `sql` is at `offset + n` of the file.
    pub offset: usize,
    /// Line where it begins, from 1.
    pub line: u32,
}

/// A behaviour check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What holds when it passes.
    pub name: String,
    /// The requirements it proves.
    pub ids: Vec<String>,
    /// From its `-- check:` line to the next one's.
    pub block: Block,
}

impl Block {
    fn new(file: &SourceFile, span: Range<usize>) -> Self {
        Self {
            sql: file.text[span.clone()].to_owned(),
            offset: span.start,
            line: file.line_of(span.start),
        }
    }

    /// The place in the file of a byte of this block's text.
    pub fn at(&self, file: &SourceFile, byte: usize) -> Location {
        file.at(self.offset + byte.min(self.sql.len()))
    }

    /// Whether it holds no statement.
    pub fn is_empty(&self) -> bool {
        squawk_lexer::tokenize(&self.sql).all(|token| {
            matches!(
                token.kind,
                TokenKind::Whitespace
                    | TokenKind::LineComment
                    | TokenKind::BlockComment { .. }
                    | TokenKind::Semi
                    | TokenKind::Eof
            )
        })
    }
}

/// A `-- check:` or `-- id:` line.
struct Mark {
    key: &'static str,
    value: String,
    /// Where the comment begins.
    offset: usize,
}

/// Splits the file at its `-- check:` lines; what looks like one within a string or a function's body is
/// text.
///
/// # Errors
/// `Catalog`: no check, a check without name or statement, a name given twice, an `-- id:` outside a check.
pub fn parse(file: &SourceFile) -> Result<VerifyFile> {
    let problems = Problems::default();
    let marks: Vec<Mark> = line_comments(&file.text)
        .filter_map(|span| mark(file, span, &problems))
        .collect();
    let first = marks
        .iter()
        .find(|mark| mark.key == "check")
        .map(|mark| mark.offset);
    let preamble = Block::new(file, 0..first.unwrap_or(file.text.len()));
    if first.is_none() {
        problems.push(
            mistake("the file has no `-- check: <name>` line, so it checks nothing")
                .at(whole_file(&file.path)),
        );
    }
    let checks = checks(file, &marks, &problems);
    check_names(&checks, file, &problems);
    problems.finish()?;
    Ok(VerifyFile { preamble, checks })
}

/// Reads a comment that begins its line, perhaps after blanks.
fn mark(file: &SourceFile, span: Range<usize>, problems: &Problems) -> Option<Mark> {
    let line_start = file.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    if !file.text[line_start..span.start].trim().is_empty() {
        return None;
    }
    let comment = file.text[span.clone()].trim_start_matches('-');
    let (word, value) = comment.split_once(':')?;
    let word = word.trim();
    match word.to_ascii_lowercase().as_str() {
        "check" => Some(Mark {
            key: "check",
            value: value.trim().to_owned(),
            offset: span.start,
        }),
        "id" | "ids" => Some(Mark {
            key: "id",
            value: value.trim().to_owned(),
            offset: span.start,
        }),
        other => {
            // A misspelt `check` would silently become part of the check above it.
            if !other.contains(' ') && closest(other, ["check"]).is_some() {
                problems.push(
                    mistake(format!("unknown comment key `{word}`"))
                        .at(file.at(span.start))
                        .hint("did you mean `check`?"),
                );
            }
            None
        }
    }
}

fn checks(file: &SourceFile, marks: &[Mark], problems: &Problems) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        if mark.key == "check" {
            let next = marks[at + 1..].iter().find(|mark| mark.key == "check");
            let end = next.map_or(file.text.len(), |mark| mark.offset);
            let block = Block::new(file, mark.offset..end);
            checks.push(Check {
                name: mark.value.clone(),
                ids: Vec::new(),
                block,
            });
            continue;
        }
        let ids: Vec<&str> = mark
            .value
            .split([',', ' '])
            .filter(|id| !id.is_empty())
            .collect();
        let place = file.at(mark.offset);
        match checks.last_mut() {
            None => problems.push(mistake("`-- id:` stands before the first check").at(place)),
            Some(_) if ids.is_empty() => problems.push(mistake("`-- id:` names nothing").at(place)),
            Some(check) => check.ids.extend(ids.into_iter().map(str::to_owned)),
        }
    }
    checks
}

fn check_names(checks: &[Check], file: &SourceFile, problems: &Problems) {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for check in checks {
        let place = || check.block.at(file, 0);
        if check.name.is_empty() {
            problems.push(mistake("`-- check:` has no name").at(place()));
        } else if let Some(line) = seen.insert(&check.name, check.block.line) {
            let message = format!("check `{}` is already in line {line}", check.name);
            problems.push(mistake(message).at(place()));
        }
        if check.block.is_empty() {
            problems
                .push(mistake(format!("check `{}` holds no statement", check.name)).at(place()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<VerifyFile, String> {
        parse(&SourceFile::new("verify.sql", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn each_block_knows_its_place() {
        let text = "-- Setup.\nselect 1;\n\n-- check: one\n-- id: A-1, A-2\nselect 2;\n-- check: two\nselect 3;\n";
        let file = SourceFile::new("verify.sql", text);
        let parsed = parse(&file).unwrap();
        assert_eq!(parsed.preamble.sql, "-- Setup.\nselect 1;\n\n");
        let [one, two] = &parsed.checks[..] else {
            panic!("two checks")
        };
        assert_eq!(
            (one.name.as_str(), one.ids.join("+").as_str()),
            ("one", "A-1+A-2")
        );
        assert_eq!((one.block.line, two.block.line), (4, 7));
        assert_eq!(one.block.sql, "-- check: one\n-- id: A-1, A-2\nselect 2;\n");
        let byte = one
            .block
            .sql
            .find('2')
            .map(|_| one.block.sql.len() - 3)
            .unwrap();
        assert_eq!(one.block.at(&file, byte).to_string(), "verify.sql:6:8");
    }

    #[test]
    fn a_check_line_within_a_body_is_text() {
        let parsed =
            read("-- check: a\ndo $$\n-- check: b\n$$;\nselect '\n-- check: c\n';").unwrap();
        assert_eq!(parsed.checks.len(), 1);
        assert!(parsed.preamble.is_empty());
    }

    #[test]
    fn every_mistake_has_its_line() {
        for (text, expected) in [
            (
                "select 1;",
                "verify.sql:1: the file has no `-- check: <name>` line",
            ),
            (
                "-- check:\nselect 1;",
                "verify.sql:1:1: `-- check:` has no name",
            ),
            (
                "-- check: a\n-- nothing\n",
                "verify.sql:1:1: check `a` holds no statement",
            ),
            (
                "-- check: a\nselect 1;\n-- check: a\nselect 1;",
                "verify.sql:3:1: check `a` is already in line 1",
            ),
            (
                "-- id: A\n-- check: a\nselect 1;",
                "verify.sql:1:1: `-- id:` stands before the first check",
            ),
            (
                "-- check: a\n-- id:\nselect 1;",
                "verify.sql:2:1: `-- id:` names nothing",
            ),
            (
                "-- check: a\nselect 1;\n-- chek: b\nselect 1;",
                "verify.sql:3:1: unknown comment key `chek`",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}

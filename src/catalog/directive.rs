//! `-- pgphase: …` lines, and what stands before a file's first statement.

use super::model::SourceFile;
use super::names::did_you_mean;
use super::problems::{mistake, whole_file};
use crate::error::{Error, Result};
use squawk_lexer::TokenKind;
use std::ops::Range;

/// All directives about a file as a whole. `-- pgphase: allow <rule>` is about one statement, and may stand anywhere: it
/// is read where hazards are looked for.
const KNOWN: [&str; 1] = ["no-transaction"];

/// Whether a versioned file asks to run outside a transaction.
///
/// # Errors
/// `Catalog` for an unknown directive, one after the first statement, and a file without a statement.
pub fn no_transaction(file: &SourceFile) -> Result<bool> {
    let head = Head::of(&file.text);
    head.check_rest(file)?;
    let mut found = false;
    for (value, offset) in head
        .comments
        .iter()
        .filter_map(|span| directive(&file.text, span))
    {
        if !KNOWN.contains(&value) {
            let hint = did_you_mean(value, &KNOWN, "known directives");
            return Err(mistake(format!("unknown directive `{value}`"))
                .at(file.at(offset))
                .hint(hint));
        }
        found = true;
    }
    Ok(found)
}

/// Refuses every directive in a file that always runs in a transaction.
///
/// # Errors
/// `Catalog` where there is one; `why` is the end of the sentence.
pub fn refuse(file: &SourceFile, why: &str) -> Result<()> {
    let head = Head::of(&file.text);
    head.check_rest(file)?;
    match head
        .comments
        .iter()
        .find_map(|span| directive(&file.text, span))
    {
        Some((value, offset)) => {
            Err(mistake(format!("`{value}` is not possible here: {why}")).at(file.at(offset)))
        }
        None => Ok(()),
    }
}

/// Refuses a file that holds nothing but blanks and comments.
///
/// # Errors
/// `Catalog` where there is no statement.
pub fn require_statement(file: &SourceFile) -> Result<()> {
    Head::of(&file.text).check_statement(file)
}

/// The comments before a text's first statement.
struct Head {
    comments: Vec<Range<usize>>,
    /// Where the first statement begins, if there is one.
    statement: Option<usize>,
}

impl Head {
    fn of(text: &str) -> Self {
        let mut comments = Vec::new();
        let mut offset = 0;
        for token in squawk_lexer::tokenize(text) {
            let end = offset + token.len as usize;
            match token.kind {
                TokenKind::LineComment => comments.push(offset..end),
                TokenKind::Whitespace | TokenKind::BlockComment { .. } | TokenKind::Semi => {}
                TokenKind::Eof => break,
                _ => {
                    return Self {
                        comments,
                        statement: Some(offset),
                    };
                }
            }
            offset = end;
        }
        Self {
            comments,
            statement: None,
        }
    }

    fn check_statement(&self, file: &SourceFile) -> Result<()> {
        match self.statement {
            Some(_) => Ok(()),
            None => Err(mistake("the file holds no statement")
                .hint("write its statements, or remove the file")
                .at(whole_file(&file.path))),
        }
    }

    /// A directive further down would have no effect, so it is a mistake.
    fn check_rest(&self, file: &SourceFile) -> Result<()> {
        let Some(start) = self.statement else {
            return Ok(());
        };
        // Only a text that mentions the word is worth reading to its end.
        if !file.text[start..].to_ascii_lowercase().contains("pgphase") {
            return Ok(());
        }
        match line_comments(&file.text[start..])
            .find_map(|span| directive(&file.text, &(start + span.start..start + span.end)))
        {
            Some((value, offset)) => Err(misplaced(file, value, offset)),
            None => Ok(()),
        }
    }
}

fn misplaced(file: &SourceFile, value: &str, offset: usize) -> Error {
    mistake(format!(
        "the directive `{value}` stands after the first statement"
    ))
    .at(file.at(offset))
    .hint("a directive stands in the comments at the top of the file")
}

/// The `--` comments of an SQL text: not what looks like one within a string or a function's body.
pub(crate) fn line_comments(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut offset = 0;
    squawk_lexer::tokenize(text).filter_map(move |token| {
        let start = offset;
        offset += token.len as usize;
        (token.kind == TokenKind::LineComment).then_some(start..offset)
    })
}

/// The directive of a comment and where it stands. A known word after `pgphase` without its colon is
/// taken for one, so that it is not ignored in silence.
fn directive<'a>(text: &'a str, comment: &Range<usize>) -> Option<(&'a str, usize)> {
    let line = &text[comment.clone()];
    let rest = line.trim_start_matches('-').trim_start();
    let word = rest
        .get(..7)
        .filter(|word| word.eq_ignore_ascii_case("pgphase"))?;
    let rest = rest[word.len()..].trim();
    let (value, colon) = rest
        .strip_prefix(':')
        .map_or((rest, false), |value| (value.trim(), true));
    if colon && value.starts_with("allow ") {
        return None;
    }
    let place = comment.start + line.find(value).unwrap_or(0);
    let near = || super::names::closest(value, KNOWN).is_some();
    (colon || near()).then_some((value, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(text: &str) -> Result<bool, String> {
        no_transaction(&SourceFile::new("a.sql", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_directive_counts_before_the_first_statement() {
        for text in [
            "-- pgphase: no-transaction\nvacuum;",
            "/* why */\n\n-- Purpose.\n--pgphase:no-transaction\nvacuum;",
            "-- pgphase no-transaction\nvacuum;",
        ] {
            assert_eq!(ask(text), Ok(true), "{text}");
        }
        assert_eq!(ask("-- pgphase applies this last\nselect 1;"), Ok(false));
    }

    #[test]
    fn a_directive_that_would_be_ignored_is_a_mistake() {
        assert_eq!(
            ask("select 1;\n  -- pgphase: no-transaction\n"),
            Err(
                "a.sql:2:15: the directive `no-transaction` stands after the first statement"
                    .into()
            )
        );
        assert_eq!(
            ask("-- pgphase: no_transaction\nvacuum;"),
            Err("a.sql:1:13: unknown directive `no_transaction`".into())
        );
        assert_eq!(
            ask("-- pgphase:\nvacuum;"),
            Err("a.sql:1:1: unknown directive ``".into())
        );
    }

    #[test]
    fn allowing_a_hazard_is_possible_before_every_statement() {
        let text =
            "-- pgphase: allow drop-column\nselect 1;\n-- pgphase: allow drop-table\nselect 2;";
        assert_eq!(ask(text), Ok(false));
        assert_eq!(
            ask("-- pgphase: allow\nselect 1;"),
            Err("a.sql:1:13: unknown directive `allow`".into())
        );
    }

    #[test]
    fn a_directive_within_a_string_is_text() {
        assert_eq!(ask("select '\n-- pgphase: no-transaction\n';"), Ok(false));
        assert_eq!(ask("do $$\n-- pgphase: no-transaction\n$$;"), Ok(false));
    }

    #[test]
    fn a_file_of_comments_has_directives_too() {
        assert_eq!(ask("-- pgphase: no-transaction\n;"), Ok(true));
    }
}

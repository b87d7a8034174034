//! Where each statement of a file begins and ends.
//!
//! Works on tokens, not on a grammar, so that a statement which no parser here knows is not lost.
//! It counts what the server counts: each statement of a simple query message ends in one
//! command-complete message, and nothing stands for an empty statement between two semicolons.

use super::lex::{self, Token, TokenKind};
use crate::catalog::model::SourceFile;
use std::ops::Range;

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Bytes of the file, from the first token to the last, without the semicolon.
    pub range: Range<usize>,
    /// Line of the first token, from 1.
    pub line: u32,
    /// What kind of statement it is.
    pub kind: StatementKind,
    /// The server refuses it inside a transaction block (`vacuum`, `create index concurrently`, …).
    pub outside_transaction: bool,
}

/// The kinds of statement that make a difference to this tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// Defines or changes objects, rights or comments.
    Definition,
    /// Reads or changes rows: `select`, `insert`, `update`, `delete`, `merge`, `call`, `do`, …
    Rows,
    /// `copy … from stdin`, `copy … to stdout`: the data would go through the client.
    CopyClient,
    /// Begins or ends a transaction or a savepoint.
    TransactionControl,
    /// `set` and `reset`.
    Setting,
    /// A command of psql, not of the server: `\i other.sql`.
    Meta,
    /// Anything else.
    Other,
}

/// The statements of `text`, in order. Text outside their ranges is white space, comments and semicolons.
pub fn split(text: &str) -> Vec<Statement> {
    let mut splitter = Splitter {
        text,
        at: 0,
        line: 1,
        counted: 0,
        out: Vec::new(),
    };
    while splitter.at < text.len() {
        splitter.run();
    }
    splitter.out
}

/// Byte offset of the first token of statement `index` (from 0); `None` behind the last statement.
pub fn statement_at(text: &str, index: usize) -> Option<usize> {
    split(text)
        .get(index)
        .map(|statement| statement.range.start)
}

/// SHA-256 of the first `count` statements of `text`, without what stands between them; fewer if there are fewer.
pub fn sha256_of_first(count: usize, text: &str) -> String {
    let statements = split(text).into_iter().take(count);
    let first: Vec<&str> = statements.map(|statement| &text[statement.range]).collect();
    SourceFile::new("", &first.join(";\n")).sha256
}

struct Splitter<'a> {
    text: &'a str,
    /// What comes before is done.
    at: usize,
    /// The line of byte `counted`.
    line: u32,
    counted: usize,
    out: Vec<Statement>,
}

impl<'a> Splitter<'a> {
    /// Splits from `at` to the end, or to behind what makes it necessary to start lexing anew.
    fn run(&mut self) {
        let base = self.at;
        let mut open = Open::default();
        for token in lex::tokens(&self.text[base..]) {
            if token.is_trivia() {
                continue;
            }
            if token.kind == TokenKind::Unknown && token.text == "\\" {
                self.close(base, &open);
                self.meta_command(base + token.start);
                return;
            }
            if token.kind == TokenKind::Semi && open.may_end() {
                let copies = open.copies_from_stdin();
                self.close(base, &open);
                open = Open::default();
                if copies {
                    self.copy_data(base + token.end());
                    return;
                }
                continue;
            }
            open.push(token);
        }
        self.close(base, &open);
        self.at = self.text.len();
    }

    /// Notes the statement that `open` has gathered.
    fn close(&mut self, base: usize, open: &Open<'a>) {
        let (Some(first), Some(last)) = (open.head.first(), open.end) else {
            return;
        };
        let range = base + first.start..base + last;
        let line = self.line_of(range.start);
        self.out.push(Statement {
            range,
            line,
            kind: open.kind(),
            outside_transaction: open.outside_transaction(),
        });
    }

    /// psql ends a command of its own at the end of the line, whatever quotes it holds.
    fn meta_command(&mut self, start: usize) {
        let end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        let line = self.line_of(start);
        self.out.push(Statement {
            range: start..start + self.text[start..end].trim_ascii_end().len(),
            line,
            kind: StatementKind::Meta,
            outside_transaction: false,
        });
        self.at = end;
    }

    /// The lines behind `copy … from stdin;` are data up to `\.`: they belong to that statement.
    fn copy_data(&mut self, start: usize) {
        let mut end = start;
        for line in self.text[start..].split_inclusive('\n') {
            end += line.len();
            if line.trim_end() == "\\." {
                break;
            }
        }
        if let Some(copy) = self.out.last_mut() {
            copy.range.end =
                copy.range.start + self.text[copy.range.start..end].trim_ascii_end().len();
        }
        self.at = end;
    }

    fn line_of(&mut self, offset: usize) -> u32 {
        let newlines = self.text.as_bytes()[self.counted..offset].iter();
        self.line += newlines.filter(|byte| **byte == b'\n').count() as u32;
        self.counted = offset;
        self.line
    }
}

/// How many leading tokens decide what a statement is.
const HEAD: usize = 8;

/// The statement that is being read.
#[derive(Default)]
struct Open<'a> {
    head: Vec<Token<'a>>,
    end: Option<usize>,
    parentheses: usize,
    /// Open `begin atomic` and the `case`s in it.
    blocks: usize,
    routine: bool,
    concurrently: bool,
    /// `create_slot`, `connect`: a subscription that may be created in a transaction.
    names_slot: bool,
    from_stdin: bool,
    to_stdout: bool,
    previous: Option<Token<'a>>,
}

impl<'a> Open<'a> {
    fn push(&mut self, token: Token<'a>) {
        self.end = Some(token.end());
        match token.kind {
            TokenKind::OpenParen => self.parentheses += 1,
            TokenKind::CloseParen => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        if self.head.len() < HEAD {
            self.head.push(token);
            self.routine = self.routine || self.is_create_routine();
        }
        if self.parentheses == 0 {
            self.follow_blocks(&token);
            self.from_stdin |= self.follows("from") && token.is_word("stdin");
            self.to_stdout |= self.follows("to") && token.is_word("stdout");
            self.concurrently |= token.is_word("concurrently");
        }
        self.names_slot |= token.is_any(&["create_slot", "connect"]);
        self.previous = Some(token);
    }

    fn follows(&self, word: &str) -> bool {
        self.previous.is_some_and(|token| token.is_word(word))
    }

    /// A routine's body in `begin atomic … end` has semicolons of its own.
    fn follow_blocks(&mut self, token: &Token<'a>) {
        if !self.routine {
            return;
        }
        if self.blocks == 0 {
            self.blocks = usize::from(self.follows("begin") && token.is_word("atomic"));
        } else if token.is_word("case") {
            self.blocks += 1;
        } else if token.is_word("end") {
            self.blocks -= 1;
        }
    }

    fn is_create_routine(&self) -> bool {
        let words = self.word_from(0) == Some("create");
        let at = if words && self.word(1, "or") && self.word(2, "replace") {
            3
        } else {
            1
        };
        words && (self.word(at, "function") || self.word(at, "procedure"))
    }

    fn may_end(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn word(&self, index: usize, word: &str) -> bool {
        self.head
            .get(index)
            .is_some_and(|token| token.is_word(word))
    }

    /// Whether one of the leading tokens is this word.
    fn has(&self, word: &str) -> bool {
        self.head.iter().any(|token| token.is_word(word))
    }

    fn word_from(&self, index: usize) -> Option<&'static str> {
        const WORDS: [&str; 39] = [
            "create",
            "alter",
            "drop",
            "comment",
            "grant",
            "revoke",
            "security",
            "reindex",
            "refresh",
            "import",
            "reassign",
            "select",
            "insert",
            "update",
            "delete",
            "merge",
            "with",
            "values",
            "table",
            "call",
            "do",
            "truncate",
            "execute",
            "copy",
            "begin",
            "start",
            "commit",
            "end",
            "rollback",
            "abort",
            "savepoint",
            "release",
            "prepare",
            "set",
            "reset",
            "vacuum",
            "cluster",
            "lock",
            "analyze",
        ];
        let token = self.head.get(index)?;
        WORDS.into_iter().find(|word| token.is_word(word))
    }

    fn copies_from_stdin(&self) -> bool {
        self.word(0, "copy") && self.from_stdin
    }

    fn kind(&self) -> StatementKind {
        let Some(first) = self.word_from(0) else {
            let query = self
                .head
                .first()
                .is_some_and(|token| token.kind == TokenKind::OpenParen);
            return if query {
                StatementKind::Rows
            } else {
                StatementKind::Other
            };
        };
        match first {
            "copy" if self.from_stdin || self.to_stdout => StatementKind::CopyClient,
            "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint"
            | "release" => StatementKind::TransactionControl,
            "prepare" if self.word(1, "transaction") => StatementKind::TransactionControl,
            "set" | "reset" => StatementKind::Setting,
            "create" | "alter" | "drop" | "comment" | "grant" | "revoke" | "security"
            | "reindex" | "refresh" | "import" | "reassign" => StatementKind::Definition,
            "prepare" | "vacuum" | "cluster" | "lock" | "analyze" => StatementKind::Other,
            _ => StatementKind::Rows,
        }
    }

    fn outside_transaction(&self) -> bool {
        match self.word_from(0) {
            Some("vacuum") => true,
            Some("cluster") => self.head.len() == 1,
            Some("reindex") => {
                self.concurrently
                    || self.has("concurrently")
                    || ["database", "schema", "system"]
                        .iter()
                        .any(|word| self.has(word))
            }
            Some("create") => {
                (self.concurrently && self.has("index"))
                    || self.word(1, "database")
                    || self.word(1, "tablespace")
                    || (self.word(1, "subscription") && !self.names_slot)
            }
            Some("drop") => {
                (self.concurrently && self.word(1, "index"))
                    || self.word(1, "database")
                    || self.word(1, "tablespace")
            }
            Some("alter") => {
                self.word(1, "system")
                    || (self.word(1, "database") && self.has("tablespace"))
                    || (self.concurrently && self.word(1, "table"))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;

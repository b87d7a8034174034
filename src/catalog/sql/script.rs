//! A file's statements, each parsed when it is asked for, and once.
//!
//! Parsing costs most of the time, and most statements of a run need none: what they create shows in their first words.

use super::body::{Body, body};
use super::head;
use super::objects::{Definition, definitions, table_sequences};
use super::split::{Statement, split};
use super::tree::{Origin, Tree};
use squawk_syntax::SyntaxNode;
use std::cell::OnceCell;

/// A file's statements.
pub(super) struct Script<'a> {
    pub text: &'a str,
    pub statements: Vec<Parsed<'a>>,
}

impl<'a> Script<'a> {
    /// Splits a file; nothing is parsed yet.
    pub fn new(text: &'a str) -> Self {
        let statements = split(text).into_iter();
        Self {
            text,
            statements: statements
                .map(|statement| Parsed::new(text, statement))
                .collect(),
        }
    }

    /// Splits a file and parses all of it.
    pub fn parsed(text: &'a str) -> Self {
        let script = Self::new(text);
        for statement in &script.statements {
            statement.tree();
        }
        script
    }
}

/// A statement and what has been read of it so far.
pub(super) struct Parsed<'a> {
    pub statement: Statement,
    pub text: &'a str,
    tree: OnceCell<Tree>,
    head: OnceCell<Tree>,
    body: OnceCell<Option<Body>>,
    definitions: OnceCell<Vec<Definition>>,
}

impl<'a> Parsed<'a> {
    fn new(text: &'a str, statement: Statement) -> Self {
        Self {
            text: &text[statement.range.clone()],
            statement,
            tree: OnceCell::new(),
            head: OnceCell::new(),
            body: OnceCell::new(),
            definitions: OnceCell::new(),
        }
    }

    /// The whole statement.
    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| self.parse(self.text.len()))
    }

    /// The statement's node, or its pieces where the grammar does not know it.
    pub fn nodes(&self) -> impl Iterator<Item = SyntaxNode> + use<> {
        self.tree().root.children()
    }

    /// As much of the statement as says what it creates.
    pub fn head(&self) -> &Tree {
        self.tree
            .get()
            .unwrap_or_else(|| self.head.get_or_init(|| self.parse(head::end(self.text))))
    }

    fn parse(&self, end: usize) -> Tree {
        Tree::of_sql(&self.text[..end], Origin::At(self.statement.range.start))
    }

    /// The body of a routine or `do` block.
    pub fn body(&self) -> Option<&Body> {
        let parse = || {
            let tree = self.tree();
            tree.root
                .children()
                .find_map(|node| body(&node, &tree.origin))
        };
        self.body.get_or_init(parse).as_ref()
    }

    /// What the statement defines, `do` blocks and function bodies included.
    pub fn definitions(&self) -> &[Definition] {
        self.definitions.get_or_init(|| {
            if !head::may_define(self.text) {
                return Vec::new();
            }
            let head = self.head();
            let mut found = definitions(head, &head.root);
            found.extend(table_sequences(self));
            if head::body_may_define(self.text)
                && let Some(body) = self.body()
            {
                let inner = definitions(&body.tree, &body.tree.root).into_iter();
                found.extend(inner.map(|inner| Definition {
                    conditional: true,
                    ..inner
                }));
            }
            found
        })
    }
}

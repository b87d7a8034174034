//! A file's statements, each parsed when it is asked for, and once.
//!
//! Parsing costs most of the time, and most statements of a run need none: what they create shows in their first words.

use super::body::{Body, body};
use super::head;
use super::objects::{Definition, definitions, table_sequences};
use super::split::{Statement, split};
use super::tree::{Origin, Tree};
use squawk_syntax::SyntaxNode;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Reads the same files for several questions, and parses each statement once for all of them.
///
/// Its methods are the functions of the same names; those begin with a fresh `Reader`. Not for several threads.
#[derive(Default)]
pub struct Reader<'a> {
    /// By text, so that a copy of a file is not read again.
    scripts: RefCell<HashMap<&'a str, Rc<Script<'a>>>>,
}

impl<'a> Reader<'a> {
    /// Has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The statements of a text.
    pub(super) fn script(&self, text: &'a str) -> Rc<Script<'a>> {
        let mut scripts = self.scripts.borrow_mut();
        let script = scripts
            .entry(text)
            .or_insert_with(|| Rc::new(Script::new(text)));
        Rc::clone(script)
    }
}

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

#[cfg(test)]
mod tests {
    use super::Reader;
    use crate::catalog::sql::testing::{phase, system};
    use std::rc::Rc;

    #[test]
    fn a_reader_reads_each_text_once_and_answers_like_the_functions() {
        let sql = "create table public.a (x int); create index concurrently i on public.a (x);";
        let system = system(vec![
            phase("a", &[], sql),
            phase("b", &[], "drop table public.a;"),
        ]);
        let text = &system.phases[0].migrations[0].up.text;
        let copy = text.clone();
        let reader = Reader::new();
        assert!(Rc::ptr_eq(&reader.script(text), &reader.script(&copy)));
        assert!(!Rc::ptr_eq(
            &reader.script(text),
            &reader.script(&text[1..])
        ));
        assert_eq!(
            reader.errors(&system),
            crate::catalog::sql::references::errors(&system)
        );
        assert_eq!(
            reader.check(&system),
            crate::catalog::sql::references::check(&system)
        );
        assert_eq!(reader.check(&system).len(), 1);
        assert_eq!(
            reader.objects_created(text),
            crate::catalog::sql::objects_created(text)
        );
        assert_eq!(
            reader.concurrent_indexes(text),
            crate::catalog::sql::concurrent_indexes(text)
        );
    }
}

//! Index builds outside a transaction, which leave an invalid index behind when they fail.

use super::head::{begins_with, has_word};
use super::names::{QualifiedName, path_name};
use super::objects::indexed_table;
use super::script::{Reader, Script};
use super::tree::{Tree, child, has, has_token};
use serde::Serialize;
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::ops::Range;

/// An index that a `concurrently` statement builds, rebuilds or drops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexTarget {
    /// What happens to it.
    pub kind: IndexAction,
    /// Its schema: for a new index, that of its table; absent where the search path decides.
    pub schema: Option<String>,
    /// Its name; absent where the server chooses one, and for all indexes of a table or schema.
    pub name: Option<String>,
    /// The table it is on, where the statement says so.
    pub table: Option<QualifiedName>,
    /// `if not exists` of a build, `if exists` of a drop.
    pub conditional: bool,
    /// Which statement of the file, from 0, as `split` counts.
    pub statement: usize,
    /// Bytes of that statement in the file.
    pub range: Range<usize>,
}

/// What a statement does to an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexAction {
    /// `create index concurrently`: a failure leaves the index, invalid, under its own name.
    Create,
    /// `reindex … concurrently`: a failure leaves an invalid index whose name ends in `_ccnew` or `_ccold`.
    Reindex,
    /// `drop index concurrently`: a failure leaves the index, invalid.
    Drop,
}

/// The indexes that `concurrently` statements of `text` work on, in the order of the file.
pub fn concurrent_indexes(text: &str) -> Vec<IndexTarget> {
    Reader::new().concurrent_indexes(text)
}

impl<'a> Reader<'a> {
    /// [`concurrent_indexes`].
    pub fn concurrent_indexes(&self, text: &'a str) -> Vec<IndexTarget> {
        indexes(&self.script(text))
    }
}

fn indexes(script: &Script<'_>) -> Vec<IndexTarget> {
    let mut targets = Vec::new();
    for (index, parsed) in script.statements.iter().enumerate() {
        if !begins_with(parsed.text, &["create", "drop", "reindex"])
            || !has_word(parsed.text, &["concurrently"])
        {
            continue;
        }
        for mut target in targets_of(parsed.tree()) {
            target.statement = index;
            target.range = parsed.statement.range.clone();
            targets.push(target);
        }
    }
    targets
}

fn targets_of(tree: &Tree) -> Vec<IndexTarget> {
    let nodes = tree.root.children();
    nodes
        .flat_map(|node| match node.kind() {
            SyntaxKind::CREATE_INDEX if has_token(&node, SyntaxKind::CONCURRENTLY_KW) => {
                created(&node).into_iter().collect()
            }
            SyntaxKind::DROP_INDEX if has_token(&node, SyntaxKind::CONCURRENTLY_KW) => {
                dropped(&node)
            }
            SyntaxKind::REINDEX if is_concurrent(&node) => rebuilt(&node),
            _ => Vec::new(),
        })
        .collect()
}

fn target(kind: IndexAction, name: Option<QualifiedName>) -> IndexTarget {
    let (schema, name) = name.map_or((None, None), |name| (name.schema, Some(name.name)));
    IndexTarget {
        kind,
        schema,
        name,
        table: None,
        conditional: false,
        statement: 0,
        range: 0..0,
    }
}

fn created(node: &SyntaxNode) -> Option<IndexTarget> {
    let table = indexed_table(node)?;
    let name = child(node, SyntaxKind::INDEX).and_then(|node| path_name(&node));
    Some(IndexTarget {
        schema: table.schema.clone(),
        table: Some(table),
        conditional: has(node, SyntaxKind::IF_NOT_EXISTS),
        ..target(IndexAction::Create, name)
    })
}

fn dropped(node: &SyntaxNode) -> Vec<IndexTarget> {
    let indexes = node
        .children()
        .filter(|child| child.kind() == SyntaxKind::INDEX_REF);
    let conditional = has(node, SyntaxKind::IF_EXISTS);
    indexes
        .map(|index| IndexTarget {
            conditional,
            ..target(IndexAction::Drop, path_name(&index))
        })
        .collect()
}

/// `reindex index concurrently i`, `reindex (concurrently) table t`.
fn is_concurrent(node: &SyntaxNode) -> bool {
    let mut tokens = node.descendants_with_tokens();
    tokens.any(|element| element.kind() == SyntaxKind::CONCURRENTLY_KW)
}

fn rebuilt(node: &SyntaxNode) -> Vec<IndexTarget> {
    let Some(what) = node.children().find(|child| {
        matches!(
            child.kind(),
            SyntaxKind::REINDEX_TARGET_INDEX
                | SyntaxKind::REINDEX_TARGET_TABLE
                | SyntaxKind::REINDEX_TARGET_SCHEMA
                | SyntaxKind::REINDEX_TARGET_DATABASE
        )
    }) else {
        return Vec::new();
    };
    let name = path_name(&what);
    vec![match what.kind() {
        SyntaxKind::REINDEX_TARGET_INDEX => target(IndexAction::Reindex, name),
        SyntaxKind::REINDEX_TARGET_TABLE => IndexTarget {
            schema: name.as_ref().and_then(|name| name.schema.clone()),
            table: name,
            ..target(IndexAction::Reindex, None)
        },
        SyntaxKind::REINDEX_TARGET_SCHEMA => {
            let schema = child(&what, SyntaxKind::SCHEMA_REF);
            let schema = schema.map(|node| squawk_syntax::ast::normalize_name_node(&node));
            IndexTarget {
                schema,
                ..target(IndexAction::Reindex, None)
            }
        }
        _ => target(IndexAction::Reindex, None),
    }]
}

#[cfg(test)]
mod tests {
    use super::{IndexAction, concurrent_indexes};

    fn found(text: &str) -> Vec<(IndexAction, String, usize)> {
        let part = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
        concurrent_indexes(text)
            .into_iter()
            .map(|target| {
                let table = part(target.table.map(|table| table.to_string()));
                let text = format!("{}.{} on {table}", part(target.schema), part(target.name));
                (target.kind, text, target.statement)
            })
            .collect()
    }

    #[test]
    fn a_new_index_is_in_the_schema_of_its_table() {
        let text = "-- x\ncreate unique index concurrently if not exists \"I\" on only app.t using btree (a);\n\
                    create index concurrently on t (b);\ncreate index plain on t (a);";
        assert_eq!(
            found(text),
            [
                (IndexAction::Create, "app.I on app.t".to_owned(), 0),
                (IndexAction::Create, "-.- on t".to_owned(), 1),
            ]
        );
        let target = &concurrent_indexes(text)[0];
        assert!(target.conditional);
        assert!(
            text[target.range.clone()].starts_with("create unique")
                && text[target.range.clone()].ends_with("(a)")
        );
    }

    #[test]
    fn dropped_and_rebuilt_indexes_are_named_where_the_statement_names_them() {
        let text = "drop index concurrently if exists public.a, b; drop index c;\n\
                    reindex index concurrently public.d; reindex (concurrently, verbose) table app.t;\n\
                    reindex schema concurrently app; reindex table t;";
        assert_eq!(
            found(text),
            [
                (IndexAction::Drop, "public.a on -".to_owned(), 0),
                (IndexAction::Drop, "-.b on -".to_owned(), 0),
                (IndexAction::Reindex, "public.d on -".to_owned(), 2),
                (IndexAction::Reindex, "app.- on app.t".to_owned(), 3),
                (IndexAction::Reindex, "app.- on -".to_owned(), 4),
            ]
        );
    }
}

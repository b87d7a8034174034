//! Names as they are written, folded the way the server folds them.

use super::lex::{self, TokenKind};
use serde::Serialize;
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::fmt;

/// A name with or without its schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct QualifiedName {
    /// Absent where the search path decides.
    pub schema: Option<String>,
    /// The last part.
    pub name: String,
}

impl QualifiedName {
    /// The last two of these parts (a database's name before them says nothing new).
    pub(super) fn from_parts(mut parts: Vec<String>) -> Option<Self> {
        let name = parts.pop().filter(|name| !name.is_empty())?;
        Some(Self {
            schema: parts.pop(),
            name,
        })
    }

    /// `schema.name` as text, for a literal like `'public.t'::regclass`; `None` if it is anything else.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut dotted = true;
        for token in lex::significant(text) {
            match token.kind {
                TokenKind::Dot if !dotted => dotted = true,
                TokenKind::OpenParen if !dotted => break,
                _ if dotted => {
                    parts.push(token.identifier()?);
                    dotted = false;
                }
                _ => return None,
            }
        }
        if dotted || parts.len() > 3 {
            return None;
        }
        Self::from_parts(parts)
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The parts of a dotted path of the syntax tree.
pub(super) fn path_parts(path: &SyntaxNode) -> Vec<String> {
    path.descendants()
        .filter(|node| {
            matches!(
                node.kind(),
                SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF
            )
        })
        .map(|node| normalize_name_node(&node))
        .collect()
}

/// The qualified name of the first path at or below `node`.
pub(super) fn path_name(node: &SyntaxNode) -> Option<QualifiedName> {
    let path = node
        .descendants()
        .find(|node| matches!(node.kind(), SyntaxKind::PATH | SyntaxKind::PATH_REF))?;
    QualifiedName::from_parts(path_parts(&path))
}

/// The parts of `a`, `a.b`, `a.b.c` in an expression; `None` for anything else.
pub(super) fn expression_parts(node: &SyntaxNode) -> Option<Vec<String>> {
    match node.kind() {
        SyntaxKind::NAME_REF => Some(vec![normalize_name_node(node)]),
        SyntaxKind::FIELD_EXPR => {
            let mut children = node.children();
            let mut parts = expression_parts(&children.next()?)?;
            parts.push(normalize_name_node(
                &children
                    .next()
                    .filter(|child| child.kind() == SyntaxKind::NAME_REF)?,
            ));
            Some(parts)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::QualifiedName;

    fn parse(text: &str) -> Option<String> {
        QualifiedName::from_text(text).map(|name| name.to_string())
    }

    #[test]
    fn a_name_in_a_string_is_read_like_an_identifier() {
        assert_eq!(parse("public.T"), Some("public.t".to_owned()));
        assert_eq!(parse("\"My.Table\""), Some("My.Table".to_owned()));
        assert_eq!(
            parse(" public . f(integer, text)"),
            Some("public.f".to_owned())
        );
    }

    #[test]
    fn a_string_that_is_no_name_is_none() {
        for text in ["", "a b", "a.", ".a", "it''s", "a,b", "1", "a.b.c.d"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

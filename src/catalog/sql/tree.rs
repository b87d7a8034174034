//! Syntax trees: one a statement, so that a statement the grammar does not know spoils no other.

use squawk_syntax::ast::AstNode;
use squawk_syntax::decoded_text::DecodedText;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode, SyntaxToken};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// A syntax tree and where its text comes from.
#[derive(Clone)]
pub(super) struct Tree {
    pub root: SyntaxNode,
    pub origin: Rc<Origin>,
}

impl Tree {
    /// Parses SQL; what the grammar does not know becomes error nodes.
    pub fn of_sql(text: &str, origin: Origin) -> Self {
        Self {
            root: parse(text),
            origin: Rc::new(origin),
        }
    }

    /// Whether the grammar did not know all of it.
    pub fn is_broken(&self) -> bool {
        self.root
            .descendants()
            .any(|node| node.kind() == SyntaxKind::ERROR)
    }

    /// Byte offset in the file of a node of this tree: of its first token, not of a comment before it.
    pub fn offset(&self, node: &SyntaxNode) -> usize {
        let token = first_token(node).map(|token| token.text_range());
        self.origin
            .in_file(usize::from(token.unwrap_or(node.text_range()).start()))
    }
}

/// Where the text of a tree lies in the file.
pub(super) enum Origin {
    /// From this byte on, unchanged.
    At(usize),
    /// In a string literal of another tree.
    In(Rc<Origin>, DecodedText),
}

impl Origin {
    /// The byte of the file that stands for byte `offset` of the tree's text.
    pub fn in_file(&self, offset: usize) -> usize {
        match self {
            Self::At(start) => start + offset,
            Self::In(outer, decoded) => {
                let offset = u32::try_from(offset).unwrap_or(u32::MAX);
                outer.in_file(usize::from(decoded.source_pos(offset.into())))
            }
        }
    }
}

/// The first token of `node` that is neither white space nor comment.
pub(super) fn first_token(node: &SyntaxNode) -> Option<SyntaxToken> {
    node.descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| !token.kind().is_trivia())
}

/// The first child of that kind.
pub(super) fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

/// Whether `node` has a child node of that kind.
pub(super) fn has(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    child(node, kind).is_some()
}

/// Whether `node` itself has a token of that kind (not a token of a child).
pub(super) fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens()
        .any(|element| element.kind() == kind && element.as_token().is_some())
}

/// The parser limits its own steps by panicking; a file that drives it there counts as unknown syntax.
pub(super) fn parse(text: &str) -> SyntaxNode {
    catch_unwind(AssertUnwindSafe(|| SourceFile::parse(text)))
        .unwrap_or_else(|_| SourceFile::parse(""))
        .tree()
        .syntax()
        .clone()
}

//! Tokens of SQL text, as the server's scanner sees them. Never fails: what is not SQL becomes a token too.

pub(super) use squawk_lexer::{LiteralKind, TokenKind};

/// A token and where it starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub kind: TokenKind,
    /// Byte offset in the text it was taken from.
    pub start: usize,
    pub text: &'a str,
}

impl Token<'_> {
    /// Byte offset behind the token.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// White space and comments, which the grammar never sees.
    pub fn is_trivia(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. }
        )
    }

    /// The unquoted word, whatever its case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Ident && self.text.eq_ignore_ascii_case(word)
    }

    /// One of these unquoted words.
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// The identifier as the catalogue has it: folded, or without its quotes.
    pub fn identifier(&self) -> Option<String> {
        match self.kind {
            TokenKind::Ident => Some(self.text.to_ascii_lowercase()),
            TokenKind::QuotedIdent {
                terminated: true,
                uescape: false,
            } => Some(self.text[1..self.text.len() - 1].replace("\"\"", "\"")),
            _ => None,
        }
    }

    /// What is wrong with the token itself, if it never ends.
    pub fn unterminated(&self) -> Option<&'static str> {
        let (ends, what) = match self.kind {
            TokenKind::BlockComment { terminated } => (terminated, "comment"),
            TokenKind::QuotedIdent { terminated, .. } => (terminated, "quoted identifier"),
            TokenKind::Literal { kind } => match kind {
                LiteralKind::DollarQuotedString { terminated } => {
                    (terminated, "dollar-quoted string")
                }
                LiteralKind::Str { terminated }
                | LiteralKind::EscStr { terminated }
                | LiteralKind::UnicodeEscStr { terminated }
                | LiteralKind::NationalStr { terminated }
                | LiteralKind::BitStr { terminated }
                | LiteralKind::ByteStr { terminated } => (terminated, "string"),
                _ => return None,
            },
            _ => return None,
        };
        (!ends).then_some(what)
    }
}

/// All tokens of `text`, trivia included; their texts put together are `text`.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut start = 0;
    squawk_lexer::tokenize(text).map(move |token| {
        let end = start + token.len as usize;
        let token = Token {
            kind: token.kind,
            start,
            text: &text[start..end],
        };
        start = end;
        token
    })
}

/// The tokens that the grammar sees.
pub(super) fn significant(text: &str) -> impl Iterator<Item = Token<'_>> {
    tokens(text).filter(|token| !token.is_trivia())
}

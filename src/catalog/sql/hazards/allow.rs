//! Comments that silence a rule for one statement.

use crate::catalog::sql::lex::{self, TokenKind};
use std::ops::Range;

/// The rules that `-- pgphase: allow rule, other-rule` names in the comments before a statement, inside
/// it, or behind it on its last line.
pub(super) fn allowed(text: &str, statement: Range<usize>) -> Vec<String> {
    let mut rules = Vec::new();
    for line in comments_before(&text[..statement.start]) {
        rules.extend(named(line));
    }
    // Most statements have no such comment: look before lexing.
    let line_end = text[statement.end..]
        .find('\n')
        .map_or(text.len(), |at| statement.end + at);
    let inside = &text[statement.start..line_end];
    if inside.contains("pgphase:") {
        let inside = lex::tokens(inside);
        for comment in inside.filter(|token| token.kind == TokenKind::LineComment) {
            rules.extend(named(comment.text));
        }
    }
    rules
}

/// The block of comment lines that ends right before the statement.
fn comments_before(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .rev()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| line.starts_with("--"))
}

fn named(comment: &str) -> Vec<String> {
    let words = comment
        .trim_start_matches('-')
        .trim()
        .strip_prefix("pgphase:");
    let Some(rules) = words.and_then(|words| words.trim().strip_prefix("allow ")) else {
        return Vec::new();
    };
    rules
        .split([',', ' '])
        .filter(|rule| !rule.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn comments_right_before_and_inside_a_statement_count() {
        let text = "-- pgphase: allow other\nselect 1;\n\n-- why\n-- pgphase: allow drop-table, truncate\nselect '-- pgphase: allow x' -- pgphase: allow drop-column\n;";
        let start = text.rfind("select").unwrap_or(0);
        assert_eq!(
            allowed(text, start..text.len()),
            ["drop-table", "truncate", "drop-column"]
        );
        assert_eq!(allowed(text, 24..32), ["other"]);
    }
}

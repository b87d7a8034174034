//! Bodies of functions and `do` blocks: SQL and PL/pgSQL inside a string literal.

use super::lex::{self, Token, TokenKind};
use super::tree::{Origin, Tree, child, parse};
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};
use std::rc::Rc;

/// The parsed body of a routine or `do` block.
#[derive(Clone)]
pub(super) struct Body {
    pub tree: Tree,
    pub language: Language,
}

/// The languages whose bodies are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Sql,
    Plpgsql,
}

/// The body of a `create function`, `create procedure` or `do`; `None` for other statements, other
/// languages, and for `begin atomic` and `return`, which are part of the statement's own tree.
pub(super) fn body(statement: &SyntaxNode, origin: &Rc<Origin>) -> Option<Body> {
    let (language, literal) = match ast::Do::cast(statement.clone()) {
        Some(block) => (block_language(&block)?, block.body()?),
        None => routine_body(&child(
            statement,
            squawk_syntax::SyntaxKind::FUNC_OPTION_LIST,
        )?)?,
    };
    let decoded = literal.decoded_value()?;
    let root = match language {
        Language::Sql => parse(decoded.text()),
        Language::Plpgsql => parse_plpgsql(decoded.text())?,
    };
    let origin = Rc::new(Origin::In(Rc::clone(origin), decoded));
    Some(Body {
        tree: Tree { root, origin },
        language,
    })
}

fn block_language(block: &ast::Do) -> Option<Language> {
    match block.do_language() {
        Some(language) => named(&language.language_name()?.name),
        None => Some(Language::Plpgsql),
    }
}

fn routine_body(options: &SyntaxNode) -> Option<(Language, ast::Literal)> {
    let mut language = None;
    let mut body = None;
    for option in ast::FuncOptionList::cast(options.clone())?.options() {
        match option {
            ast::FuncOption::LanguageFuncOption(option) => {
                language = named(&option.language_name()?.name);
            }
            ast::FuncOption::AsFuncOption(option) => {
                if let Some(ast::AsFuncTarget::AsDefinition(definition)) = option.as_func_target() {
                    body = definition.literal();
                }
            }
            _ => {}
        }
    }
    Some((language?, body?))
}

fn named(language: &str) -> Option<Language> {
    match language.to_ascii_lowercase().as_str() {
        "sql" => Some(Language::Sql),
        "plpgsql" => Some(Language::Plpgsql),
        _ => None,
    }
}

/// The tree of a PL/pgSQL body. Its offsets are those of `text`.
///
/// The grammar offers bodies only as part of a statement, so the text is wrapped in a `do` block.
fn parse_plpgsql(text: &str) -> Option<SyntaxNode> {
    let mut tag = "$pgphase$".to_owned();
    while text.contains(tag.trim_end_matches('$')) {
        tag.insert(1, 'x');
    }
    let root = parse(&format!("do {tag}{}{tag}", without_into(text)));
    let block = root.children().find_map(ast::Do::cast)?;
    Some(block.plpgsql()?.syntax())
}

/// Blanks out `into a, b.c` of SQL statements, byte for byte.
///
/// PL/pgSQL does the same before it hands a statement to the server; the grammar here has no `into`.
fn without_into(text: &str) -> String {
    let tokens: Vec<Token<'_>> = lex::significant(text).collect();
    let mut out = text.as_bytes().to_vec();
    let mut first: Option<&Token<'_>> = None;
    for (at, token) in tokens.iter().enumerate() {
        let own_into = at
            .checked_sub(1)
            .is_some_and(|at| tokens[at].is_any(&["insert", "merge"]));
        let kept = first.is_some_and(|first| first.is_any(&["fetch", "import", "execute"]));
        if token.is_word("into") && !own_into && !kept {
            let end = target_list_end(&tokens[at..]);
            for byte in &mut out[token.start..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        first = match token.kind {
            TokenKind::Semi => None,
            _ if token.is_any(&["then", "else", "loop", "begin"]) => None,
            _ => first.or(Some(token)),
        };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Where the targets end that follow the `into` which is the first of `tokens`.
fn target_list_end(tokens: &[Token<'_>]) -> usize {
    let mut at = 1 + usize::from(tokens.get(1).is_some_and(|token| token.is_word("strict")));
    let mut end = tokens[at - 1].end();
    while let Some(token) = tokens.get(at).filter(|token| token.identifier().is_some()) {
        end = token.end();
        at += 1;
        while let Some(next) = accessor(&tokens[at..]) {
            at += next;
            end = tokens[at - 1].end();
        }
        match tokens.get(at) {
            Some(token) if token.kind == TokenKind::Comma => at += 1,
            _ => break,
        }
    }
    end
}

/// How many tokens `.field` or `[index]` takes.
fn accessor(tokens: &[Token<'_>]) -> Option<usize> {
    match tokens.first()?.kind {
        TokenKind::Dot => tokens.get(1)?.identifier().map(|_| 2),
        TokenKind::OpenBracket => {
            let close = tokens
                .iter()
                .position(|token| token.kind == TokenKind::CloseBracket)?;
            Some(close + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use squawk_syntax::SyntaxKind;

    fn errors(text: &str) -> usize {
        let root = parse_plpgsql(text).expect("a body");
        root.descendants()
            .filter(|node| node.kind() == SyntaxKind::ERROR)
            .count()
    }

    #[test]
    fn every_place_of_into_is_blanked_and_nothing_else() {
        let text = "begin select a into strict x, r.y, z[1]\nfrom t; insert into t values (1) returning id into é; end";
        let blanked = without_into(text);
        assert_eq!(blanked.len(), text.len());
        assert!(
            blanked.contains("insert into t values (1) returning id"),
            "{blanked}"
        );
        assert!(!blanked.contains("strict") && !blanked.contains('z') && !blanked.contains('é'));
        assert!(blanked.contains("\nfrom t;"), "{blanked}");
    }

    #[test]
    fn statements_with_into_are_parsed() {
        assert_eq!(
            errors("begin select a, b into x, y from t where c = 1 for update; end"),
            0
        );
        assert_eq!(errors("begin select into x a from t; end;"), 0);
        assert_eq!(
            errors("begin with c as (select 1) update t set a = 1 returning a into x; end"),
            0
        );
        assert_eq!(
            errors("begin delete from t returning * into strict r; end"),
            0
        );
        assert_eq!(
            errors("begin if a then select case when b then c else d end into e; end if; end"),
            0
        );
        assert_eq!(
            errors("begin execute 'select 1' into x using y; fetch c into r; end"),
            0
        );
        assert_eq!(
            errors("begin merge into t using s on true when matched then delete; end"),
            0
        );
    }

    #[test]
    fn a_body_may_contain_the_quotes_of_the_wrapper() {
        assert_eq!(
            errors("begin perform $pgphase$x$pgphase$, $xpgphase$y$xpgphase$; end"),
            0
        );
    }
}

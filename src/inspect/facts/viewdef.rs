//! One form for view definitions, whichever server printed them.
//!
//! Up to PostgreSQL 15 a view on a single table is printed with the table's name before each column, from 16 on
//! without. The shorter form is what is kept: in a select from one table the name says nothing.

/// A definition as `pg_get_viewdef` prints it, without the names of the only table of the outermost select.
pub fn normalise(definition: &str) -> String {
    let definition = definition.trim().trim_end_matches(';');
    let tokens = outer_tokens(definition);
    match only_source(definition, &tokens) {
        Some((alias, from)) => without_prefix(definition, &tokens, &alias, from),
        None => definition.to_owned(),
    }
}

/// A piece of text outside of strings: a name or a single character.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Token<'a> {
    text: &'a str,
    start: usize,
    /// Parentheses around it.
    depth: usize,
    /// Inside a select within the outermost one.
    inner: bool,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.text == word
    }

    fn is_name(&self) -> bool {
        self.text
            .starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '"')
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

fn outer_tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    // For each open parenthesis, whether it holds a select.
    let mut open: Vec<bool> = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let length = token_length(&text[at..], next);
        let piece = &text[at..at + length];
        if !next.is_whitespace() && next != '\'' {
            if piece == ")" {
                open.pop();
            }
            if matches!(piece, "SELECT" | "WITH" | "VALUES")
                && tokens.last().is_some_and(|last| last.is("("))
                && let Some(last) = open.last_mut()
            {
                *last = true;
            }
            let inner = open.contains(&true);
            tokens.push(Token {
                text: piece,
                start: at,
                depth: open.len(),
                inner,
            });
            if piece == "(" {
                open.push(false);
            }
        }
        at += length;
    }
    tokens
}

fn token_length(text: &str, next: char) -> usize {
    match next {
        '\'' | '"' => quoted_length(text, next),
        c if c.is_alphanumeric() || c == '_' => text
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .unwrap_or(text.len()),
        c => c.len_utf8(),
    }
}

/// Strings are printed with doubled quotes; those with a backslash as `E'...'` with doubled backslashes.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut from = 1;
    while let Some(at) = text[from..].find(quote).map(|at| from + at) {
        if !text[at + 1..].starts_with(quote) {
            return at + 1;
        }
        from = at + 2;
    }
    text.len()
}

/// The name of the only table (or function, or subselect) of the outermost select, and the tokens that name it.
fn only_source(text: &str, tokens: &[Token<'_>]) -> Option<(String, std::ops::Range<usize>)> {
    const ENDS: [&str; 9] = [
        "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR",
    ];
    let outer = |token: &Token<'_>| token.depth == 0;
    let several =
        |token: &Token<'_>| outer(token) && ["UNION", "INTERSECT", "EXCEPT"].contains(&token.text);
    if tokens.iter().any(several) {
        return None;
    }
    // A clause begins a line; FROM of `is distinct from` does not.
    let clause = |token: &Token<'_>| {
        outer(token) && text[..token.start].trim_end_matches(' ').ends_with('\n')
    };
    let from = tokens
        .iter()
        .position(|token| token.is("FROM") && clause(token))?;
    let rest = &tokens[from + 1..];
    let length = rest
        .iter()
        .position(|token| clause(token) && ENDS.contains(&token.text));
    let length = length.unwrap_or(rest.len());
    let source = &rest[..length];
    if source
        .iter()
        .any(|token| !token.inner && (token.is("JOIN") || token.is(",") && token.depth == 0))
    {
        return None;
    }
    let names: Vec<_> = source.iter().filter(|token| token.depth == 0).collect();
    let modifier =
        |token: &&&Token<'_>| ["ONLY", "LATERAL", "TABLESAMPLE", "WITH"].contains(&token.text);
    let names: Vec<_> = match names.iter().skip(1).position(|token| modifier(&token)) {
        Some(end) => names[..=end].to_vec(),
        None => names,
    };
    let alias = names.iter().rev().find(|token| token.is_name())?;
    Some((alias.text.to_owned(), from + 1..from + 1 + length))
}

fn without_prefix(
    text: &str,
    tokens: &[Token<'_>],
    alias: &str,
    from: std::ops::Range<usize>,
) -> String {
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, token) in tokens.iter().enumerate() {
        let follows = |ahead: usize| tokens.get(at + ahead);
        let is_prefix = token.is(alias)
            && !token.inner
            && !from.contains(&at)
            && follows(1).is_some_and(|dot| dot.is(".") && dot.start == token.end())
            && follows(2).is_some_and(Token::is_name)
            && follows(3).is_none_or(|after| {
                let adjoins = follows(2).is_some_and(|name| name.end() == after.start);
                !(adjoins && (after.is("(") || after.is(".")))
            })
            && (at == 0 || !matches!(tokens[at - 1].text, "." | ":"));
        if is_prefix {
            result.push_str(&text[copied..token.start]);
            copied = token.end() + 1;
        }
    }
    result.push_str(&text[copied..]);
    result
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn the_only_tables_name_goes_and_others_stay() {
        let old = " SELECT users.id,\n    lower(users.name) AS name\n   FROM public.users\n  WHERE users.active;";
        let new = " SELECT id,\n    lower(name) AS name\n   FROM public.users\n  WHERE active;";
        assert_eq!(normalise(old), normalise(new));
        assert_eq!(normalise(old), new.trim().trim_end_matches(';'));
        let joined = "SELECT a.id\n   FROM (public.a\n     JOIN public.b ON ((a.id = b.id)))";
        assert_eq!(normalise(joined), joined);
    }

    #[test]
    fn an_alias_counts_and_strings_are_left_alone() {
        let old = "SELECT u.id,\n    'u.id'::text AS t\n   FROM public.users u";
        assert_eq!(
            normalise(old),
            "SELECT id,\n    'u.id'::text AS t\n   FROM public.users u"
        );
    }

    #[test]
    fn selects_inside_keep_their_names() {
        let old = "SELECT u.id,\n    ( SELECT count(*) AS count\n           FROM public.t\n          WHERE (t.u = u.id)) AS n\n   FROM public.users u";
        let new = old.replacen("u.id", "id", 1);
        assert_eq!(normalise(old), new);
    }

    #[test]
    fn functions_and_types_of_a_schema_named_like_the_table_stay() {
        let old = "SELECT app.f(app.id) AS f,\n    'x'::app.mood AS m\n   FROM app.app";
        assert_eq!(
            normalise(old),
            "SELECT app.f(id) AS f,\n    'x'::app.mood AS m\n   FROM app.app"
        );
    }

    #[test]
    fn unions_and_joins_are_as_printed() {
        let union = "SELECT t.id\n   FROM public.t\nUNION\n SELECT s.id\n   FROM public.s";
        assert_eq!(normalise(union), union);
    }
}

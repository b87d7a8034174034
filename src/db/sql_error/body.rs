//! A line inside a function's or a do block's body → the line of the file.

/// The file's line, from 1, that the innermost PL/pgSQL line of a server's CONTEXT means. Nothing where the file does
/// not define that function, or defines several of that name. `statement` is the byte at which the failed statement
/// begins, where it is known.
pub fn line(context: &str, text: &str, statement: Option<usize>) -> Option<u32> {
    let (name, line) = context.lines().find_map(function_and_line)?;
    let from = match name.as_str() {
        "inline_code_block" => do_block(text, statement)?,
        name => definition(text, name)?,
    };
    let body = body_start(text, from)?;
    let before = text[..body].matches('\n').count() as u32;
    // A body's first line is the rest of the line with the opening quote.
    Some(before + line)
}

/// `PL/pgSQL function public.f(integer) line 3 at RAISE` → `f`, 3.
fn function_and_line(line: &str) -> Option<(String, u32)> {
    let rest = line.strip_prefix("PL/pgSQL function ")?;
    let (function, rest) = rest.rsplit_once(" line ")?;
    let number = rest
        .split(' ')
        .next()?
        .parse()
        .ok()
        .filter(|number| *number > 0)?;
    let signature = function.split_once('(').map_or(function, |(name, _)| name);
    Some((last_part(signature), number))
}

/// A name without its schema and its quotes, in the case in which the server keeps it.
fn last_part(name: &str) -> String {
    match name
        .strip_suffix('"')
        .and_then(|rest| rest.rsplit_once('"'))
    {
        Some((_, quoted)) => quoted.to_owned(),
        None => name.rsplit('.').next().unwrap_or(name).to_lowercase(),
    }
}

/// Where the only definition of a function of that name begins.
fn definition(text: &str, name: &str) -> Option<usize> {
    let mut found = words(text).filter(|(at, word)| {
        matches!(word.to_ascii_lowercase().as_str(), "function" | "procedure")
            && is_created(&text[..*at])
            && defined_name(&text[at + word.len()..]).is_some_and(|defined| defined == name)
    });
    let (at, _) = found.next()?;
    found.next().is_none().then_some(at)
}

/// Whether `create` or `create or replace` stands just before.
fn is_created(before: &str) -> bool {
    let mut words = before.split_whitespace().rev().map(str::to_ascii_lowercase);
    match words.next().as_deref() {
        Some("create") => true,
        Some("replace") => words.next().as_deref() == Some("or"),
        _ => false,
    }
}

/// The name between `function` and its parenthesis.
fn defined_name(after: &str) -> Option<String> {
    let (name, _) = after.split_once('(')?;
    Some(last_part(name.trim()))
}

/// The failed statement, if it is a do block; else the only do block of the file.
fn do_block(text: &str, statement: Option<usize>) -> Option<usize> {
    if let Some(at) = statement {
        return Some(at);
    }
    let is_do = |(at, word): &(usize, &str)| {
        let before = text[..*at].trim_end();
        word.eq_ignore_ascii_case("do")
            && (before.is_empty()
                || before.ends_with(';')
                || text[..*at].trim_end_matches(' ').ends_with('\n'))
    };
    let mut blocks = words(text).filter(is_do);
    let (at, _) = blocks.next()?;
    blocks.next().is_none().then_some(at)
}

/// Words with the byte at which they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|next: char| !(next.is_alphanumeric() || next == '_'))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// The byte behind the first `$tag$` or `as '` from a place on.
fn body_start(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut dollars = rest.match_indices('$').map(|(at, _)| at);
    let open = dollars.next()?;
    let close = dollars.next()?;
    let is_tag = rest[open + 1..close]
        .chars()
        .all(|next| next.is_alphanumeric() || next == '_');
    is_tag.then_some(from + close + 1)
}

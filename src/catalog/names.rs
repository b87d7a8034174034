//! Names of systems, phases and files, and what was probably meant by a wrong one.

use std::cmp::Reverse;

/// PostgreSQL's limit for an identifier, in bytes.
pub const LONGEST: usize = 63;

/// What may stand in a phase's folder, for messages.
pub const PHASE_FILES: &str = "a phase's folder holds NNN_description.sql, NNN_description.down.sql, R_description.sql, R_description.down.sql, seed.toml and verify.sql";

/// Lower case, digits, underscore; begins with a letter: names of systems, phases, tasks, queries.
pub fn is_name(text: &str) -> bool {
    text.len() <= LONGEST && text.starts_with(|c: char| c.is_ascii_lowercase()) && is_word(text)
}

/// Not empty, and nothing but lower case, digits and underscore.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'))
}

/// The candidate that differs from `word` by a typing mistake.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = |candidate: &&str| {
        let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
        (distance <= (candidate.chars().count() / 3).max(1)).then_some(distance)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| near(&candidate).map(|distance| (distance, candidate)))
        .min_by_key(|(distance, candidate)| (*distance, Reverse(candidate.len())))
        .map(|(_, candidate)| candidate)
}

/// A hint for a wrong word: the one that was probably meant, else all there are.
pub fn did_you_mean(word: &str, candidates: &[&str], what: &str) -> String {
    match closest(word, candidates.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if candidates.is_empty() => format!("there are no {what}"),
        None => format!("{what}: {}", candidates.join(", ")),
    }
}

/// What a file of a phase's folder is, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhaseFile {
    /// `001_schema.sql`: number and name without extension.
    Up(i64, String),
    /// `001_schema.down.sql`.
    Down(i64, String),
    /// `R_functions.sql`.
    Repeatable(String),
    /// `R_functions.down.sql`.
    RepeatableDown(String),
    /// `seed.toml`.
    Seed,
    /// `verify.sql`.
    Verify,
}

impl PhaseFile {
    /// Reads a file's name.
    ///
    /// # Errors
    /// Why the name is none of a phase's files.
    pub fn parse(name: &str) -> Result<Self, String> {
        match name {
            "seed.toml" => return Ok(Self::Seed),
            "verify.sql" => return Ok(Self::Verify),
            _ => {}
        }
        let stem = name.strip_suffix(".sql").ok_or("it does not end in .sql")?;
        let (stem, down) = stem
            .strip_suffix(".down")
            .map_or((stem, false), |stem| (stem, true));
        if stem.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} characters"));
        }
        let (prefix, description) = stem
            .split_once('_')
            .ok_or("it has no description: an underscore and some words after the number")?;
        check_description(description)?;
        let stem = stem.to_owned();
        Ok(match (prefix, down) {
            ("R", false) => Self::Repeatable(stem),
            ("R", true) => Self::RepeatableDown(stem),
            (digits, false) => Self::Up(file_number(digits)?, stem),
            (digits, true) => Self::Down(file_number(digits)?, stem),
        })
    }
}

/// The NNN of a migration: at least three digits, so that listings sort, at most fifteen, so that the
/// version fits; a timestamp has fourteen.
fn file_number(digits: &str) -> Result<i64, String> {
    if digits == "r" {
        return Err("the R of a repeatable is upper case".to_owned());
    }
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{digits}` is neither a number nor R"));
    }
    let number = match digits.len() {
        1 | 2 => {
            return Err(format!(
                "its number has fewer than three digits: write {digits:0>3}"
            ));
        }
        3..=15 => digits
            .parse()
            .map_err(|_| "its number is too large".to_owned())?,
        _ => return Err("its number has more than fifteen digits".to_owned()),
    };
    if number == 0 {
        Err("numbers begin at 001".to_owned())
    } else {
        Ok(number)
    }
}

fn check_description(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("its description is empty".to_owned());
    }
    if text.starts_with('_') || text.ends_with('_') {
        return Err("its description begins or ends with an underscore".to_owned());
    }
    match text
        .chars()
        .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_'))
    {
        Some(c) => Err(format!(
            "`{c}` in its description: only lower-case letters, digits and underscores"
        )),
        None => Ok(()),
    }
}

/// Splits `schema.table`, each of which may be quoted as in SQL (`public."T 1"`); nothing where it is not exactly that.
/// What is quoted comes without its quotes, and cannot hold one.
pub fn split_qualified(text: &str) -> Option<(&str, &str)> {
    let (schema, rest) = identifier(text)?;
    let (name, rest) = identifier(rest.strip_prefix('.')?)?;
    rest.is_empty().then_some((schema, name))
}

/// The identifier at the start, and what comes after it.
fn identifier(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, rest) = quoted.split_once('"')?;
        let fine = !name.is_empty() && name.len() <= LONGEST && !name.contains(char::is_control);
        return fine.then_some((name, rest));
    }
    let (name, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let fine = !name.is_empty()
        && name.len() <= LONGEST
        && !name.contains(|c: char| c == '"' || c.is_whitespace() || c.is_control());
    fine.then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_told_apart() {
        assert_eq!(
            PhaseFile::parse("001_schema.sql"),
            Ok(PhaseFile::Up(1, "001_schema".into()))
        );
        assert_eq!(
            PhaseFile::parse("20261120094500_x.down.sql"),
            Ok(PhaseFile::Down(
                20_261_120_094_500,
                "20261120094500_x".into()
            ))
        );
        assert_eq!(
            PhaseFile::parse("R_f.sql"),
            Ok(PhaseFile::Repeatable("R_f".into()))
        );
        assert_eq!(
            PhaseFile::parse("R_f.down.sql"),
            Ok(PhaseFile::RepeatableDown("R_f".into()))
        );
    }

    #[test]
    fn bad_file_names_say_what_is_wrong() {
        for (name, reason) in [
            ("001_schema.SQL", "does not end in .sql"),
            ("1_schema.sql", "write 001"),
            ("000_schema.sql", "begin at 001"),
            ("001.sql", "no description"),
            ("001_.sql", "description is empty"),
            ("001_Schema.sql", "`S` in its description"),
            ("001_a-b.sql", "`-` in its description"),
            ("001_a.up.sql", "`.` in its description"),
            ("V1__a.sql", "begins or ends with an underscore"),
            ("V1_a.sql", "`V1` is neither"),
            ("r_a.sql", "upper case"),
            ("1234567890123456_a.sql", "more than fifteen"),
            ("٣٣٣_a.sql", "neither a number"),
        ] {
            let error = PhaseFile::parse(name).expect_err(name);
            assert!(error.contains(reason), "{name}: {error}");
        }
    }

    #[test]
    fn a_typing_mistake_finds_its_word_and_another_word_does_not() {
        assert_eq!(closest("tittle", ["title", "platform"]), Some("title"));
        assert_eq!(
            closest("depend_on", ["depends_on", "domain"]),
            Some("depends_on")
        );
        assert_eq!(closest("owner", ["title", "platform"]), None);
    }

    #[test]
    fn a_qualified_name_has_one_dot() {
        assert_eq!(split_qualified("public.tier"), Some(("public", "tier")));
        let quoted = [
            ("public.\"T 1\"", ("public", "T 1")),
            ("\"My schema\".\"a.b\"", ("My schema", "a.b")),
        ];
        for (text, parts) in quoted {
            assert_eq!(split_qualified(text), Some(parts), "{text}");
        }
        for bad in [
            "tier",
            "a.b.c",
            ".a",
            "a.",
            "a b.c",
            "\"a.b",
            "a.\"\"",
            "a.\"b\"c",
            "a.\"b\"\"c\"",
            "a\"b\".c",
        ] {
            assert_eq!(split_qualified(bad), None, "{bad}");
        }
    }
}

//! The counts that a system's document gives, taken over the names that the snapshot knows: a table that somebody added
//! to schema public changes none of them.

use super::facts::{Attr, Fact, Facts};
use crate::catalog::Counts;
use crate::report::Check;

/// The checks for one set of documented counts.
///
/// `names` are the facts that count, `label` what the checks' names begin with.
pub fn checks<'a>(
    label: &str,
    counts: &Counts,
    names: impl Iterator<Item = (&'a str, &'a Fact)>,
    live: &Facts,
) -> Vec<Check> {
    let present: Vec<_> = names.filter(|(key, _)| live.get(key).is_some()).collect();
    let check = |(name, expected): (&String, &u32)| {
        let (kind, at_least) = match name.strip_suffix("_min") {
            Some(kind) => (kind, true),
            None => (name.as_str(), false),
        };
        let actual = present
            .iter()
            .filter(|(key, fact)| is_kind(kind, key, fact))
            .count() as u64;
        let title = if at_least {
            format!("{label}{kind}, at least")
        } else {
            format!("{label}{kind}")
        };
        let new = if at_least {
            Check::at_least
        } else {
            Check::exactly
        };
        new(title, u64::from(*expected), actual)
    };
    counts.iter().map(check).collect()
}

/// Whether a fact counts as one of that kind; only schema public counts.
fn is_kind(kind: &str, key: &str, fact: &Fact) -> bool {
    let of = |words: &[&str]| {
        words.iter().any(|word| {
            key.strip_prefix(word)
                .is_some_and(|path| path.starts_with(" public."))
        })
    };
    match kind {
        "tables" => of(&["table"]),
        "functions" => of(&["function"]),
        "enums" => of(&["enum"]),
        "views" => of(&["view", "materialized view"]),
        "triggers" => of(&["trigger"]),
        "policies" => of(&["policy"]),
        "indexes" => of(&["index"]) || of(&["constraint"]) && has_index(fact),
        _ => false,
    }
}

fn has_index(fact: &Fact) -> bool {
    let definition = fact.text(Attr::Definition).unwrap_or_default();
    ["PRIMARY KEY", "UNIQUE", "EXCLUDE"]
        .iter()
        .any(|word| definition.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_of_constraints_count_and_private_functions_do_not() {
        let mut key = Fact::default();
        key.set(Attr::Definition, "PRIMARY KEY (id)");
        let none = Fact::default();
        let names = [
            ("constraint public.t.t_pkey", &key),
            ("constraint public.t.t_check", &none),
            ("index public.i", &none),
            ("function public.f()", &none),
            ("function private.f()", &none),
        ];
        let live = Facts(
            names
                .iter()
                .map(|(key, fact)| (Box::from(*key), (*fact).clone()))
                .collect(),
        );
        let counts = Counts::from([("functions".into(), 2), ("indexes_min".into(), 2)]);
        let checks = checks("", &counts, names.into_iter(), &live);
        assert_eq!(checks[0], Check::exactly("functions", 2, 1));
        assert_eq!(checks[1], Check::at_least("indexes, at least", 2, 2));
        assert!(!checks[0].ok && checks[1].ok);
    }
}

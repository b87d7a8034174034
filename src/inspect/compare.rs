//! What a database has against what it should have, in words.

use super::facts::key::{self, Owner};
use super::facts::{Attr, Fact, Facts, Value};
use super::snapshot::Expected;
use crate::report::{Finding, What};
use std::collections::{BTreeMap, BTreeSet};

/// Which of the objects that should not be there are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extras {
    /// What hangs on our own objects: a grant, a policy, a trigger, a column.
    OnOurs,
    /// Also objects of their own, which may be a user's.
    All,
}

/// The differences between what should be and what is.
pub fn compare(expected: &Expected<'_>, live: &Facts, extras: Extras) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing = missing_owners(expected, live);
    for (key, wanted) in &expected.facts {
        match live.get(key) {
            Some(found) => findings.extend(difference(key, found, wanted)),
            None if !key::is_object(key) && missing.contains(&key::owner(key, wanted)) => {}
            None => findings.push(absence(key, wanted)),
        }
    }
    for (key, wanted) in &expected.partial {
        match live.get(key) {
            Some(found) => findings.extend(partial_difference(key, found, wanted)),
            None => findings.push(Finding::error(What::Missing, *key, "missing")),
        }
    }
    for key in expected.absent.iter().filter(|key| live.get(key).is_some()) {
        findings.push(Finding::error(
            What::Extra,
            *key,
            "should not be there: a phase drops it",
        ));
    }
    findings.extend(surplus(expected, live, extras));
    findings
}

fn missing_owners(expected: &Expected<'_>, live: &Facts) -> BTreeSet<Owner> {
    let gone = expected
        .facts
        .iter()
        .filter(|(key, _)| key::is_object(key) && live.get(key).is_none());
    gone.map(|(key, fact)| key::owner(key, fact)).collect()
}

fn absence(key: &str, wanted: &Fact) -> Finding {
    if is_grant(key) {
        let names: Vec<_> = wanted.iter().map(|(attr, _)| attr.label()).collect();
        return Finding::error(What::Missing, key, format!("missing: {}", names.join(", ")));
    }
    Finding::error(What::Missing, key, "missing")
}

fn is_grant(key: &str) -> bool {
    key.starts_with("grant on ") || key.starts_with("default privileges in ")
}

fn difference(key: &str, found: &Fact, wanted: &Fact) -> Option<Finding> {
    if found == wanted {
        return None;
    }
    let words: Vec<_> = found
        .differences(wanted)
        .into_iter()
        .map(|(attr, is, should)| {
            if is_grant(key) {
                grant_words(attr, is, should)
            } else {
                words(attr, is, should)
            }
        })
        .collect();
    Some(Finding::error(What::Different, key, words.join("; ")))
}

fn partial_difference(
    key: &str,
    found: &Fact,
    wanted: &BTreeMap<Attr, Option<&Value>>,
) -> Option<Finding> {
    let differing = wanted
        .iter()
        .filter(|(attr, should)| found.get(**attr) != **should);
    let words: Vec<_> = differing
        .map(|(attr, should)| words(*attr, found.get(*attr), *should))
        .collect();
    (!words.is_empty()).then(|| Finding::error(What::Different, key, words.join("; ")))
}

fn grant_words(attr: Attr, is: Option<&Value>, should: Option<&Value>) -> String {
    let label = attr.label();
    match (is, should) {
        (None, _) => format!("{label} is missing"),
        (_, None) => format!("{label} should not be granted"),
        (Some(Value::Yes), _) => format!("{label} should be granted with grant option"),
        _ => format!("{label} should be granted without grant option"),
    }
}

fn words(attr: Attr, is: Option<&Value>, should: Option<&Value>) -> String {
    if attr == Attr::Body {
        return "its body is not the one of the files".to_owned();
    }
    let (is, should) = excerpts(&attr.show(is), &attr.show(should));
    format!("{} is {is}, should be {should}", attr.label())
}

/// Long texts are cut down to where they begin to differ.
fn excerpts(is: &str, should: &str) -> (String, String) {
    const LONG: usize = 160;
    if is.len() <= LONG && should.len() <= LONG {
        return (is.to_owned(), should.to_owned());
    }
    let common = is
        .chars()
        .zip(should.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let skip = common.saturating_sub(40);
    let cut = |text: &str| {
        let part: String = text.chars().skip(skip).take(LONG).collect();
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        let before = if skip > 0 { "…" } else { "" };
        let after = if text.chars().count() > skip + LONG {
            "…"
        } else {
            ""
        };
        format!("`{before}{part}{after}`")
    };
    (cut(is), cut(should))
}

/// What is there and should not be.
fn surplus(expected: &Expected<'_>, live: &Facts, extras: Extras) -> Vec<Finding> {
    let ours: BTreeSet<Owner> = expected
        .facts
        .iter()
        .filter(|(key, _)| key::is_object(key))
        .map(|(key, fact)| key::owner(key, fact))
        .collect();
    let known = |key: &str| {
        expected.facts.contains_key(key)
            || expected.partial.contains_key(key)
            || expected.absent.contains(key)
    };
    let unknown: Vec<_> = live.iter().filter(|(key, _)| !known(key)).collect();
    let strange: BTreeSet<Owner> = unknown
        .iter()
        .filter(|(key, _)| key::is_object(key))
        .map(|(key, fact)| key::owner(key, fact))
        .collect();
    let judge = |(key, fact): &(&str, &Fact)| {
        let owner = key::owner(key, fact);
        if !key::is_object(key) && ours.contains(&owner) || uses_ours(key, &strange, &owner) {
            return Some(on_ours(key, fact));
        }
        let own = key::is_object(key) || owner == Owner::Nothing;
        (extras == Extras::All && own && !is_platform(key, fact, expected)).then(|| {
            // It may be a user's own: found, but nothing that the files promise is broken.
            Finding::warning(
                What::Extra,
                *key,
                "is there and belongs to no applied phase",
            )
        })
    };
    unknown.iter().filter_map(judge).collect()
}

/// Triggers on tables outside of our schemas are only read if they call one of our functions; so are event triggers.
fn uses_ours(key: &str, strange: &BTreeSet<Owner>, owner: &Owner) -> bool {
    key.starts_with("event trigger ") || key.starts_with("trigger ") && !strange.contains(owner)
}

/// What is not for the files of a system to say. An extension in one of our schemas stands among our objects.
fn is_platform(key: &str, fact: &Fact, expected: &Expected<'_>) -> bool {
    let among_ours = fact.text(Attr::Schema).is_some_and(|schema| {
        expected
            .facts
            .keys()
            .any(|key| in_schema(key, fact, schema))
    });
    key.starts_with("extension ") && !among_ours || key.starts_with("schema ")
}

fn in_schema(key: &str, fact: &Fact, wanted: &str) -> bool {
    match key::owner(key, fact) {
        Owner::Relation(schema, _) | Owner::Function(schema, ..) | Owner::Type(schema, _) => {
            schema == wanted
        }
        _ => false,
    }
}

fn on_ours(key: &str, fact: &Fact) -> Finding {
    let harmless = key.starts_with("statistics ")
        || key.starts_with("index ")
            && !fact
                .text(Attr::Definition)
                .is_some_and(|text| text.starts_with("CREATE UNIQUE"));
    if is_grant(key) {
        let names: Vec<_> = fact.iter().map(|(attr, _)| attr.label()).collect();
        return Finding::error(
            What::Extra,
            key,
            format!("should not be granted: {}", names.join(", ")),
        );
    }
    if key.starts_with("index ") && fact.get(Attr::Invalid).is_some() {
        let detail = "is not in the files and invalid: an interrupted build left it behind";
        return Finding::warning(What::Extra, key, detail);
    }
    let detail = "is not in the files";
    if harmless {
        Finding::warning(What::Extra, key, detail)
    } else {
        Finding::error(What::Extra, key, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;
    use std::borrow::Cow;

    fn fact(pairs: &[(Attr, Value)]) -> Fact {
        let mut fact = Fact::default();
        pairs
            .iter()
            .for_each(|(attr, value)| fact.put(*attr, Some(value.clone())));
        fact
    }

    fn live(facts: &[(&str, Fact)]) -> Facts {
        Facts(
            facts
                .iter()
                .map(|(key, fact)| (Box::from(*key), fact.clone()))
                .collect(),
        )
    }

    fn expected<'a>(facts: &'a [(&'a str, Fact)]) -> Expected<'a> {
        let facts = facts
            .iter()
            .map(|(key, fact)| (*key, Cow::Borrowed(fact)))
            .collect();
        Expected {
            facts,
            ..Expected::default()
        }
    }

    #[test]
    fn a_missing_table_is_one_finding_and_not_one_for_each_column() {
        let wanted = [
            ("table public.t", Fact::default()),
            ("column public.t.a", Fact::default()),
        ];
        let findings = compare(&expected(&wanted), &Facts::default(), Extras::OnOurs);
        assert_eq!(
            findings,
            [Finding::error(What::Missing, "table public.t", "missing")]
        );
    }

    #[test]
    fn attributes_that_differ_are_named_in_words() {
        let wanted = [(
            "column public.t.a",
            fact(&[
                (Attr::Type, "character varying(20)".into()),
                (Attr::NotNull, Value::Yes),
            ]),
        )];
        let found = live(&[("column public.t.a", fact(&[(Attr::Type, "text".into())]))]);
        let findings = compare(&expected(&wanted), &found, Extras::OnOurs);
        assert_eq!(
            findings[0].detail,
            "type is text, should be character varying(20); null is allowed, should be forbidden"
        );
    }

    #[test]
    fn a_users_own_table_is_drift_only_with_everything_on_it() {
        let own = live(&[
            ("table public.mine", Fact::default()),
            ("column public.mine.a", Fact::default()),
        ]);
        assert_eq!(compare(&Expected::default(), &own, Extras::OnOurs), []);
        let drift = compare(&Expected::default(), &own, Extras::All);
        assert_eq!(drift.len(), 1);
        assert_eq!(drift[0].object, "table public.mine");
    }

    #[test]
    fn an_index_that_somebody_added_is_a_warning_and_a_unique_one_an_error() {
        let wanted = [("table public.t", Fact::default())];
        let index = |text: &str| {
            fact(&[
                (Attr::Table, "public.t".into()),
                (Attr::Definition, text.into()),
            ])
        };
        let found = live(&[
            ("table public.t", Fact::default()),
            (
                "index public.a",
                index("CREATE INDEX a ON public.t USING btree (x)"),
            ),
            (
                "index public.b",
                index("CREATE UNIQUE INDEX b ON public.t USING btree (x)"),
            ),
        ]);
        let findings = compare(&expected(&wanted), &found, Extras::OnOurs);
        let levels: Vec<_> = findings.iter().map(|finding| finding.level).collect();
        assert_eq!(levels, [Level::Warning, Level::Error]);
    }

    #[test]
    fn long_definitions_are_cut_to_where_they_differ() {
        let same = "x ".repeat(200);
        let (is, should) = excerpts(&format!("{same}old"), &format!("{same}new"));
        assert!(
            is.len() < 120 && is.contains("old") && should.contains("new"),
            "{is} {should}"
        );
    }
}

//! Access control lists as facts: one a grantee, with a mark for each privilege.

use super::Assembly;
use crate::inspect::facts::attr::{Attr, Fact, Value};
use crate::inspect::facts::key;
use crate::inspect::facts::rows::{array, unquote};
use std::collections::BTreeMap;

impl Assembly<'_> {
    /// Adds the grants on an object. An object without a list has PostgreSQL's default one. What the owner, the
    /// database's owner and superusers have is left out: it says nothing about the files.
    pub(super) fn grants(&mut self, word: &str, path: &str, owner: &str, acl: Option<&str>) {
        for (grantee, fact) in parse(word, acl) {
            if grantee == owner || self.mighty.contains(&grantee) {
                continue;
            }
            if !fact.is_empty() {
                self.add(
                    format!("grant on {word} {path} to {}", role(&grantee)),
                    fact,
                );
            }
        }
    }
}

/// Servers from 17 on add MAINTAIN to ALL. Where it came with privileges that hardly anybody grants by name, it is
/// left out, so that the same files give the same facts on older servers; granted by itself it counts.
fn is_remainder_of_all(fact: &Fact) -> bool {
    [Attr::Truncate, Attr::References, Attr::Trigger]
        .iter()
        .any(|attr| fact.get(*attr).is_some())
}

pub(super) fn role(grantee: &str) -> String {
    if grantee.is_empty() {
        "public".to_owned()
    } else {
        key::ident(grantee).into_owned()
    }
}

/// Grantees (empty: everybody) with their privileges.
pub(super) fn parse(word: &str, acl: Option<&str>) -> BTreeMap<String, Fact> {
    let default = match word {
        "function" => "{=X/-}",
        "enum" | "domain" | "range type" | "composite type" | "type" => "{=U/-}",
        _ => "{}",
    };
    let mut grants: BTreeMap<String, Fact> = BTreeMap::new();
    for item in array(acl.unwrap_or(default)) {
        let (grantee, privileges) = split(&item);
        let fact = grants.entry(grantee).or_default();
        let mut letters = privileges.chars().peekable();
        while let Some(letter) = letters.next() {
            let option = letters.next_if_eq(&'*').is_some();
            if let Some(attr) = Attr::privilege(letter) {
                // Two grantors may have given the same privilege; the stronger one counts.
                let value = if option {
                    "with grant option".into()
                } else {
                    Value::Yes
                };
                if option || fact.get(attr).is_none() {
                    fact.set(attr, value);
                }
            }
        }
    }
    for fact in grants.values_mut().filter(|fact| is_remainder_of_all(fact)) {
        fact.put(Attr::Maintain, None);
    }
    grants
}

/// Grantee and privileges of `grantee=privileges/grantor`.
fn split(item: &str) -> (String, &str) {
    let mut quoted = false;
    let equals = item.char_indices().find(|(_, next)| {
        quoted ^= *next == '"';
        *next == '=' && !quoted
    });
    let Some((at, _)) = equals else {
        return (String::new(), "");
    };
    let rest = &item[at + 1..];
    (
        unquote(&item[..at]),
        &rest[..rest.find('/').unwrap_or(rest.len())],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileges_are_read_by_grantee_with_their_grant_options() {
        let acl = r#"{postgres=arwdDxt/postgres,anon=r*w/postgres,"\"some=one\"=a/postgres",=r/postgres}"#;
        let grants = parse("table", Some(acl));
        assert_eq!(grants["anon"].text(Attr::Select), Some("with grant option"));
        assert_eq!(grants["anon"].get(Attr::Update), Some(&Value::Yes));
        assert_eq!(grants["some=one"].get(Attr::Insert), Some(&Value::Yes));
        assert_eq!(grants[""].get(Attr::Select), Some(&Value::Yes));
    }

    #[test]
    fn everybody_may_execute_a_function_without_a_list() {
        assert_eq!(
            parse("function", None)[""].get(Attr::Execute),
            Some(&Value::Yes)
        );
        assert!(parse("table", None).is_empty());
        assert!(parse("function", Some("{}")).is_empty());
    }
}

//! Names of facts: `column public.users.bio`, `index public.users_slug_idx`, `grant on table public.users to anon`.

use super::attr::{Attr, Fact};
use std::borrow::Cow;

/// Quotes a name where it needs quotes. Unlike the server's own function it leaves key words alone, since which words
/// are key words depends on the server's version.
pub fn ident(name: &str) -> Cow<'_, str> {
    let mut bytes = name.bytes();
    let plain = bytes
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// `schema.name`, quoted where needed.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// Takes one name off the front of a dotted path; gives the plain name and what comes after it.
fn take_ident(path: &str) -> (Cow<'_, str>, &str) {
    let Some(quoted) = path.strip_prefix('"') else {
        let end = path.find(['.', '(', ' ']).unwrap_or(path.len());
        return (Cow::Borrowed(&path[..end]), &path[end..]);
    };
    let mut from = 0;
    while let Some(at) = quoted[from..].find('"').map(|at| from + at) {
        if quoted[at + 1..].starts_with('"') {
            from = at + 2;
        } else {
            return (
                Cow::Owned(quoted[..at].replace("\"\"", "\"")),
                &quoted[at + 1..],
            );
        }
    }
    (Cow::Borrowed(quoted), "")
}

/// A `schema.name` that the server quoted, quoted as here.
pub fn requote(path: &str) -> String {
    let (schema, rest) = take_ident(path);
    let (name, _) = take_ident(rest.strip_prefix('.').unwrap_or(rest));
    qualified(&schema, &name)
}

/// The object that a fact is about or hangs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A table, view or sequence: schema and name.
    Relation(String, String),
    /// A function: schema, name and the whole signature.
    Function(String, String, String),
    /// An enum, domain, range or composite type: schema and name.
    Type(String, String),
    /// A schema.
    Schema(String),
    /// Nothing of ours: an extension, an event trigger, ...
    Nothing,
}

impl Owner {
    /// The schema and name of a dotted path.
    fn names(path: &str) -> Option<(String, String)> {
        let (schema, rest) = take_ident(path);
        let (name, _) = take_ident(rest.strip_prefix('.')?);
        Some((schema.into_owned(), name.into_owned()))
    }

    fn relation(path: &str) -> Self {
        Self::names(path).map_or(Self::Nothing, |(schema, name)| Self::Relation(schema, name))
    }

    fn function(path: &str) -> Self {
        let signature = path.rfind(") to ").map_or(path, |at| &path[..=at]);
        let names = Self::names(path);
        names.map_or(Self::Nothing, |(schema, name)| {
            Self::Function(schema, name, signature.to_owned())
        })
    }

    fn of_type(path: &str) -> Self {
        Self::names(path).map_or(Self::Nothing, |(schema, name)| Self::Type(schema, name))
    }
}

/// What a fact is about or hangs on.
pub fn owner(key: &str, fact: &Fact) -> Owner {
    type Read = fn(&str) -> Owner;
    const KINDS: [(&str, Read); 20] = [
        ("table ", Owner::relation),
        ("column ", Owner::relation),
        ("constraint ", Owner::relation),
        ("trigger ", Owner::relation),
        ("policy ", Owner::relation),
        ("rule ", Owner::relation),
        ("view ", Owner::relation),
        ("materialized view ", Owner::relation),
        ("sequence ", Owner::relation),
        ("composite type ", Owner::of_type),
        ("attribute ", Owner::of_type),
        ("function ", Owner::function),
        ("enum ", Owner::of_type),
        ("domain constraint ", Owner::of_type),
        ("domain ", Owner::of_type),
        ("range type ", Owner::of_type),
        ("type ", Owner::of_type),
        ("schema ", |path| {
            Owner::Schema(take_ident(path).0.into_owned())
        }),
        ("grant on ", |grant| owner(grant, &Fact::default())),
        ("default privileges in ", |path| {
            Owner::Schema(take_ident(path).0.into_owned())
        }),
    ];
    if key.starts_with("index ") || key.starts_with("statistics ") {
        return fact
            .text(Attr::Table)
            .map_or(Owner::Nothing, Owner::relation);
    }
    if let Some(path) = key.strip_prefix("publication ") {
        let rest = take_ident(path).1;
        return rest
            .strip_prefix(" table ")
            .map_or(Owner::Nothing, Owner::relation);
    }
    let kind = KINDS
        .iter()
        .find_map(|(kind, read)| key.strip_prefix(kind).map(read));
    kind.unwrap_or(Owner::Nothing)
}

/// Whether the fact is the object itself, and not something that hangs on it.
pub fn is_object(key: &str) -> bool {
    const OBJECTS: [&str; 12] = [
        "table ",
        "view ",
        "materialized view ",
        "sequence ",
        "composite type ",
        "function ",
        "enum ",
        "domain ",
        "range type ",
        "type ",
        "schema ",
        "extension ",
    ];
    !key.starts_with("domain constraint ") && OBJECTS.iter().any(|kind| key.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(schema: &str, name: &str) -> Owner {
        Owner::Relation(schema.into(), name.into())
    }

    #[test]
    fn names_are_quoted_where_they_must_be_and_come_back() {
        for name in ["users", "User", "a b", "a.b", "q\"q", "1st", "größe"] {
            let path = qualified("public", name);
            assert_eq!(Owner::relation(&path), relation("public", name), "{path}");
        }
        assert_eq!(ident("order"), "order");
    }

    #[test]
    fn facts_hang_on_their_table() {
        let none = Fact::default();
        for key in [
            "table public.users",
            "column public.users.bio",
            "policy public.users.\"Users can view. All\"",
            "grant on column public.users.bio to anon",
            "grant on table public.users to \"some one\"",
            "publication supabase_realtime table public.users",
        ] {
            assert_eq!(owner(key, &none), relation("public", "users"), "{key}");
        }
        let mut index = Fact::default();
        index.set(Attr::Table, "public.users");
        assert_eq!(owner("index public.i", &index), relation("public", "users"));
    }

    #[test]
    fn a_grant_on_a_function_hangs_on_that_overload() {
        let signature = "public.f(integer, text)";
        let wanted = Owner::Function("public".into(), "f".into(), signature.into());
        assert_eq!(
            owner(&format!("function {signature}"), &Fact::default()),
            wanted
        );
        let grant = format!("grant on function {signature} to anon");
        assert_eq!(owner(&grant, &Fact::default()), wanted);
        assert!(is_object("domain public.d") && !is_object("domain constraint public.d.c"));
    }
}

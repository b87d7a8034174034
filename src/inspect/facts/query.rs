//! The statements that read the catalogue, put together into one message.

use super::attr::{Attr, Fact};
use super::key;
use std::borrow::Cow;
use std::fmt::Write as _;

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything in these schemas.
    Whole(Vec<String>),
    /// The objects of these names and what hangs on them.
    Objects(Names),
}

/// Names of objects to read; two schemas may have objects of the same name, which are then both read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Their schemas.
    pub schemas: Vec<String>,
    /// Tables, views, sequences and composite types.
    pub relations: Vec<String>,
    /// Functions, procedures and aggregates.
    pub functions: Vec<String>,
    /// Enums, domains, ranges and composite types.
    pub types: Vec<String>,
    /// What else is wanted apart from these objects and what usually hangs on them.
    pub extra: Vec<Section>,
}

/// A part of the answer: the rows of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Section {
    Enter,
    LockTimeout,
    Server,
    Members,
    Schemas,
    Relations,
    Views,
    Partitions,
    Columns,
    ColumnDetails,
    Defaults,
    Constraints,
    Indexes,
    Policies,
    Functions,
    Triggers,
    OutsideTriggers,
    Types,
    Labels,
    Domains,
    DomainConstraints,
    Aggregates,
    Ranges,
    Comments,
    ChildComments,
    AllComments,
    Sequences,
    Rules,
    Parents,
    ForeignTables,
    Statistics,
    Publications,
    PublishedSchemas,
    DefaultPrivileges,
    EventTriggers,
    Extensions,
    Others,
    CallersLockTimeout,
    Leave,
}

use Section::*;

impl Section {
    const ALL: [Self; 39] = [
        Enter,
        LockTimeout,
        Server,
        Members,
        Schemas,
        Relations,
        Views,
        Partitions,
        Columns,
        ColumnDetails,
        Defaults,
        Constraints,
        Indexes,
        Policies,
        Functions,
        Triggers,
        OutsideTriggers,
        Types,
        Labels,
        Domains,
        DomainConstraints,
        Aggregates,
        Ranges,
        Comments,
        ChildComments,
        AllComments,
        Sequences,
        Rules,
        Parents,
        ForeignTables,
        Statistics,
        Publications,
        PublishedSchemas,
        DefaultPrivileges,
        EventTriggers,
        Extensions,
        Others,
        CallersLockTimeout,
        Leave,
    ];

    /// Its statement.
    pub(super) fn text(self) -> &'static str {
        match self {
            Enter => include_str!("sql/enter.sql"),
            LockTimeout => include_str!("sql/lock_timeout.sql"),
            CallersLockTimeout => include_str!("sql/callers_lock_timeout.sql"),
            Server => include_str!("sql/server.sql"),
            Members => include_str!("sql/members.sql"),
            Schemas => include_str!("sql/schemas.sql"),
            Relations => include_str!("sql/relations.sql"),
            Views => include_str!("sql/views.sql"),
            Partitions => include_str!("sql/partitions.sql"),
            Columns => include_str!("sql/columns.sql"),
            ColumnDetails => include_str!("sql/column_details.sql"),
            Defaults => include_str!("sql/defaults.sql"),
            Constraints => include_str!("sql/constraints.sql"),
            Indexes => include_str!("sql/indexes.sql"),
            Policies => include_str!("sql/policies.sql"),
            Functions => include_str!("sql/functions.sql"),
            Triggers => include_str!("sql/triggers.sql"),
            OutsideTriggers => include_str!("sql/outside_triggers.sql"),
            Types => include_str!("sql/types.sql"),
            Labels => include_str!("sql/labels.sql"),
            Domains => include_str!("sql/domains.sql"),
            DomainConstraints => include_str!("sql/domain_constraints.sql"),
            Aggregates => include_str!("sql/aggregates.sql"),
            Ranges => include_str!("sql/ranges.sql"),
            Comments => include_str!("sql/comments.sql"),
            ChildComments => include_str!("sql/child_comments.sql"),
            AllComments => include_str!("sql/all_comments.sql"),
            Sequences => include_str!("sql/sequences.sql"),
            Rules => include_str!("sql/rules.sql"),
            Parents => include_str!("sql/parents.sql"),
            ForeignTables => include_str!("sql/foreign_tables.sql"),
            Statistics => include_str!("sql/statistics.sql"),
            Publications => include_str!("sql/publications.sql"),
            PublishedSchemas => include_str!("sql/published_schemas.sql"),
            DefaultPrivileges => include_str!("sql/default_privileges.sql"),
            EventTriggers => include_str!("sql/event_triggers.sql"),
            Extensions => include_str!("sql/extensions.sql"),
            Others => include_str!("sql/others.sql"),
            Leave => include_str!("sql/leave.sql"),
        }
    }

    /// The sections that the attributes of a fact come from, apart from those that every scope reads.
    pub fn of_fact(key: &str, fact: &Fact) -> Vec<Self> {
        const KINDS: [(&str, &[Section]); 14] = [
            ("schema ", &[Schemas]),
            ("grant on schema ", &[Schemas]),
            ("view ", &[Views]),
            ("materialized view ", &[Views]),
            ("sequence ", &[Sequences]),
            ("rule ", &[Rules]),
            ("statistics ", &[Statistics]),
            ("publication ", &[Publications]),
            ("default privileges ", &[DefaultPrivileges]),
            ("event trigger ", &[EventTriggers]),
            ("extension ", &[Extensions]),
            ("domain constraint ", &[DomainConstraints]),
            ("domain ", &[Domains]),
            ("range type ", &[Ranges]),
        ];
        let kind = KINDS.iter().find(|(kind, _)| key.starts_with(kind));
        let mut sections = kind
            .map(|(_, sections)| sections.to_vec())
            .unwrap_or_default();
        if key.starts_with("publication ") && key.contains(" schema ") {
            sections.push(PublishedSchemas);
        }
        let column = key.starts_with("column ");
        sections.extend(fact.iter().filter_map(|(attr, _)| match attr {
            Attr::PartitionKey | Attr::Bounds => Some(Partitions),
            Attr::Type if key.starts_with("table ") => Some(Partitions),
            Attr::Inherits => Some(Parents),
            Attr::Server => Some(ForeignTables),
            Attr::Definition if key.starts_with("function ") => Some(Aggregates),
            Attr::Storage | Attr::Compression | Attr::StatisticsTarget | Attr::Inherited => {
                Some(ColumnDetails)
            }
            Attr::Options if column => Some(ColumnDetails),
            // Of constraints, indexes, triggers and policies; all others are read anyway.
            Attr::Comment if !column && !key::is_object(key) => Some(ChildComments),
            _ => None,
        }));
        sections
    }
}

/// Which sections a scope needs, in the order in which they are sent.
pub fn sections(scope: &Scope) -> Vec<Section> {
    let wanted = |section: &Section| match scope {
        Scope::Whole(_) => !matches!(section, Comments | ChildComments),
        Scope::Objects(names) => names.want(*section),
    };
    Section::ALL.into_iter().filter(wanted).collect()
}

impl Names {
    fn want(&self, section: Section) -> bool {
        match section {
            Enter | Comments | Leave => true,
            Relations | Columns | Defaults => !(self.relations.is_empty() && self.types.is_empty()),
            Constraints | Indexes | Triggers | Policies => !self.relations.is_empty(),
            Functions => !self.functions.is_empty(),
            Types | Labels => !self.types.is_empty(),
            other => self.extra.contains(&other),
        }
    }
}

/// The message for these sections of a scope.
pub fn message(scope: &Scope, sections: &[Section]) -> String {
    let mut message = String::with_capacity(12 * 1024);
    for section in sections {
        let text = with_names(section.text(), scope);
        for line in text
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.starts_with("--"))
        {
            let _ = writeln!(message, "{line}");
        }
    }
    message
}

/// One statement between those that set and reset the settings.
pub fn enclosed(sql: &str, schemas: &[String]) -> String {
    let text = format!("{}\n{sql}\n{}", Enter.text(), Leave.text());
    text.replace(":schemas", &regnamespaces(schemas))
}

/// Fills in what the statement looks for.
fn with_names<'a>(text: &'a str, scope: &Scope) -> Cow<'a, str> {
    const TOKENS: [(&str, &str); 3] = [
        (":relations", "c.relnamespace"),
        (":functions", "p.pronamespace"),
        (":types", "t.typnamespace"),
    ];
    if text.contains(":schemas") {
        return Cow::Owned(text.replace(":schemas", &regnamespaces(scope.schemas())));
    }
    let Some((token, namespace)) = TOKENS.iter().find(|(token, _)| text.contains(token)) else {
        return Cow::Borrowed(text);
    };
    let filter = match scope {
        // There is no index on the schema: as a subselect the setting is read once, and not for each row.
        Scope::Whole(_) => {
            format!("{namespace} = any ((select current_setting('pgphase.schemas')::oid[])::oid[])")
        }
        Scope::Objects(names) => names.filter(token, namespace),
    };
    Cow::Owned(text.replace(token, &filter))
}

impl Scope {
    fn schemas(&self) -> &[String] {
        match self {
            Self::Whole(schemas) => schemas,
            Self::Objects(names) => &names.schemas,
        }
    }
}

impl Names {
    fn filter(&self, token: &str, namespace: &str) -> String {
        let (column, names) = match token {
            ":relations" => ("c.relname", [&self.relations[..], &self.types[..]].concat()),
            ":functions" => ("p.proname", self.functions.clone()),
            _ => ("t.typname", self.types.clone()),
        };
        let names = literal(&names);
        format!(
            "{column} = any ({names}) and {namespace} = any (current_setting('pgphase.schemas')::oid[])"
        )
    }
}

/// An array of names as SQL text.
pub fn literal(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    format!("array[{}]::name[]", names.join(", "))
}

/// Numbers of schemas; null for one that is not there.
fn regnamespaces(names: &[String]) -> String {
    let number = |name: &String| {
        let quoted = quoted(&format!("\"{}\"", name.replace('"', "\"\"")));
        format!("pg_catalog.to_regnamespace({quoted})")
    };
    names.iter().map(number).collect::<Vec<_>>().join(", ")
}

/// A text as an SQL literal, whatever the setting of standard_conforming_strings.
fn quoted(text: &str) -> String {
    let prefix = if text.contains('\\') { " E" } else { "" };
    format!(
        "{prefix}'{}'",
        text.replace('\\', "\\\\").replace('\'', "''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_literal() {
        let names = ["a", "b'; drop table x; --", "c\\"].map(str::to_owned);
        assert_eq!(
            literal(&names),
            "array['a', 'b''; drop table x; --',  E'c\\\\']::name[]"
        );
    }

    #[test]
    fn a_scope_of_functions_does_not_read_columns() {
        let names = Names {
            functions: vec!["f".into()],
            ..Names::default()
        };
        let read = sections(&super::Scope::Objects(names));
        assert!(read.contains(&Functions) && !read.contains(&Columns));
    }
}

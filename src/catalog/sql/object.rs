//! The kinds of object that files create, and their names.

use super::names::QualifiedName;
use serde::Serialize;
use std::fmt;

/// The kinds of object that files create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A schema.
    Schema,
    /// A table, partitioned or not.
    Table,
    /// A table on a foreign server.
    ForeignTable,
    /// A view.
    View,
    /// A materialised view.
    MaterializedView,
    /// A sequence.
    Sequence,
    /// An index.
    Index,
    /// An enum, a composite type, a range or a base type.
    Type,
    /// A domain.
    Domain,
    /// A function.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate function.
    Aggregate,
    /// A role; it belongs to the whole server.
    Role,
    /// A publication.
    Publication,
    /// An extension.
    Extension,
    /// A collation.
    Collation,
}

/// The name spaces in which names must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Schema,
    Relation,
    Type,
    Routine,
    Role,
    Publication,
    Extension,
    Collation,
}

impl ObjectKind {
    pub(super) fn space(self) -> Space {
        match self {
            Self::Schema => Space::Schema,
            Self::Table
            | Self::ForeignTable
            | Self::View
            | Self::MaterializedView
            | Self::Sequence
            | Self::Index => Space::Relation,
            Self::Type | Self::Domain => Space::Type,
            Self::Function | Self::Procedure | Self::Aggregate => Space::Routine,
            Self::Role => Space::Role,
            Self::Publication => Space::Publication,
            Self::Extension => Space::Extension,
            Self::Collation => Space::Collation,
        }
    }

    /// Whether its name belongs to a schema.
    pub(super) fn in_schema(self) -> bool {
        !matches!(
            self,
            Self::Schema | Self::Role | Self::Publication | Self::Extension
        )
    }

    /// As a message names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Table => "table",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Sequence => "sequence",
            Self::Index => "index",
            Self::Type => "type",
            Self::Domain => "domain",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Role => "role",
            Self::Publication => "publication",
            Self::Extension => "extension",
            Self::Collation => "collation",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that a file creates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Schema and name; the schema is absent where the search path decides, or where none applies.
    pub name: QualifiedName,
    /// Of a routine: the types of its input arguments as written, `integer, text`.
    pub arguments: Option<String>,
    /// `if not exists`: an object of that name is left alone.
    pub if_not_exists: bool,
    /// `or replace`: an object of that name is replaced.
    pub or_replace: bool,
    /// Byte offset of its name in the file.
    pub offset: usize,
}

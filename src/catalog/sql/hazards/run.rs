//! What is known while the files of a run are read in order.

use super::allow::allowed;
use super::{Hazard, Level, LintFile};
use crate::catalog::model::System;
use crate::catalog::sql::names::QualifiedName;
use crate::catalog::sql::object::Space;
use crate::catalog::sql::script::Parsed;
use crate::catalog::sql::split::Statement;
use squawk_syntax::SyntaxNode;
use std::collections::HashSet;

/// The state of [`super::lint`].
pub(super) struct Run<'a> {
    pub system: &'a System,
    pub files: &'a [LintFile<'a>],
    /// Relations and schemas that earlier statements of the run create.
    created: HashSet<(Space, QualifiedName)>,
    /// Types, by the transaction that creates them.
    pub types: HashSet<(Option<usize>, QualifiedName)>,
    /// Enum values that a transaction of the run adds.
    pub values: Vec<super::enums::NewValue>,
    pub column_types: Option<super::enums::ColumnTypes>,
    /// The statement that is being looked at.
    place: Place,
    hazards: Vec<Hazard>,
    seen: HashSet<(String, u32, &'static str)>,
}

/// A statement's place and what its comments allow.
#[derive(Default, Clone)]
pub(super) struct Place {
    pub file: String,
    pub line: u32,
    pub allowed: Vec<String>,
}

impl Place {
    /// Of a statement, with the comments before it.
    pub fn of(file: &LintFile<'_>, text: &str, statement: &Statement) -> Self {
        Self {
            file: file.path.to_owned(),
            line: statement.line,
            allowed: allowed(text, statement.range.clone()),
        }
    }
}

impl<'a> Run<'a> {
    pub fn new(system: &'a System, files: &'a [LintFile<'a>]) -> Self {
        Self {
            system,
            files,
            created: HashSet::new(),
            types: HashSet::new(),
            values: Vec::new(),
            column_types: None,
            place: Place::default(),
            hazards: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Goes on to a statement: hazards reported from here on are its.
    pub fn enter(&mut self, file: &LintFile<'_>, text: &str, statement: &Statement) {
        self.place = Place::of(file, text, statement);
    }

    /// Reports a hazard of the current statement.
    pub fn report(&mut self, level: Level, rule: &'static str, message: impl Into<String>) {
        let place = self.place.clone();
        self.report_at(&place, level, rule, message);
    }

    /// Reports a hazard elsewhere.
    pub fn report_at(
        &mut self,
        place: &Place,
        level: Level,
        rule: &'static str,
        message: impl Into<String>,
    ) {
        let silenced = level < Level::Error && place.allowed.iter().any(|name| name == rule);
        if !silenced && self.seen.insert((place.file.clone(), place.line, rule)) {
            self.hazards.push(Hazard {
                level,
                rule,
                message: message.into(),
                line: place.line,
                file: place.file.clone(),
            });
        }
    }

    /// Notes what a statement creates.
    pub fn created_by(&mut self, file: &LintFile<'_>, parsed: &Parsed<'_>) {
        for definition in parsed.definitions() {
            let name = in_schema(definition.object.name.clone());
            let space = definition.object.kind.space();
            if definition
                .renamed
                .as_ref()
                .is_some_and(|former| !self.is_new(former))
            {
                continue;
            }
            if space == Space::Type {
                self.types.insert((file.transaction, name));
            } else {
                self.created.insert((space, name));
            }
        }
    }

    /// Whether the run itself creates that table, view, sequence or index.
    pub fn is_new(&self, name: &QualifiedName) -> bool {
        self.created
            .contains(&(Space::Relation, in_schema(name.clone())))
    }

    /// Whether the run itself creates that schema.
    pub fn is_new_schema(&self, name: &str) -> bool {
        let name = QualifiedName {
            schema: Some("public".to_owned()),
            name: name.to_owned(),
        };
        self.created.contains(&(Space::Schema, name))
    }

    /// The hazards, in the order of the files and their lines.
    pub fn finish(mut self) -> Vec<Hazard> {
        let order = |path: &str| self.files.iter().position(|file| file.path == path);
        self.hazards
            .sort_by_key(|hazard| (order(&hazard.file), hazard.line));
        self.hazards
    }
}

/// Names without schema are taken to be in `public`.
pub(super) fn in_schema(name: QualifiedName) -> QualifiedName {
    QualifiedName {
        schema: name.schema.or_else(|| Some("public".to_owned())),
        name: name.name,
    }
}

/// The names of the relations that stand directly below `node`.
pub(super) fn relations(node: &SyntaxNode) -> Vec<QualifiedName> {
    use squawk_syntax::SyntaxKind;
    let list = node.children().flat_map(|child| match child.kind() {
        SyntaxKind::TABLE_LIST | SyntaxKind::RELATION_LIST => child.children().collect(),
        _ => vec![child],
    });
    list.filter(|child| {
        matches!(
            child.kind(),
            SyntaxKind::TABLE_NAME_REF
                | SyntaxKind::TABLE_RELATION_NAME
                | SyntaxKind::RELATION_NAME
                | SyntaxKind::RELATION_NAME_REF
                | SyntaxKind::VIEW_REF
                | SyntaxKind::INDEX_REF
                | SyntaxKind::SEQUENCE_REF
        )
    })
    .filter_map(|child| crate::catalog::sql::names::path_name(&child))
    .collect()
}

//! `schema.lock.json`: one fact a line, so that a diff shows what changed.

use super::{Changes, FORMAT_VERSION, PhaseFacts, Snapshot};
use crate::catalog::SourceFile;
use crate::inspect::facts::{Attr, Fact, Value};
use crate::{Error, ErrorKind, Location, Result};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::marker::PhantomData;

impl Snapshot {
    /// Reads a snapshot.
    ///
    /// # Errors
    /// Catalog: the text is not a snapshot of a format that this version knows; with file and line.
    pub fn parse(file: &SourceFile) -> Result<Self> {
        let error = |error: serde_json::Error| {
            let offset = offset_of(&file.text, error.line(), error.column());
            // The place is in the location already.
            let message = error.to_string();
            let message = message
                .rsplit_once(" at line ")
                .map_or(&*message, |(message, _)| message);
            Error::new(ErrorKind::Catalog, format!("the snapshot cannot be read: {message}"))
                .at(Location::at_offset(&file.path, &file.text, offset))
                .hint("The snapshot is written by `pgphase snapshot write`; write it again, or take the last committed one.")
        };
        let raw: Raw = serde_json::from_str(&file.text).map_err(error)?;
        Ok(Self {
            system: raw.system,
            schemas: raw.schemas,
            phases: raw.phases.0,
        })
    }
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    start + column.saturating_sub(1)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "format_version")]
    _format: Format,
    system: String,
    schemas: Vec<String>,
    phases: Phases,
}

struct Format;

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            FORMAT_VERSION => Ok(Self),
            other => Err(de::Error::custom(format!(
                "format_version is {other}, and this version of pgphase knows {FORMAT_VERSION}"
            ))),
        }
    }
}

struct Phases(Vec<PhaseFacts>);

impl<'de> Deserialize<'de> for Phases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let phases: Pairs<String, RawPhase> = Pairs::deserialize(deserializer)?;
        let named = |(name, raw): (String, RawPhase)| PhaseFacts {
            name,
            files: raw.files,
            facts: raw.facts.0.into_iter().collect(),
            changes: raw
                .changes
                .0
                .into_iter()
                .map(|(key, pairs)| (key, pairs.0))
                .collect(),
            removes: raw.removes,
        };
        Ok(Self(phases.0.into_iter().map(named).collect()))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPhase {
    files: String,
    #[serde(default)]
    facts: Pairs<Box<str>, Fact>,
    #[serde(default)]
    changes: Pairs<Box<str>, Pairs<Attr, Option<Value>>>,
    #[serde(default)]
    removes: BTreeSet<Box<str>>,
}

/// The members of an object in their order.
struct Pairs<K, V>(Vec<(K, V)>);

impl<K, V> Default for Pairs<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Pairs<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Members<K, V> {
            type Value = Pairs<K, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs: Pairs<Attr, Value> = Pairs::deserialize(deserializer)?;
        let mut fact = Self::default();
        pairs
            .0
            .into_iter()
            .for_each(|(attr, value)| fact.put(attr, Some(value)));
        Ok(fact)
    }
}

impl<'de> Deserialize<'de> for Attr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Attr;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an attribute")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Attr, E> {
                let unknown = || E::custom(format!("unknown attribute `{name}`"));
                Attr::from_name(name).ok_or_else(unknown)
            }
        }
        deserializer.deserialize_str(Name)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, a text or a list of texts")
            }
            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Value, E> {
                if yes {
                    Ok(Value::Yes)
                } else {
                    Err(E::custom("false is said by leaving out"))
                }
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
                Ok(text.into())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value, A::Error> {
                let items = Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))?;
                Ok(Value::List(items))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

impl Snapshot {
    /// The text of `schema.lock.json`.
    pub fn to_text(&self) -> String {
        let mut text = format!("{{\n  \"format_version\": {FORMAT_VERSION},\n  \"system\": ");
        let _ = write!(text, "{},\n  \"schemas\": [", json(&self.system));
        text += &self
            .schemas
            .iter()
            .map(|name| json(name))
            .collect::<Vec<_>>()
            .join(", ");
        text += "],\n  \"phases\": {\n";
        let phases: Vec<_> = self.phases.iter().map(phase_text).collect();
        text += &phases.join(",\n");
        text += "\n  }\n}\n";
        text
    }
}

fn phase_text(phase: &PhaseFacts) -> String {
    let pairs = |fact: &Fact| {
        fact.iter()
            .map(|(attr, value)| pair(attr, Some(value)))
            .collect::<Vec<_>>()
    };
    let facts: Vec<_> = phase
        .facts
        .iter()
        .map(|(key, fact)| line(key, &pairs(fact)))
        .collect();
    let changed = |changes: &Changes| -> Vec<String> {
        changes
            .iter()
            .map(|(attr, value)| pair(*attr, value.as_ref()))
            .collect()
    };
    let changes: Vec<_> = phase
        .changes
        .iter()
        .map(|(key, all)| line(key, &changed(all)))
        .collect();
    let removes: Vec<_> = phase
        .removes
        .iter()
        .map(|key| format!("        {}", json(key)))
        .collect();
    let mut parts = vec![format!("      \"files\": {}", json(&phase.files))];
    parts.push(format!(
        "      \"facts\": {{\n{}\n      }}",
        facts.join(",\n")
    ));
    if !changes.is_empty() {
        parts.push(format!(
            "      \"changes\": {{\n{}\n      }}",
            changes.join(",\n")
        ));
    }
    if !removes.is_empty() {
        parts.push(format!(
            "      \"removes\": [\n{}\n      ]",
            removes.join(",\n")
        ));
    }
    format!(
        "    {}: {{\n{}\n    }}",
        json(&phase.name),
        parts.join(",\n")
    )
}

fn line(key: &str, pairs: &[String]) -> String {
    format!("        {}: {{{}}}", json(key), pairs.join(", "))
}

fn pair(attr: Attr, value: Option<&Value>) -> String {
    let value = match value {
        None => "null".to_owned(),
        Some(Value::Yes) => "true".to_owned(),
        Some(Value::Text(text)) => json(text),
        Some(Value::List(items)) => {
            format!(
                "[{}]",
                items
                    .iter()
                    .map(|item| json(item))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
    };
    format!("\"{}\": {value}", attr.name())
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

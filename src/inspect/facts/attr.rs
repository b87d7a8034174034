//! What a fact says about an object: attributes with values, and the words people read when they differ.

use std::fmt;

macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident $json:literal $label:literal $yes:literal $absent:literal;)*) => {
        /// An attribute of a catalogue object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Attr { $($(#[$doc])* $variant,)* }

        impl Attr {
            /// The name in the snapshot.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $json,)* }
            }

            /// The attribute of that name in the snapshot.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($json => Some(Self::$variant),)* _ => None }
            }

            fn words(self) -> (&'static str, &'static str, &'static str) {
                match self { $(Self::$variant => ($label, $yes, $absent),)* }
            }
        }
    };
}

// Name in the snapshot, label, word for "yes", word for "not there" (what PostgreSQL does by default).
attributes! {
    /// Table, partitioned table, procedure, aggregate, ...
    Kind "kind" "kind" "yes" "the usual one";
    /// The table that an index or a statistics object is on.
    Table "table" "table" "yes" "none";
    /// A type, as PostgreSQL prints it.
    Type "type" "type" "yes" "none";
    /// Position in a composite type.
    Position "position" "position" "yes" "none";
    /// NOT NULL.
    NotNull "not_null" "null" "forbidden" "allowed";
    /// Default expression.
    Default "default" "default" "yes" "none";
    /// Generation expression.
    Generated "generated" "generation expression" "yes" "none";
    /// Generated columns that are computed when read.
    Virtual "virtual" "generated column" "virtual" "stored";
    /// Identity column: always or by default.
    Identity "identity" "identity" "yes" "none";
    /// Not the type's own collation.
    Collation "collation" "collation" "yes" "the type's own";
    /// Not the type's own storage.
    Storage "storage" "storage" "yes" "the type's own";
    /// Compression method.
    Compression "compression" "compression" "yes" "the server's own";
    /// Statistics target.
    StatisticsTarget "statistics_target" "statistics target" "yes" "the server's own";
    /// Whether an inherited column is only that.
    Inherited "inherited" "inherited" "yes" "no";
    /// Unlogged, or temporary.
    Persistence "persistence" "persistence" "yes" "permanent";
    /// Row level security.
    Rls "rls" "row level security" "on" "off";
    /// Row level security for the owner too.
    ForceRls "force_rls" "forced row level security" "on" "off";
    /// Replica identity.
    ReplicaIdentity "replica_identity" "replica identity" "yes" "default";
    /// Storage and view options.
    Options "options" "options" "yes" "none";
    /// Parents by inheritance or partitioning.
    Inherits "inherits" "parents" "yes" "none";
    /// Partition bounds.
    Bounds "bounds" "partition bounds" "yes" "none";
    /// Partition key.
    PartitionKey "partition_key" "partition key" "yes" "none";
    /// Foreign server.
    Server "server" "foreign server" "yes" "none";
    /// Definition, as PostgreSQL prints it.
    Definition "definition" "definition" "yes" "none";
    /// A constraint that existing rows were not checked against.
    NotValid "not_valid" "state" "not valid" "valid";
    /// A foreign key or deferrable constraint whose own triggers are disabled.
    Unenforced "unenforced" "enforcement" "off (its triggers are disabled)" "on";
    /// An index that is not usable.
    Invalid "invalid" "state" "invalid" "valid";
    /// The index that CLUSTER uses.
    Clustered "clustered" "clustered" "yes" "no";
    /// Disabled, or enabled for replicas, or always.
    Enabled "enabled" "state" "yes" "enabled";
    /// What a policy is for.
    Command "command" "command" "yes" "none";
    /// A policy that restricts.
    Restrictive "restrictive" "policy" "restrictive" "permissive";
    /// Whom a policy is for.
    Roles "roles" "roles" "yes" "public";
    /// A policy's condition on existing rows.
    Using "using" "using condition" "yes" "none";
    /// A policy's condition on new rows.
    Check "check" "check condition" "yes" "none";
    /// Parameters with names and defaults.
    Arguments "arguments" "parameters" "yes" "none";
    /// Return type.
    Returns "returns" "return type" "yes" "none";
    /// Language of a function.
    Language "language" "language" "yes" "none";
    /// Volatility of a function.
    Volatility "volatility" "volatility" "yes" "volatile";
    /// Parallel safety of a function.
    Parallel "parallel" "parallel" "yes" "unsafe";
    /// Security definer.
    Definer "security_definer" "security" "definer" "invoker";
    /// Returns null on null input.
    Strict "strict" "null input" "strict" "called";
    /// Leakproof.
    Leakproof "leakproof" "leakproof" "yes" "no";
    /// Cost estimate, where it is not the default.
    Cost "cost" "cost" "yes" "the default";
    /// Row estimate, where it is not the default.
    Rows "rows" "row estimate" "yes" "the default";
    /// Settings of a function, the search path among them.
    Settings "settings" "settings" "yes" "none";
    /// Digest of a function's body.
    Body "body" "body" "yes" "none";
    /// Labels of an enum, in order.
    Labels "labels" "labels" "yes" "none";
    /// First value of a sequence.
    Start "start" "start" "yes" "none";
    /// Step of a sequence.
    Increment "increment" "increment" "yes" "none";
    /// Smallest value of a sequence.
    Min "min" "minimum" "yes" "none";
    /// Largest value of a sequence.
    Max "max" "maximum" "yes" "none";
    /// Values that a session takes at once.
    Cache "cache" "cache" "yes" "1";
    /// Starts again at the end.
    Cycle "cycle" "cycle" "yes" "no";
    /// The column that a sequence belongs to.
    OwnedBy "owned_by" "owner" "yes" "none";
    /// Columns of a published table.
    Columns "columns" "columns" "yes" "all";
    /// Row filter of a published table.
    Where "where" "row filter" "yes" "none";
    /// Event of an event trigger.
    Event "event" "event" "yes" "none";
    /// Command tags of an event trigger.
    Tags "tags" "tags" "yes" "all";
    /// Function of an event trigger.
    Function "function" "function" "yes" "none";
    /// Schema of an extension.
    Schema "schema" "schema" "yes" "none";
    /// Privilege.
    Select "select" "SELECT" "granted" "not granted";
    /// Privilege.
    Insert "insert" "INSERT" "granted" "not granted";
    /// Privilege.
    Update "update" "UPDATE" "granted" "not granted";
    /// Privilege.
    Delete "delete" "DELETE" "granted" "not granted";
    /// Privilege.
    Truncate "truncate" "TRUNCATE" "granted" "not granted";
    /// Privilege.
    References "references" "REFERENCES" "granted" "not granted";
    /// Privilege.
    Trigger "trigger" "TRIGGER" "granted" "not granted";
    /// Privilege.
    Maintain "maintain" "MAINTAIN" "granted" "not granted";
    /// Privilege.
    Usage "usage" "USAGE" "granted" "not granted";
    /// Privilege.
    Create "create" "CREATE" "granted" "not granted";
    /// Privilege.
    Execute "execute" "EXECUTE" "granted" "not granted";
    /// COMMENT ON.
    Comment "comment" "comment" "yes" "none";
}

impl Attr {
    /// The privilege that a letter of an access control list stands for.
    pub fn privilege(letter: char) -> Option<Self> {
        Some(match letter {
            'r' => Self::Select,
            'a' => Self::Insert,
            'w' => Self::Update,
            'd' => Self::Delete,
            'D' => Self::Truncate,
            'x' => Self::References,
            't' => Self::Trigger,
            'm' => Self::Maintain,
            'U' => Self::Usage,
            'C' => Self::Create,
            'X' => Self::Execute,
            _ => return None,
        })
    }

    /// The label for people.
    pub fn label(self) -> &'static str {
        self.words().0
    }

    /// A value of this attribute for people; none is the word for what PostgreSQL does by default.
    pub fn show(self, value: Option<&Value>) -> String {
        let (_, yes, absent) = self.words();
        match value {
            None => absent.to_owned(),
            Some(Value::Yes) => yes.to_owned(),
            Some(value) => value.to_string(),
        }
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The attribute applies.
    Yes,
    /// Text, as PostgreSQL prints it.
    Text(Box<str>),
    /// Several, where the order counts or was made stable.
    List(Vec<Box<str>>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.join(", ")),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

/// Everything known about one object: attributes in the order of [`Attr`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fact(Vec<(Attr, Value)>);

impl Fact {
    /// The value of an attribute.
    pub fn get(&self, attr: Attr) -> Option<&Value> {
        self.0
            .binary_search_by_key(&attr, |(name, _)| *name)
            .ok()
            .map(|at| &self.0[at].1)
    }

    /// The value of an attribute, if it is a text.
    pub fn text(&self, attr: Attr) -> Option<&str> {
        match self.get(attr)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Sets or, with none, takes away an attribute.
    pub fn put(&mut self, attr: Attr, value: Option<Value>) {
        match (self.0.binary_search_by_key(&attr, |(name, _)| *name), value) {
            (Ok(at), Some(value)) => self.0[at].1 = value,
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(at), Some(value)) => self.0.insert(at, (attr, value)),
            (Err(_), None) => {}
        }
    }

    /// Sets an attribute.
    pub fn set(&mut self, attr: Attr, value: impl Into<Value>) {
        self.put(attr, Some(value.into()));
    }

    /// Sets an attribute if there is a value that is not empty.
    pub fn set_some(&mut self, attr: Attr, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.set(attr, value);
        }
    }

    /// Says that an attribute applies.
    pub fn flag(&mut self, attr: Attr, on: bool) {
        if on {
            self.put(attr, Some(Value::Yes));
        }
    }

    /// Sets a list, unless it is empty.
    pub fn list<S: Into<Box<str>>>(&mut self, attr: Attr, items: Vec<S>) {
        if !items.is_empty() {
            self.put(
                attr,
                Some(Value::List(items.into_iter().map(Into::into).collect())),
            );
        }
    }

    /// All attributes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Attr, &Value)> {
        self.0.iter().map(|(attr, value)| (*attr, value))
    }

    /// Whether nothing is known but that the object is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attributes in which two facts differ, with the value in each.
    pub fn differences<'a>(
        &'a self,
        other: &'a Self,
    ) -> Vec<(Attr, Option<&'a Value>, Option<&'a Value>)> {
        let mut attrs: Vec<Attr> = self
            .iter()
            .chain(other.iter())
            .map(|(attr, _)| attr)
            .collect();
        attrs.sort_unstable();
        attrs.dedup();
        let pairs = attrs
            .into_iter()
            .map(|attr| (attr, self.get(attr), other.get(attr)));
        pairs.filter(|(_, mine, theirs)| mine != theirs).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_each_attribute_once_with_both_values() {
        let (mut a, mut b) = (Fact::default(), Fact::default());
        a.set(Attr::Type, "text");
        b.set(Attr::Type, "integer");
        a.flag(Attr::NotNull, true);
        b.set(Attr::Comment, "new");
        a.set(Attr::Default, "1");
        b.set(Attr::Default, "1");
        let found = a.differences(&b);
        let names: Vec<_> = found.iter().map(|(attr, _, _)| attr.name()).collect();
        assert_eq!(names, ["type", "not_null", "comment"]);
        assert_eq!(found[1], (Attr::NotNull, Some(&Value::Yes), None));
    }

    #[test]
    fn every_attribute_is_found_by_its_name() {
        for letter in "rawdDxtmUCX".chars() {
            let attr = Attr::privilege(letter).expect("known letter");
            assert_eq!(Attr::from_name(attr.name()), Some(attr));
        }
        assert_eq!(Attr::from_name("nonsense"), None);
    }
}

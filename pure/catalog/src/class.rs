//! The classes of things that carry an owner or an ACL.

use serde::{Deserialize, Serialize};

use crate::privilege::{Privilege, Privileges};
use crate::version::Version;

/// What kind of thing an object is, as finely as its DDL differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum Class {
    Database,
    Tablespace,
    Parameter,
    Schema,
    Table,
    PartitionedTable,
    View,
    MaterializedView,
    ForeignTable,
    Sequence,
    Function,
    Procedure,
    Aggregate,
    Type,
    Domain,
    Language,
    ForeignDataWrapper,
    ForeignServer,
    UserMapping,
    LargeObject,
    Publication,
    Subscription,
    EventTrigger,
    Extension,
    Collation,
    Conversion,
    Operator,
    OperatorClass,
    OperatorFamily,
    StatisticsObject,
    TextSearchConfiguration,
    TextSearchDictionary,
    Cast,
}

impl Class {
    /// Every class, so that completeness can be tested.
    pub const ALL: [Class; 33] = [
        Class::Database,
        Class::Tablespace,
        Class::Parameter,
        Class::Schema,
        Class::Table,
        Class::PartitionedTable,
        Class::View,
        Class::MaterializedView,
        Class::ForeignTable,
        Class::Sequence,
        Class::Function,
        Class::Procedure,
        Class::Aggregate,
        Class::Type,
        Class::Domain,
        Class::Language,
        Class::ForeignDataWrapper,
        Class::ForeignServer,
        Class::UserMapping,
        Class::LargeObject,
        Class::Publication,
        Class::Subscription,
        Class::EventTrigger,
        Class::Extension,
        Class::Collation,
        Class::Conversion,
        Class::Operator,
        Class::OperatorClass,
        Class::OperatorFamily,
        Class::StatisticsObject,
        Class::TextSearchConfiguration,
        Class::TextSearchDictionary,
        Class::Cast,
    ];

    /// Whether the class lives in the cluster rather than in one database.
    pub fn is_cluster_wide(self) -> bool {
        matches!(self, Class::Database | Class::Tablespace | Class::Parameter)
    }

    /// Whether `GRANT ... ON TABLE` addresses it.
    pub fn is_table_like(self) -> bool {
        matches!(
            self,
            Class::Table
                | Class::PartitionedTable
                | Class::View
                | Class::MaterializedView
                | Class::ForeignTable
        )
    }

    /// Whether rows can be kept from a role by policies (row security applies to plain and partitioned tables).
    pub fn has_row_security(self) -> bool {
        matches!(self, Class::Table | Class::PartitionedTable)
    }

    /// Whether `GRANT ... ON ROUTINE` addresses it.
    pub fn is_routine(self) -> bool {
        matches!(self, Class::Function | Class::Procedure | Class::Aggregate)
    }

    /// Whether objects of the class carry an ACL.
    pub fn has_acl(self) -> bool {
        self.grant_keyword().is_some()
    }

    /// The word between ON and the object in GRANT; none where GRANT does not apply.
    pub fn grant_keyword(self) -> Option<&'static str> {
        Some(match self {
            Class::Database => "DATABASE",
            Class::Tablespace => "TABLESPACE",
            Class::Parameter => "PARAMETER",
            Class::Schema => "SCHEMA",
            Class::Table
            | Class::PartitionedTable
            | Class::View
            | Class::MaterializedView
            | Class::ForeignTable => "TABLE",
            Class::Sequence => "SEQUENCE",
            Class::Function | Class::Procedure | Class::Aggregate => "ROUTINE",
            Class::Type | Class::Domain => "TYPE",
            Class::Language => "LANGUAGE",
            Class::ForeignDataWrapper => "FOREIGN DATA WRAPPER",
            Class::ForeignServer => "FOREIGN SERVER",
            Class::LargeObject => "LARGE OBJECT",
            _ => return None,
        })
    }

    /// The words that ALTER takes for this class: `ALTER MATERIALIZED VIEW ... OWNER TO`.
    pub fn alter_keyword(self) -> &'static str {
        match self {
            Class::Database => "DATABASE",
            Class::Tablespace => "TABLESPACE",
            Class::Parameter => "PARAMETER",
            Class::Schema => "SCHEMA",
            Class::Table | Class::PartitionedTable => "TABLE",
            Class::View => "VIEW",
            Class::MaterializedView => "MATERIALIZED VIEW",
            Class::ForeignTable => "FOREIGN TABLE",
            Class::Sequence => "SEQUENCE",
            Class::Function => "FUNCTION",
            Class::Procedure => "PROCEDURE",
            Class::Aggregate => "AGGREGATE",
            Class::Type => "TYPE",
            Class::Domain => "DOMAIN",
            Class::Language => "LANGUAGE",
            Class::ForeignDataWrapper => "FOREIGN DATA WRAPPER",
            Class::ForeignServer => "SERVER",
            Class::UserMapping => "USER MAPPING",
            Class::LargeObject => "LARGE OBJECT",
            Class::Publication => "PUBLICATION",
            Class::Subscription => "SUBSCRIPTION",
            Class::EventTrigger => "EVENT TRIGGER",
            Class::Extension => "EXTENSION",
            Class::Collation => "COLLATION",
            Class::Conversion => "CONVERSION",
            Class::Operator => "OPERATOR",
            Class::OperatorClass => "OPERATOR CLASS",
            Class::OperatorFamily => "OPERATOR FAMILY",
            Class::StatisticsObject => "STATISTICS",
            Class::TextSearchConfiguration => "TEXT SEARCH CONFIGURATION",
            Class::TextSearchDictionary => "TEXT SEARCH DICTIONARY",
            Class::Cast => "CAST",
        }
    }

    /// The class in a sentence for people: `materialized view`.
    pub fn word(self) -> String {
        match self {
            Class::ForeignServer => "foreign server".to_owned(),
            _ => self.alter_keyword().to_lowercase(),
        }
    }

    /// The privileges that exist for the class in this version: what ALL PRIVILEGES means.
    pub fn privileges(self, version: Version) -> Privileges {
        use Privilege as P;
        match self {
            Class::Table
            | Class::PartitionedTable
            | Class::View
            | Class::MaterializedView
            | Class::ForeignTable => {
                let all = Privileges::of(&[
                    P::Select,
                    P::Insert,
                    P::Update,
                    P::Delete,
                    P::Truncate,
                    P::References,
                    P::Trigger,
                ]);
                if version.has_maintain() { all | P::Maintain.into() } else { all }
            }
            Class::Sequence => Privileges::of(&[P::Select, P::Update, P::Usage]),
            Class::Database => Privileges::of(&[P::Create, P::Connect, P::Temporary]),
            Class::Function | Class::Procedure | Class::Aggregate => P::Execute.into(),
            Class::Schema => Privileges::of(&[P::Usage, P::Create]),
            Class::Tablespace => P::Create.into(),
            Class::LargeObject => Privileges::of(&[P::Select, P::Update]),
            Class::Parameter => Privileges::of(&[P::Set, P::AlterSystem]),
            Class::Language
            | Class::ForeignDataWrapper
            | Class::ForeignServer
            | Class::Type
            | Class::Domain => P::Usage.into(),
            _ => Privileges::NONE,
        }
    }

    /// The privileges that can be granted on single columns.
    pub fn column_privileges(self) -> Privileges {
        use Privilege as P;
        if self.is_table_like() {
            Privileges::of(&[P::Select, P::Insert, P::Update, P::References])
        } else {
            Privileges::NONE
        }
    }
}

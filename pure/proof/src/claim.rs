//! Claims: sentences that must hold, each with where it comes from.

use std::fmt;
use std::sync::Arc;

use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::ObjectRef;

use crate::action::{Action, Fact, Whose};

/// A sentence that must hold: role r may, or may not, do a on o.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What in the contract makes the claim; decides its stable rule name.
    pub topic: Topic,
    /// The database it is tried in.
    pub database: DatabaseName,
    /// Who.
    pub role: RoleName,
    /// The role it becomes by SET ROLE first, when the claim is about what it may do then.
    pub becoming: Option<RoleName>,
    /// What.
    pub action: Action,
    /// On what.
    pub object: Option<ObjectRef>,
    /// On which columns of it; empty for the whole.
    pub columns: Vec<Name>,
    /// Whether it must work or be refused.
    pub expected: Expected,
    /// Under which circumstances: `made by role "shop_migrator"`.
    pub circumstance: Option<Arc<str>>,
    /// Where the contract says so.
    pub source: Option<Arc<Source>>,
}

/// What has to come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// It works (or the fact holds).
    Works,
    /// The server refuses it.
    Refused,
}

/// Where a claim comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Why the contract asks for it: usually a place in somebody's code.
    pub because: Option<String>,
    /// The contract's file.
    pub file: String,
    /// Its line, counted from 1; 0 when it is not known.
    pub line: u32,
    /// Its column, counted from 1; 0 when it is not known.
    pub column: u32,
}

/// What kind of promise a claim comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What is granted works; what is not granted is refused.
    Privilege,
    /// What the contract says must never be.
    Never,
    /// What objects that do not exist yet will let roles do.
    FutureObject,
    /// Ownership: who may ALTER.
    Ownership,
    /// "Drop and recreate everything" fails.
    Recreation,
    /// An interface: a definer function and who may call it.
    Interface,
    /// Two tenants' rows.
    TenantRows,
    /// Row policies.
    RowPolicy,
    /// Logging in over a connection of its own.
    Connection,
    /// What belongs to the role itself: CREATE ROLE, ALTER SYSTEM, server files.
    RolePower,
    /// What the contract counts on is there at all.
    Presence,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 11] = [
        Topic::Privilege,
        Topic::Never,
        Topic::FutureObject,
        Topic::Ownership,
        Topic::Recreation,
        Topic::Interface,
        Topic::TenantRows,
        Topic::RowPolicy,
        Topic::Connection,
        Topic::RolePower,
        Topic::Presence,
    ];

    /// The name that ids, JSON and SARIF use; it never changes.
    pub fn word(self) -> &'static str {
        match self {
            Topic::Privilege => "privilege",
            Topic::Never => "never",
            Topic::FutureObject => "future-object",
            Topic::Ownership => "ownership",
            Topic::Recreation => "recreation",
            Topic::Interface => "interface",
            Topic::TenantRows => "tenant-rows",
            Topic::RowPolicy => "row-policy",
            Topic::Connection => "connection",
            Topic::RolePower => "role-power",
            Topic::Presence => "presence",
        }
    }

    /// What a claim of the topic says, in a sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Topic::Privilege => "What is granted works, and what is not granted is refused.",
            Topic::Never => "What the contract says must never be is impossible.",
            Topic::FutureObject => "Objects that are made tomorrow carry the privileges they should.",
            Topic::Ownership => "Who has to alter objects can, and nobody else.",
            Topic::Recreation => "Dropping and recreating everything fails with a permission error.",
            Topic::Interface => "Interfaces are callable by those they are for, and safe.",
            Topic::TenantRows => {
                "A tenant sees and writes its own rows only, and nobody's without a context."
            }
            Topic::RowPolicy => "Row policies are in force as declared.",
            Topic::Connection => "Roles that may connect can log in, and others cannot.",
            Topic::RolePower => "Roles cannot do what takes an attribute they do not have.",
            Topic::Presence => "What the contract counts on is there.",
        }
    }

    /// The requirements that claims of the topic are evidence for.
    pub fn requirements(self) -> &'static [&'static str] {
        match self {
            Topic::Privilege => &["B3", "C1", "C3"],
            Topic::Never => &["B3", "C3"],
            Topic::FutureObject => &["A4", "C13"],
            Topic::Ownership => &["A11"],
            Topic::Recreation => &["A15"],
            Topic::Interface => &["B2"],
            Topic::TenantRows => &["B5"],
            Topic::RowPolicy => &["C2", "C13"],
            Topic::Connection => &["A7"],
            Topic::RolePower => &["A1"],
            Topic::Presence => &["B2", "C3"],
        }
    }
}

/// The circumstance of claims about a session in which a tenant's setting was never made.
pub(crate) const NEVER_MADE: &str = "when its setting was never made";

impl Source {
    /// The place as editors take it: `contract.yaml:12:5`.
    pub fn place(&self) -> String {
        match (self.line, self.column) {
            (0, _) => self.file.clone(),
            (line, 0) => format!("{}:{line}", self.file),
            (line, column) => format!("{}:{line}:{column}", self.file),
        }
    }
}

impl Claim {
    /// Whether it is about a session in which nobody has made the setting that says whose session it is.
    pub fn is_about_a_setting_never_made(&self) -> bool {
        self.topic == Topic::TenantRows && self.circumstance.as_deref() == Some(NEVER_MADE)
    }

    /// An id that is the same in every run: `privilege/shop/shop_app/select/table public.orders`.
    pub fn id(&self) -> String {
        let mut id = format!("{}/{}/{}", self.topic.word(), self.database, self.role);
        if let Some(role) = &self.becoming {
            id.push_str(" as ");
            id.push_str(role.as_str());
        }
        id.push('/');
        if self.expected == Expected::Refused {
            id.push_str("not ");
        }
        id.push_str(&self.action.word());
        if let Some(object) = &self.object {
            id.push('/');
            id.push_str(&object.key.to_string());
        }
        if !self.columns.is_empty() {
            id.push_str(&format!(" ({})", self.column_list()));
        }
        if let Some(circumstance) = &self.circumstance {
            id.push('/');
            id.push_str(circumstance);
        }
        id
    }

    fn column_list(&self) -> String {
        self.columns.iter().map(Name::quoted).collect::<Vec<_>>().join(", ")
    }

    fn object_words(&self) -> String {
        let object = self.object.as_ref().map_or_else(String::new, |object| object.key.to_string());
        if self.columns.is_empty() { object } else { format!("{object} ({})", self.column_list()) }
    }
}

/// The claim as a sentence: `role shop_app cannot TRUNCATE table public.orders`.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = self.object_words();
        if let Action::Fact(fact) = &self.action {
            return fact_sentence(f, *fact, &self.role, &object, self.circumstance.as_deref());
        }
        write!(f, "role {}", self.role.quoted())?;
        if let Some(role) = &self.becoming {
            write!(f, " as {}", role.quoted())?;
        }
        let can = match self.expected {
            Expected::Works => "can",
            Expected::Refused => "cannot",
        };
        match &self.action {
            Action::Rows(command, whose) => {
                let verb = match (self.expected, whose) {
                    (Expected::Works, Whose::Own | Whose::Permitted) => "can",
                    _ => "cannot",
                };
                write!(f, " {verb} {} of {object}", Action::Rows(*command, *whose))?;
            }
            action if object.is_empty() => write!(f, " {can} {action}")?,
            action => write!(f, " {can} {action} on {object}")?,
        }
        match &self.circumstance {
            Some(circumstance) => write!(f, " {circumstance}"),
            None => Ok(()),
        }
    }
}

fn fact_sentence(
    f: &mut fmt::Formatter<'_>,
    fact: Fact,
    role: &RoleName,
    object: &str,
    circumstance: Option<&str>,
) -> fmt::Result {
    let role = role.quoted();
    match fact {
        Fact::Definer => write!(f, "{object} runs with the rights of {role}")?,
        Fact::PinnedSearchPath => write!(f, "the search_path of {object} is pinned")?,
        Fact::OwnerCannotLogIn => write!(f, "role {role}, which owns {object}, cannot log in")?,
        Fact::OwnerHasNoMembers => write!(f, "role {role}, which owns {object}, has no members")?,
        Fact::RowSecurity => write!(f, "row security of {object} is as declared")?,
        Fact::Policies => write!(f, "the policies of {object} are the declared ones")?,
        Fact::Owner => write!(f, "{object} belongs to role {role}")?,
        Fact::Exists => f.write_str("what the contract counts on is there:")?,
        Fact::ClosedToPublic => write!(f, "PUBLIC may not call {object}")?,
        Fact::RowDecision => write!(f, "somebody has decided about the rows of {object}")?,
    }
    match circumstance {
        Some(circumstance) => write!(f, " {circumstance}"),
        None => Ok(()),
    }
}

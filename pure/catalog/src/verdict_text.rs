//! Verdicts in sentences for people.

use std::fmt;

use crate::chain::{Chain, Passage, Step, Usable};
use crate::effective::{Held, Holding};
use crate::ground::Ground;
use crate::name::{Name, RoleName};
use crate::object::ObjectRef;
use crate::reach::{Condition, Met, Need};
use crate::row_security::Rows;
use crate::shown::shown;
use crate::verdict::{Because, Holder, Outcome, Verdict};

/// The answer in the first line; then the reasons, what else is needed, and what row security does.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, question) = (shown(&self.role.quoted()), shown(&self.question.to_string()));
        match &self.outcome {
            Outcome::Allowed { usable, chains } => {
                match usable {
                    Usable::Now => write!(f, "{role} may {question}")?,
                    Usable::AfterSetRole => write!(f, "{role} may {question}, but only after SET ROLE")?,
                }
                for chain in chains {
                    write!(f, "\n  because {}", shown(&chain.to_string()))?;
                }
            }
            Outcome::Refused { because, would_grant } => {
                write!(f, "{role} may not {question}\n  because {}", shown(&because.to_string()))?;
                for (position, suggestion) in would_grant.iter().enumerate() {
                    let lead = if position == 0 { "would give it" } else { "or" };
                    write!(f, "\n  {lead}: {}", shown(&suggestion.sql()))?;
                }
            }
        }
        for condition in self.reach.iter().filter(|condition| condition.met != Met::Yes) {
            write!(f, "\n  {}", shown(&condition.to_string()))?;
        }
        if let Some(rows) = self.rows.as_ref().filter(|_| matches!(self.outcome, Outcome::Allowed { .. })) {
            write!(f, "\n  {}", shown(&rows.to_string()))?;
        }
        Ok(())
    }
}

/// `app is a member of app_rw (inherits, granted by postgres), app_rw holds SELECT granted by shop_owner`.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{step}")?;
        }
        match &self.ground {
            // The last step has said so.
            Ground::Is(_) if !self.steps.is_empty() => Ok(()),
            ground if self.steps.is_empty() => ground.fmt(f),
            ground => write!(f, ", {ground}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (member, role) = (self.member.quoted(), self.role.quoted());
        if role == crate::predefined::DATABASE_OWNER {
            return write!(f, "{member} owns the database and so is {role}");
        }
        match self.passage {
            Passage::Inherits => write!(f, "{member} is a member of {role} (inherits")?,
            Passage::SetRole => write!(f, "{member} is a member of {role} (needs SET ROLE")?,
            Passage::Member => write!(f, "{member} is a member of {role} (")?,
        }
        if !self.grantors.is_empty() {
            let comma = if self.passage == Passage::Member { "" } else { ", " };
            write!(f, "{comma}granted by {}", quoted(&self.grantors))?;
        } else if self.passage == Passage::Member {
            f.write_str("in any way")?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ground::Superuser(role) => write!(f, "{} is a superuser", role.quoted()),
            Ground::Granted { grantee, grantor, privilege, column, on } => {
                write!(f, "{} holds {privilege}", grantee.quoted())?;
                if let Some(column) = column {
                    write!(f, " on column {}", column.quoted())?;
                }
                if let Some(object) = on {
                    write!(f, " on {object}")?;
                }
                write!(f, " granted by {}", grantor.quoted())
            }
            Ground::Owner(role) => write!(f, "{} owns it", role.quoted()),
            Ground::SchemaOwner(role, schema) => {
                write!(f, "{} owns schema {}", role.quoted(), schema.quoted())
            }
            Ground::Predefined(role) => write!(f, "{} is allowed it everywhere", role.quoted()),
            Ground::Attribute(role, attribute) => {
                write!(f, "{} has the attribute {}", role.quoted(), attribute.keyword())
            }
            Ground::Is(role) => write!(f, "it is {} itself", role.quoted()),
            Ground::Admin { member, grantor } => {
                write!(f, "{} has ADMIN OPTION granted by {}", member.quoted(), grantor.quoted())
            }
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Because::NoGrantReaches => f.write_str("no grant reaches it"),
            Because::OnlyColumns(columns) => {
                let word = if columns.len() == 1 { "column" } else { "columns" };
                write!(f, "it holds that on {word} {} only, not on the whole", names(columns, ", "))
            }
            Because::NotPublic => f.write_str("nobody has granted it to PUBLIC"),
            Because::NotOwner(owner) => write!(f, "only the owner may, and that is {}", owner.quoted()),
            Because::NoAttribute(attribute) => {
                write!(f, "it does not have the attribute {}, which is never inherited", attribute.keyword())
            }
            Because::NotMember(role) => {
                write!(f, "it is not {}, and no membership leads there that would suffice", role.quoted())
            }
            Because::NotAdmin(role) => write!(f, "no ADMIN OPTION on {} reaches it", role.quoted()),
            Because::SystemCatalog => {
                f.write_str("only superusers may write system catalogs, whatever was granted")
            }
            Because::NoSuchRole => f.write_str("there is no such role"),
            Because::NotInCatalog => f.write_str("there is no such object in the catalog"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.role.quoted();
        match (&self.need, self.met) {
            (Need::Connect(database), Met::Yes) => {
                write!(f, "{role} may connect to database {}", database.quoted())?
            }
            (Need::Connect(database), Met::No) => {
                write!(f, "it cannot be reached: {role} may not connect to database {}", database.quoted())?;
            }
            (Need::Connect(database), Met::NotSeen) => {
                write!(f, "whether {role} may connect to database {} was not seen", database.quoted())?;
            }
            (Need::SchemaUsage(schema), Met::Yes) => write!(f, "{role} may use schema {}", schema.quoted())?,
            (Need::SchemaUsage(schema), Met::No) => {
                write!(f, "it cannot be named: {role} has no USAGE on schema {}", schema.quoted())?;
            }
            (Need::SchemaUsage(schema), Met::NotSeen) => {
                write!(f, "whether {role} may use schema {} was not seen", schema.quoted())?;
            }
            (Need::TrustedLanguage, Met::Yes) => write!(f, "{role} may use a language that is not trusted")?,
            (Need::TrustedLanguage, _) => f.write_str(
                "it is of no use: in a language that is not trusted only superusers make functions",
            )?,
        }
        match &self.would_meet {
            Some(suggestion) => write!(f, "; would give it: {}", suggestion.sql()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rows::AllAsSuperuser => f.write_str("every row: superusers ignore row security"),
            Rows::AllByAttribute => f.write_str("every row: BYPASSRLS"),
            Rows::AllAsOwner => f.write_str("every row: row security is not forced on the owner"),
            Rows::ByPolicies { permissive, .. } if permissive.is_empty() => {
                f.write_str("no row: row security is enabled and no permissive policy applies")
            }
            Rows::ByPolicies { permissive, restrictive } => {
                write!(f, "only the rows of policy {}", names(permissive, " or "))?;
                if !restrictive.is_empty() {
                    write!(f, ", within {}", names(restrictive, " and "))?;
                }
                Ok(())
            }
        }
    }
}

/// `app: app is a member of app_rw (inherits), app_rw holds SELECT granted by shop_owner`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.chain.usable {
            Usable::Now => "",
            Usable::AfterSetRole => " (after SET ROLE)",
        };
        write!(f, "{}{when}: {}", self.role.quoted(), self.chain)
    }
}

/// `table public.orders in database shop: SELECT, UPDATE; may grant SELECT; after SET ROLE also DELETE; column id: INSERT`.
impl fmt::Display for Holding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = ObjectRef { database: self.database.cloned(), key: self.key.clone() };
        write!(f, "{object}: ")?;
        if !self.held.is_empty() {
            self.held.fmt(f)?;
        }
        for (position, (column, held)) in self.columns.iter().enumerate() {
            let between = if position == 0 && self.held.is_empty() { "" } else { "; " };
            write!(f, "{between}column {}: {held}", column.quoted())?;
        }
        Ok(())
    }
}

/// `SELECT, UPDATE; may grant SELECT; after SET ROLE also DELETE`; `nothing` where nothing is held.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let later = self.after_set_role;
        let parts = [
            ("", self.now.privileges),
            ("may grant ", self.now.grantable),
            ("after SET ROLE also ", later.privileges - self.now.privileges),
            ("after SET ROLE may grant ", later.grantable - self.now.grantable),
        ];
        let mut between = "";
        for (lead, privileges) in parts.into_iter().filter(|(_, privileges)| !privileges.is_empty()) {
            write!(f, "{between}{lead}{privileges}")?;
            between = "; ";
        }
        if self.is_empty() { f.write_str("nothing") } else { Ok(()) }
    }
}

fn quoted(roles: &[RoleName]) -> String {
    roles.iter().map(RoleName::quoted).collect::<Vec<_>>().join(" and ")
}

fn names(names: &[Name], between: &str) -> String {
    names.iter().map(Name::quoted).collect::<Vec<_>>().join(between)
}

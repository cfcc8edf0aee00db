//! What else it takes to use a privilege that is held: to get into the database, and through the schema.

use crate::acl::Grantee;
use crate::action::Action;
use crate::class::Class;
use crate::effective::Effective;
use crate::name::{DatabaseName, RoleName, SchemaName};
use crate::object::{Facts, ObjectKey, ObjectRef};
use crate::privilege::Privilege;
use crate::question::Question;
use crate::remedy::{GrantOption, Suggestion};
use crate::role::Attribute;

/// What is needed beyond the privilege itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// CONNECT on the database, which must accept connections.
    Connect(DatabaseName),
    /// USAGE on the schema, to name what is in it.
    SchemaUsage(SchemaName),
    /// In a language that is not trusted only superusers make functions, whatever was granted.
    TrustedLanguage,
}

/// Whether a need is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The catalog does not hold what would tell.
    NotSeen,
}

/// A need, whether it is met, and what would meet it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is needed.
    pub need: Need,
    /// Who needs it: who logged in, or who it became by SET ROLE.
    pub role: RoleName,
    /// Whether it is met.
    pub met: Met,
    /// What would meet it.
    pub would_meet: Option<Suggestion>,
}

/// What it takes for `role` to use, as `acting`, what the question is about.
pub(crate) fn conditions(
    effective: &Effective<'_>,
    role: &RoleName,
    acting: &RoleName,
    question: &Question,
) -> Vec<Condition> {
    let Some(object) = question.on().filter(|_| effective.catalog.roles.contains_key(role)) else {
        return Vec::new();
    };
    let mut conditions = Vec::new();
    let database = match (&object.database, object.key.class) {
        (Some(database), _) => Some(database.clone()),
        (None, Class::Database) => Some(DatabaseName::from(object.key.name.as_str())),
        (None, _) => None,
    };
    // CONNECT is not needed to use CONNECT.
    let asks_connect = matches!(question.action(), Action::Use(Privilege::Connect) | Action::Grant(_))
        || object.key.class == Class::Database && matches!(question.action(), Action::Alter | Action::Drop);
    if let Some(database) = database.filter(|_| !asks_connect) {
        conditions.push(connect(effective, role, database));
    }
    if let Some(schema) = &object.key.schema {
        conditions.push(usage(effective, acting, object, schema));
    }
    if let Some(Facts::Language { trusted: false }) =
        effective.catalog.object(object).map(|found| &found.facts)
        && *question.action() == Action::Use(Privilege::Usage)
    {
        let superuser = has(effective, acting, Attribute::Superuser);
        let met = if superuser { Met::Yes } else { Met::No };
        conditions.push(Condition {
            need: Need::TrustedLanguage,
            role: acting.clone(),
            met,
            would_meet: None,
        });
    }
    conditions
}

fn connect(effective: &Effective<'_>, role: &RoleName, database: DatabaseName) -> Condition {
    let object = ObjectRef::database(&database);
    let (met, would_meet) = match effective.catalog.object(&object).map(|found| &found.facts) {
        None => (Met::NotSeen, None),
        Some(Facts::Database(facts)) if !facts.allow_connections => (Met::No, None),
        Some(_) => privilege(effective, role, &object, Privilege::Connect),
    };
    Condition { need: Need::Connect(database), role: role.clone(), met, would_meet }
}

fn usage(effective: &Effective<'_>, role: &RoleName, object: &ObjectRef, schema: &SchemaName) -> Condition {
    let key = ObjectKey::bare(Class::Schema, schema.as_str());
    let object = ObjectRef { database: object.database.clone(), key };
    let (met, would_meet) = match effective.catalog.object(&object) {
        None if has(effective, role, Attribute::Superuser) => (Met::Yes, None),
        None => (Met::NotSeen, None),
        Some(_) => privilege(effective, role, &object, Privilege::Usage),
    };
    Condition { need: Need::SchemaUsage(schema.clone()), role: role.clone(), met, would_meet }
}

fn privilege(
    effective: &Effective<'_>,
    role: &RoleName,
    object: &ObjectRef,
    privilege: Privilege,
) -> (Met, Option<Suggestion>) {
    if effective.privileges(role, object).now.privileges.contains(privilege) {
        return (Met::Yes, None);
    }
    let suggestion = Suggestion::Grant {
        privilege,
        column: None,
        on: object.key.clone(),
        to: Grantee::Role(role.clone()),
        option: GrantOption::Without,
    };
    (Met::No, Some(suggestion))
}

fn has(effective: &Effective<'_>, role: &RoleName, attribute: Attribute) -> bool {
    effective.catalog.roles.get(role).is_some_and(|role| role.has(attribute))
}

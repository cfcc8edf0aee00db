//! Privileges on a schema, lent for the time of a statement. USAGE for a GRANT: a grantor that may no longer look into
//! the schema could not even name the object that it once granted privileges on. CREATE for a new owner: PostgreSQL asks
//! whether it could have made what it is given, unless a superuser gives it.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::authority::Authority;
use crate::change::Change;
use crate::order::acting::Acting;
use crate::order::births::Births;
use crate::order::written::Written;

/// A privilege on a schema for a role that grants on what is in it, or gets it.
pub(crate) struct Loan {
    privilege: Privilege,
    schema: SchemaName,
    role: RoleName,
    /// The schema's owner, where the executor has to become it.
    pub(crate) lender: Option<RoleName>,
    /// What it is needed for.
    pub(crate) changes: Vec<usize>,
}

impl Loan {
    /// Before.
    pub(crate) fn lend(&self) -> String {
        format!("GRANT {} ON SCHEMA {} TO {}", self.privilege, self.schema.quoted(), self.role.quoted())
    }

    /// Afterwards.
    pub(crate) fn take_back(&self) -> String {
        format!("REVOKE {} ON SCHEMA {} FROM {}", self.privilege, self.schema.quoted(), self.role.quoted())
    }
}

/// The loans without which these statements would be refused.
pub(crate) fn needed(
    schemas: &BTreeMap<ObjectKey, Object>,
    statements: &[Written],
    acting: &Acting<'_>,
) -> Vec<Loan> {
    let mut loans = Loans::new();
    for statement in statements {
        let Some(role) = statement.as_role.as_ref().or(acting.executor) else { continue };
        for (key, schema) in schemas {
            let name = SchemaName::from(key.name.as_str());
            let named = statement.objects.iter().any(|object| names(object, &name));
            if named && !may_look_into(role, schema, &acting.authority) {
                let loan = loans.entry((name, role.clone())).or_default();
                loan.0 = acting.as_owner(&schema.owner);
                loan.1.extend(&statement.changes);
            }
        }
    }
    collected(Privilege::Usage, loans)
}

/// The loans without which giving to new owners would be refused: CREATE for them, and USAGE for the executor, who may
/// have given the schema away by then.
pub(crate) fn for_new_owners(
    births: &Births<'_>,
    changes: &[Change],
    database: &DatabaseName,
    acting: &Acting<'_>,
) -> Vec<Loan> {
    let (mut creating, mut looking) = (Loans::new(), Loans::new());
    for (index, change) in changes.iter().enumerate() {
        let Change::ChangeOwner { object, after, .. } = change else { continue };
        let (Some(name), true) = (&object.key.schema, object.database.as_ref() == Some(database)) else {
            continue;
        };
        let key = ObjectKey::bare(Class::Schema, name.as_str());
        let Some(schema) = births.object_before(&ObjectRef::within(database, key)) else { continue };
        let lend = |loans: &mut Loans, role: &RoleName| {
            let loan = loans.entry((name.clone(), role.clone())).or_default();
            loan.0 = acting.as_owner(&schema.owner);
            loan.1.insert(index);
        };
        if !acting.authority.is_superuser(after)
            && !holds(after, Privilege::Create, &schema, &acting.authority)
        {
            lend(&mut creating, after);
        }
        if let Some(executor) = acting.executor
            && !may_look_into(executor, &schema, &acting.authority)
        {
            lend(&mut looking, executor);
        }
    }
    let mut loans = collected(Privilege::Create, creating);
    loans.extend(collected(Privilege::Usage, looking));
    loans
}

/// For which schema and role: who lends, and what for.
type Loans = BTreeMap<(SchemaName, RoleName), (Option<RoleName>, BTreeSet<usize>)>;

fn collected(privilege: Privilege, loans: Loans) -> Vec<Loan> {
    loans
        .into_iter()
        .map(|((schema, role), (lender, changes))| Loan {
            privilege,
            schema,
            role,
            lender,
            changes: changes.into_iter().collect(),
        })
        .collect()
}

/// Whether the object is in the schema, or takes a type that is.
fn names(object: &ObjectKey, schema: &SchemaName) -> bool {
    let of_type =
        || object.signature.as_ref().is_some_and(|types| types.contains(&format!("{}.", schema.quoted())));
    object.schema.as_ref() == Some(schema) || of_type()
}

fn may_look_into(role: &RoleName, schema: &Object, authority: &Authority<'_>) -> bool {
    let by_predefined_role = || {
        ["pg_read_all_data", "pg_write_all_data"]
            .iter()
            .any(|predefined| authority.has_privileges_of(role, &RoleName::from(*predefined)))
    };
    holds(role, Privilege::Usage, schema, authority) || by_predefined_role()
}

fn holds(role: &RoleName, privilege: Privilege, schema: &Object, authority: &Authority<'_>) -> bool {
    schema.acl.entries().iter().any(|entry| {
        entry.privileges.contains(privilege)
            && match &entry.grantee {
                Grantee::Public => true,
                Grantee::Role(other) => authority.has_privileges_of(role, other),
            }
    })
}

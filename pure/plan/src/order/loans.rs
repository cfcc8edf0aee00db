//! USAGE on a schema, lent for the time of a GRANT: a grantor that may no longer look into the schema could not even
//! name the object that it once granted privileges on.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::{RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::Privilege;

use crate::authority::Authority;
use crate::order::acting::Acting;
use crate::order::written::Written;

/// USAGE on a schema for a role that grants on what is in it.
pub(crate) struct Loan {
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
        format!("GRANT USAGE ON SCHEMA {} TO {}", self.schema.quoted(), self.role.quoted())
    }

    /// Afterwards.
    pub(crate) fn take_back(&self) -> String {
        format!("REVOKE USAGE ON SCHEMA {} FROM {}", self.schema.quoted(), self.role.quoted())
    }
}

/// The loans without which these statements would be refused.
pub(crate) fn needed(
    schemas: &BTreeMap<ObjectKey, Object>,
    statements: &[Written],
    acting: &Acting<'_>,
) -> Vec<Loan> {
    let mut loans: BTreeMap<(SchemaName, RoleName), (Option<RoleName>, BTreeSet<usize>)> = BTreeMap::new();
    for statement in statements {
        let Some(role) = &statement.as_role else { continue };
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
    loans
        .into_iter()
        .map(|((schema, role), (lender, changes))| Loan {
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
    let by_entry = schema.acl.entries().iter().any(|entry| {
        entry.privileges.contains(Privilege::Usage)
            && match &entry.grantee {
                Grantee::Public => true,
                Grantee::Role(other) => authority.has_privileges_of(role, other),
            }
    });
    let by_predefined_role = || {
        ["pg_read_all_data", "pg_write_all_data"]
            .iter()
            .any(|predefined| authority.has_privileges_of(role, &RoleName::from(*predefined)))
    };
    by_entry || by_predefined_role()
}

//! What a contract says without writing it.

use crate::check::memberships::Memberships;
use crate::form::collection::Map;
use crate::model::contract::Contract;
use crate::model::database::{Database, Schema};
use crate::model::role::RoleKind;
use crate::name::{RoleName, SchemaName};
use crate::source::span::Spanned;

/// Fills in what follows: what is in a schema whose owner is of kind `owner` or `definer` belongs to that owner, as
/// such a role is there to own objects. It does not follow where somebody who may create there could not alter them.
pub(crate) fn fill(contract: Contract) -> Contract {
    let memberships = Memberships::of(&contract);
    let databases = contract
        .databases
        .iter()
        .map(|(name, database)| {
            let schemas = database
                .schemas
                .iter()
                .map(|(name, schema)| (name.clone(), filled(&contract, &memberships, schema)))
                .collect::<Map<SchemaName, Schema>>();
            (name.clone(), Database { schemas, ..database.clone() })
        })
        .collect();
    Contract { databases, ..contract.clone() }
}

fn filled(contract: &Contract, memberships: &Memberships<'_>, schema: &Schema) -> Schema {
    let objects_owner =
        schema.objects_owner.clone().or_else(|| owner_of_objects(contract, memberships, schema));
    Schema { objects_owner, ..schema.clone() }
}

fn owner_of_objects(
    contract: &Contract,
    memberships: &Memberships<'_>,
    schema: &Schema,
) -> Option<Spanned<RoleName>> {
    let owner = schema.owner.as_ref()?;
    let owns = matches!(contract.roles.get(&owner.value)?.kind(), RoleKind::Owner | RoleKind::Definer);
    let creators = schema.create.iter().flatten().filter_map(|grantee| grantee.role.role());
    let all_can_alter = creators
        .filter(|creator| {
            contract.roles.get(creator).is_some_and(|role| !role.superuser() && !role.kind().is_foreign())
        })
        .all(|creator| memberships.is_or_becomes(creator, &owner.value));
    (owns && all_can_alter).then(|| owner.clone())
}

#[cfg(test)]
mod tests {
    use crate::name::{DatabaseName, SchemaName};
    use crate::read::read;
    use crate::source::Source;

    fn check(schema: &str, expected: Option<&str>) {
        let text = format!(
            "contract: 1\nroles:\n  o: {{kind: owner}}\n  g: {{kind: group}}\n  m: {{may_become: [o]}}\n  x: {{}}\n\
             databases:\n  d:\n    schemas:\n      s: {schema}\n"
        );
        let (contract, diagnostics) = read(&[Source::new("c.yaml", text)]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let database = contract.databases.get(&DatabaseName("d".to_owned()));
        let schema = database.and_then(|database| database.schemas.get(&SchemaName("s".to_owned())));
        let found = schema.and_then(|schema| schema.objects_owner.as_ref()).map(|owner| owner.as_str());
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_in_a_schema_of_an_owner_belongs_to_it() {
        check("{owner: o}", Some("o"));
        check("{owner: o, create: [m]}", Some("o"));
        check("{owner: o, objects_owner: x, create: []}", Some("x"));
    }

    #[test]
    fn nothing_follows_from_another_owner_or_where_a_creator_could_not_alter() {
        check("{owner: g}", None);
        check("{owner: o, create: [x]}", None);
        check("{use: [x]}", None);
    }
}

//! The four roles whose privileges the desk lends (D1, D5).

use pgward_catalog::role::LENT_PREFIX;

use crate::model::database::{Database, Schema};
use crate::model::grant::Privilege;
use crate::model::never::Action;
use crate::model::preset::DeskTiers;
use crate::model::role::{Role, RoleKind};
use crate::preset::making::{DDL, Making, schemas_of};

/// Makes the entries `tiers` stands for. Where the contract does not list who may connect, PUBLIC may, and the
/// tiers need not be listed.
pub(crate) fn make(tiers: &DeskTiers, connect_is_listed: bool, making: &mut Making<'_>) {
    let prefix = tiers.prefix.as_ref().map_or(LENT_PREFIX, |prefix| prefix.as_str());
    let [read_only, limited, full, admin] = ["read_only", "read_limited_write", "read_full_write", "admin"]
        .map(|tier| making.name(&format!("{prefix}{tier}")));
    let schemas = schemas_of(&tiers.schemas, making);
    let owner = tiers.owner.as_ref().map(|owner| owner.value.clone());

    if let Some(owner) = &owner {
        making.role(owner, RoleKind::Owner, Role::default());
    }
    making.role(&read_only, RoleKind::Group, Role::default());
    let member_of = making.member_of(&[&read_only]);
    making.role(&limited, RoleKind::Group, Role { member_of, ..Role::default() });
    let above: Vec<_> = [Some(&read_only), owner.as_ref()].into_iter().flatten().collect();
    let member_of = making.member_of(&above);
    making.role(&full, RoleKind::Group, Role { member_of, ..Role::default() });
    let member_of = making.member_of(&[&full]);
    let createrole = Some(making.at(true));
    making.role(&admin, RoleKind::Group, Role { member_of, createrole, ..Role::default() });

    let writes = [Privilege::Insert, Privilege::Update, Privilege::Delete];
    let all_writes = [Privilege::Insert, Privilege::Update, Privilege::Delete, Privilege::Truncate];
    let mut grants = vec![
        making.grant(&read_only, &[Privilege::Usage], making.schemas(&schemas), "every tier reads"),
        making.grant(&read_only, &[Privilege::Select], making.tables(&schemas, &[]), "every tier reads"),
        making.grant(&full, &all_writes, making.tables(&schemas, &[]), "full writes"),
        making.grant(
            &full,
            &[Privilege::Usage, Privilege::Update],
            making.sequences(&schemas),
            "full writes",
        ),
        making.grant(&full, &[Privilege::Create], making.schemas(&schemas), "full writes"),
    ];
    if !tiers.limited_tables.is_empty() {
        let sequences = making.sequences_of(&tiers.limited_tables);
        grants.push(making.grant(
            &limited,
            &writes,
            making.only_tables(&tiers.limited_tables),
            "limited writes",
        ));
        grants.push(making.grant(&limited, &[Privilege::Usage], sequences, "limited writes"));
    }
    let schema = Schema { create: Some(Vec::new()), ..Schema::default() };
    let changes = [Action::Insert, Action::Update, Action::Delete];
    let database = Database {
        connect: connect_is_listed.then(|| making.list(&[&read_only, &limited, &full, &admin])),
        // Up to 14 PUBLIC makes tables in `public`, and the lower tiers must not.
        schemas: schemas.into_iter().map(|name| (name, schema.clone())).collect(),
        grants,
        never: vec![
            making.may_never(&[&read_only], &changes, None, "it only reads"),
            making.may_never(&[&read_only, &limited], DDL, None, "rows, not tables"),
            making.stays_small(&[&read_only, &limited, &full]),
        ],
        ..Database::default()
    };
    making.database(&tiers.database, database);
}

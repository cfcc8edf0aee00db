//! Roles that build on each other, and tables that can only be added to (E1).

use crate::model::database::{Database, Schema};
use crate::model::grant::Privilege;
use crate::model::never::Action;
use crate::model::preset::Hierarchy;
use crate::model::role::{Role, RoleKind};
use crate::name::RoleName;
use crate::preset::making::{DDL, Making, ROWS, schemas_of};
use crate::preset::per_agent::written;

/// Makes the entries `hierarchy` stands for.
pub(crate) fn make(hierarchy: &Hierarchy, making: &mut Making<'_>) {
    let prefix = hierarchy.prefix.as_str();
    let [readonly, app, admin] =
        ["readonly", "app", "admin"].map(|role| making.name(&format!("{prefix}_{role}")));
    let schemas = schemas_of(&hierarchy.schemas, making);
    let services: Vec<RoleName> = hierarchy.services.keys().map(|name| name.value.clone()).collect();

    making.role(&readonly, RoleKind::Login, Role::default());
    making.role(&app, RoleKind::Login, Role::default());
    let member_of = making.member_of(&[&app]);
    making.role(&admin, RoleKind::Login, Role { member_of, ..Role::default() });
    for (name, service) in &hierarchy.services {
        making.role(&name.value, RoleKind::Login, Role { secret: service.secret.clone(), ..Role::default() });
    }
    if let Some(dba) = &hierarchy.dba {
        making.role(&dba.value, RoleKind::Dba, Role::default());
    }
    if let Some(owner) = &hierarchy.owner {
        making.role(&owner.value, RoleKind::Owner, Role::default());
    }

    let draw = [Privilege::Usage, Privilege::Select];
    let mut grants = vec![
        making.grant(&readonly, &[Privilege::Select], making.tables(&schemas, &[]), "reports"),
        making.grant(&app, ROWS, making.tables(&schemas, &hierarchy.insert_only), "it runs the application"),
        making.grant(&app, &draw, making.sequences(&schemas), "it runs the application"),
        making.grant(&admin, &[Privilege::Execute], making.functions(&schemas), "administration"),
    ];
    if !hierarchy.insert_only.is_empty() {
        let tables = making.only_tables(&hierarchy.insert_only);
        grants.push(making.grant(&app, &[Privilege::Insert], tables, "records are added and never changed"));
    }
    if !hierarchy.admin_deletes.is_empty() {
        let tables = making.only_tables(&hierarchy.admin_deletes);
        grants.push(making.grant(
            &admin,
            &[Privilege::Delete],
            tables,
            "old records are removed by administrators",
        ));
    }
    for (name, service) in &hierarchy.services {
        if !service.reads.is_empty() {
            let tables = making.only_tables(&service.reads);
            grants.push(making.grant(&name.value, &[Privilege::Select], tables, "what the service reads"));
        }
        grants.extend(service.writes.iter().flat_map(|writes| written(&name.value, writes, making)));
    }

    let clients: Vec<&RoleName> = [&readonly, &app, &admin].into_iter().chain(&services).collect();
    let mut never = vec![
        making.may_never(&clients, DDL, None, "clients change rows, not tables"),
        making.stays_small(&clients),
        making.may_never(
            &[&readonly],
            &[Action::Insert, Action::Update, Action::Delete],
            None,
            "it only reads",
        ),
    ];
    if !hierarchy.insert_only.is_empty() {
        let adders: Vec<&RoleName> = std::iter::once(&app).chain(&services).collect();
        let tables = making.only_tables(&hierarchy.insert_only);
        let changes = [Action::Select, Action::Update, Action::Delete, Action::Truncate];
        never.push(making.may_never(&adders, &changes, Some(tables), "records are added and never changed"));
    }
    let (owner, objects_owner) = (hierarchy.owner.clone(), hierarchy.owner.clone());
    let schema = Schema { owner, objects_owner, ..making.used_schema(&clients) };
    let everybody: Vec<&RoleName> =
        clients.iter().copied().chain(hierarchy.dba.as_ref().map(|dba| &dba.value)).collect();
    let database = Database {
        connect: Some(making.list(&everybody)),
        schemas: schemas.into_iter().map(|name| (name, schema.clone())).collect(),
        grants,
        never,
        ..Database::default()
    };
    making.database(&hierarchy.database, database);
}

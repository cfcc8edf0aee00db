//! One role runs an application, one migrates it, one owns its objects (A1, A13, A15).

use crate::form::collection::Map;
use crate::model::database::{Database, Schema};
use crate::model::grant::Privilege;
use crate::model::never::Action;
use crate::model::preset::ThreeRoles;
use crate::model::role::{Role, RoleKind};
use crate::preset::making::{DDL, Making, ROWS, schemas_of};
use crate::text::{SettingName, SettingValue};

/// Makes the entries `three` stands for.
pub(crate) fn make(three: &ThreeRoles, making: &mut Making<'_>) {
    let prefix = three.prefix.as_ref().map_or_else(|| three.database.as_str(), |prefix| prefix.as_str());
    let app = making.name(&format!("{prefix}_app"));
    let migrator = making.name(&format!("{prefix}_migrator"));
    let owner = making.name(&format!("{prefix}_owner"));
    let readonly = three.readonly().then(|| making.name(&format!("{prefix}_readonly")));
    let legacy = three.legacy.as_ref().map(|legacy| legacy.value.clone());
    let schemas = schemas_of(&three.schemas, making);

    making.role(&owner, RoleKind::Owner, Role::default());
    let secret = making.secret(&three.secrets, &app);
    making.role(
        &app,
        RoleKind::Login,
        Role { secret, connections: three.connections.clone(), ..Role::default() },
    );
    // Its sessions start as the owner, so that what a migration makes belongs to the owner.
    let start_as_owner = making.at(SettingValue::One(owner.to_string()));
    let secret = making.secret(&three.secrets, &migrator);
    let may_become = vec![making.at(owner.clone())];
    let settings = Map::from_iter([(making.at(SettingName("role".to_owned())), start_as_owner)]);
    making.role(&migrator, RoleKind::Login, Role { secret, may_become, settings, ..Role::default() });
    if let Some(readonly) = &readonly {
        let secret = making.secret(&three.secrets, readonly);
        making.role(readonly, RoleKind::Login, Role { secret, ..Role::default() });
    }
    if let Some(legacy) = &legacy {
        making.role(legacy, RoleKind::Dba, Role::default());
    }

    let clients: Vec<_> = [Some(&app), Some(&migrator), readonly.as_ref()].into_iter().flatten().collect();
    let everybody: Vec<_> = clients.iter().copied().chain(legacy.as_ref()).collect();
    let schema = Schema {
        owner: Some(making.at(owner.clone())),
        objects_owner: Some(making.at(owner.clone())),
        create: Some(making.list(&[&migrator])),
        ..making.used_schema(&clients)
    };
    let execute = [Privilege::Execute];
    let draw = [Privilege::Usage, Privilege::Select];
    let mut grants = vec![
        making.grant(&app, ROWS, making.tables(&schemas, &three.hidden), "it runs the application"),
        making.grant(&app, &draw, making.sequences(&schemas), "it runs the application"),
        making.grant(&app, &execute, making.functions(&schemas), "it runs the application"),
    ];
    let mut never = vec![
        making.may_never(&[&app], DDL, None, "a compromised client must not be able to drop the database"),
        making.stays_small(&clients),
    ];
    if let Some(readonly) = &readonly {
        let tables = making.tables(&schemas, &three.hidden);
        grants.push(making.grant(readonly, &[Privilege::Select], tables, "consoles and reports"));
        let writes = [Action::Insert, Action::Update, Action::Delete];
        never.push(making.may_never(&[readonly], &writes, None, "it only reads"));
        never.push(making.may_never(&[readonly], DDL, None, "it only reads"));
    }
    if !three.hidden.is_empty() {
        let roles: Vec<_> = [Some(&app), readonly.as_ref()].into_iter().flatten().collect();
        let touches = [Action::Select, Action::Insert, Action::Update, Action::Delete];
        never.push(making.may_never(
            &roles,
            &touches,
            Some(making.only_tables(&three.hidden)),
            "hidden from it",
        ));
    }
    let database = Database {
        connect: Some(making.list(&everybody)),
        temporary: Some(making.list(&[&app, &migrator])),
        schemas: schemas.into_iter().map(|name| (name, schema.clone())).collect(),
        grants,
        never,
        ..Database::default()
    };
    making.database(&three.database, database);
}

//! Many tenants in the same tables, and a definer for what crosses them (B2, B3, B5).

use crate::form::collection::{Map, OneOrMany};
use crate::model::database::{Database, Schema};
use crate::model::grant::{Grant, Privilege};
use crate::model::interface::Interface;
use crate::model::never::Action;
use crate::model::preset::MultiTenant;
use crate::model::role::{Role, RoleKind};
use crate::model::rows::{Policy, Rows, Tenant};
use crate::name::{Name, Principal, RoleName, SchemaName};
use crate::preset::making::{DDL, Making, schemas_of};
use crate::source::span::Spanned;
use crate::text::Expression;

/// Makes the entries `tenants` stands for.
pub(crate) fn make(tenants: &MultiTenant, making: &mut Making<'_>) {
    let schemas = schemas_of(&tenants.schemas, making);
    let app = tenants.app.value.clone();
    let group = tenants.group.as_ref().map(|group| group.value.clone());
    let holder = group.clone().unwrap_or_else(|| app.clone());
    let definer = tenants.definer.as_ref().map(|definer| definer.value.clone());
    let member_of = group.iter().flat_map(|group| making.member_of(&[group])).collect();
    making.role(&app, RoleKind::Login, Role { member_of, ..Role::default() });
    if let Some(group) = &group {
        making.role(group, RoleKind::Group, Role::default());
    }
    if let Some(definer) = &definer {
        let bypass_rls = Some(making.at(true));
        making.role(definer, RoleKind::Definer, Role { bypass_rls, ..Role::default() });
    }
    if let Some(owner) = &tenants.owner {
        making.role(&owner.value, RoleKind::Owner, Role::default());
    }

    let users: Vec<&RoleName> = [Some(&holder), definer.as_ref()].into_iter().flatten().collect();
    let (owner, objects_owner) = (tenants.owner.clone(), tenants.owner.clone());
    let schema = Schema { owner, objects_owner, ..making.used_schema(&users) };
    let mut described: Map<SchemaName, Schema> =
        schemas.into_iter().map(|name| (name, schema.clone())).collect();
    let schema = tenants.definer_schema();
    let is_used = tenants.definer_schema.is_some()
        || tenants.functions.iter().any(|function| function.schema == schema.as_str());
    if let Some(definer) = definer.as_ref().filter(|_| is_used) {
        let own = Schema { owner: Some(making.at(definer.clone())), ..making.used_schema(&[&holder]) };
        described.insert(making.at(schema), own);
    }
    let everybody: Vec<&RoleName> = [Some(&app), group.as_ref()].into_iter().flatten().collect();
    let database = Database {
        connect: Some(making.list(&[&app])),
        schemas: described,
        grants: grants(tenants, &holder, definer.as_ref(), making),
        rows: tenants
            .tables
            .keys()
            .map(|table| (table.clone(), rows(tenants, table.with(&holder), making)))
            .collect(),
        interfaces: interfaces(tenants, &holder, making),
        never: nevers(tenants, &everybody, making),
        ..Database::default()
    };
    making.database(&tenants.database, database);
}

fn grants(
    tenants: &MultiTenant,
    holder: &RoleName,
    definer: Option<&RoleName>,
    making: &Making<'_>,
) -> Vec<Spanned<Grant>> {
    let mut grants = Vec::new();
    for (table, allow) in &tenants.tables {
        let allow: Vec<Privilege> = allow.iter().map(|privilege| privilege.value).collect();
        let tables = [table.with(table.pattern())];
        grants.push(making.grant(
            holder,
            &allow,
            making.only_tables(&tables),
            "rows of the session's tenant",
        ));
        if allow.contains(&Privilege::Insert) {
            let sequences = making.sequences_of(&tables);
            grants.push(making.grant(
                holder,
                &[Privilege::Usage],
                sequences,
                "the numbers of the rows it adds",
            ));
        }
    }
    if let (Some(definer), false) = (definer, tenants.hidden.is_empty()) {
        let hidden = making.only_tables(&tenants.hidden);
        grants.push(making.grant(definer, &[Privilege::Select], hidden, "what its functions look up"));
    }
    grants
}

/// Without a tenant in the setting the comparison is with NULL, which lets no row through.
fn rows(tenants: &MultiTenant, to: Spanned<&RoleName>, making: &Making<'_>) -> Spanned<Rows> {
    let setting = tenants.setting.as_str().replace('\'', "''");
    let column = tenants.column();
    let kind = tenants.r#type();
    let expression =
        format!("{} = nullif(current_setting('{setting}', true), '')::{kind}", identifier(column.as_str()));
    let policy = Policy {
        to: OneOrMany(vec![making.at(Principal::Role(to.value.clone()))]),
        r#for: None,
        r#as: None,
        using: Some(making.at(Expression(expression))),
        check: None,
        because: None,
    };
    let tenant =
        Tenant { setting: tenants.setting.clone(), column: making.at(column), sample: Map::default() };
    to.with(Rows {
        force: Some(making.at(true)),
        policies: Map::from_iter([(making.at(Name("tenant".to_owned())), making.at(policy))]),
        tenant: Some(making.at(tenant)),
        ..Rows::default()
    })
}

/// A name as SQL takes it.
fn identifier(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn interfaces(
    tenants: &MultiTenant,
    holder: &RoleName,
    making: &Making<'_>,
) -> Map<crate::pattern::routine::RoutineName, Spanned<Interface>> {
    let safe = ["pg_catalog", "pg_temp"].map(|schema| making.at(SchemaName(schema.to_owned())));
    let interface = Interface {
        owner: tenants.definer.clone(),
        search_path: Some(safe.to_vec()),
        execute: making.list(&[holder]),
        ..Interface::default()
    };
    tenants.functions.iter().map(|name| (name.clone(), name.with(interface.clone()))).collect()
}

fn nevers(
    tenants: &MultiTenant,
    everybody: &[&RoleName],
    making: &Making<'_>,
) -> Vec<Spanned<crate::model::never::Never>> {
    let mut never = vec![
        making.may_never(everybody, DDL, None, "a compromised client must not be able to change tables"),
        making.stays_small(everybody),
    ];
    if !tenants.hidden.is_empty() {
        let touches = [Action::Select, Action::Insert, Action::Update, Action::Delete];
        let hidden = making.only_tables(&tenants.hidden);
        never.push(making.may_never(
            everybody,
            &touches,
            Some(hidden),
            "it would show one tenant the others",
        ));
    }
    never
}

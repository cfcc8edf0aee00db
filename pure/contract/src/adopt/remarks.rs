//! What a person should know who reads an adopted contract.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::Origin;
use pgward_catalog::role::Attribute;

use crate::model::contract::Contract;
use crate::print::Notes;

/// Comments for the contract of this catalog.
pub fn remarks(catalog: &Catalog, contract: &Contract) -> Notes {
    let mut notes = Notes::default();
    notes.above("", head(catalog));
    let owned = owned(catalog);
    for (name, _) in &contract.roles {
        let role = RoleName::from(name.as_str());
        let remark = about_role(catalog, &role, owned.get(&role).copied().unwrap_or_default());
        if !remark.is_empty() {
            notes.above(format!("roles.{}", name.value), remark.join("\n"));
        }
    }
    for (name, said) in &contract.databases {
        let path = format!("databases.{}", name.value);
        notes.above(path.clone(), about_database(catalog, &DatabaseName::from(name.as_str())));
        let definers =
            said.interfaces.iter().filter(|(_, interface)| interface.search_path.is_none()).count();
        if definers > 0 {
            let text = format!(
                "{definers} without a search_path of their own: callers can put objects in front of theirs"
            );
            notes.above(format!("{path}.interfaces"), text);
        }
    }
    notes
}

fn head(catalog: &Catalog) -> String {
    let roles = catalog.roles.keys().filter(|role| !role.as_str().starts_with("pg_")).count();
    let mut text = format!(
        "Written by `pgward adopt` from PostgreSQL {}: {roles} roles, {} databases. It says what is there, not what should be.\n\
         `mode: adopt` takes nothing from anybody that is not mentioned; change it to `authoritative` when you have gone over it.",
        catalog.version.major(),
        catalog.databases.len(),
    );
    for unseen in &catalog.unseen {
        let place =
            unseen.database.as_ref().map_or(String::new(), |database| format!(" in database {database}"));
        text.push_str(&format!("\nNot seen{place}: {} ({}).", unseen.what, unseen.why));
    }
    text
}

fn owned(catalog: &Catalog) -> std::collections::BTreeMap<RoleName, usize> {
    let mut owned = std::collections::BTreeMap::new();
    for (_, _, object) in catalog.objects().filter(|(_, _, object)| object.origin == Origin::User) {
        *owned.entry(object.owner.clone()).or_default() += 1;
    }
    owned
}

fn about_role(catalog: &Catalog, name: &RoleName, owned: usize) -> Vec<String> {
    let Some(role) = catalog.roles.get(name) else { return Vec::new() };
    let mut remarks = Vec::new();
    if *name == catalog.bootstrap {
        remarks.push("the superuser that initdb made; left alone".to_owned());
    } else if role.has(Attribute::Superuser) {
        remarks.push("warning: a superuser, for whom no privilege is ever checked".to_owned());
    }
    let is_shared = role.has(Attribute::Login) && owned > 0;
    if is_shared && *name != catalog.bootstrap {
        remarks.push(format!("warning: logs in and owns {owned} objects, so whoever uses it can drop them"));
    } else if is_shared && owned > 20 {
        remarks.push(format!("warning: owns {owned} objects; a NOLOGIN owner would do"));
    }
    let powers = [Attribute::CreateRole, Attribute::BypassRls, Attribute::Replication];
    let held: Vec<&str> =
        powers.iter().filter(|power| role.has(**power)).map(|power| power.keyword()).collect();
    if !held.is_empty() && !role.has(Attribute::Superuser) {
        remarks.push(format!("warning: {}", held.join(", ")));
    }
    remarks
}

fn about_database(catalog: &Catalog, name: &DatabaseName) -> String {
    let Some(contents) = catalog.databases.get(name) else { return String::new() };
    let count = |is_one: &dyn Fn(Class) -> bool| {
        let ours = contents.objects.iter().filter(|(_, object)| object.origin == Origin::User);
        ours.filter(|(key, _)| is_one(key.class)).count()
    };
    let extensions = contents.objects.keys().filter(|key| key.class == Class::Extension).count();
    format!(
        "{} tables and views, {} sequences, {} routines, {} types and domains in {} schemas; {extensions} extensions",
        count(&|class| class.is_table_like()),
        count(&|class| class == Class::Sequence),
        count(&|class| class.is_routine()),
        count(&|class| matches!(class, Class::Type | Class::Domain)),
        contents.objects.keys().filter(|key| key.class == Class::Schema).count(),
    )
}

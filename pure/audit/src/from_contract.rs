//! From a contract to what an audit has to know of it.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_contract::diagnostic::code::Code;
use pgward_contract::diagnostic::{Diagnostic, did_you_mean};
use pgward_contract::expand::whole::expand;
use pgward_contract::model::audit::Suppression as Accepted;
use pgward_contract::model::contract::Contract;
use pgward_contract::model::role::RoleKind;
use pgward_contract::pattern::object::ObjectName;
use pgward_contract::source::span::{Span, Spanned};

use crate::declared::{Declared, Suppression};
use crate::rules::RULES;

/// What the contract declares, of a cluster that was observed; and what is wrong with it there. Tables that are not there are
/// left out.
pub fn declared(contract: &Contract, observed: &Catalog) -> (Declared, Vec<Diagnostic>) {
    let expansion = expand(contract, observed);
    let of_kind = |kind: RoleKind| -> BTreeSet<RoleName> {
        let roles = contract.roles.iter().filter(|(_, role)| role.kind() == kind);
        roles.map(|(name, _)| RoleName::from(name.as_str())).collect()
    };
    let mut diagnostics = expansion.diagnostics;
    let mut administrative = of_kind(RoleKind::Dba);
    let said = contract.audit.administrators.iter().map(|role| RoleName::from(role.as_str()));
    let accepted: BTreeSet<RoleName> = said.filter(|role| !administrative.contains(role)).collect();
    administrative.extend(accepted.iter().cloned());
    let mut append_only = BTreeSet::new();
    let mut sensitive: BTreeMap<ObjectRef, BTreeSet<Name>> = BTreeMap::new();
    for (database, said) in &contract.audit.databases {
        let database = DatabaseName::from(database.as_str());
        let mut table = |name: &ObjectName, span| {
            let found = table_named(observed, &database, name);
            if found.is_none() && observed.databases.contains_key(&database) {
                diagnostics.push(no_such_table(observed, &database, name, span));
            }
            found
        };
        append_only.extend(said.append_only.iter().filter_map(|name| table(name, name.span)));
        for (name, columns) in &said.sensitive {
            if let Some(table) = table(name, name.span) {
                let columns = columns.iter().map(|column| Name::from(column.as_str()));
                sensitive.entry(table).or_default().extend(columns);
            }
        }
    }
    let mut tenants = BTreeMap::new();
    for (database, said) in &contract.databases {
        let database = DatabaseName::from(database.as_str());
        for (table, rows) in &said.rows {
            if let Some(tenant) = &rows.tenant
                && let Some(table) = table_named(observed, &database, table)
            {
                tenants.insert(table, Name::from(tenant.column.as_str()));
            }
        }
    }
    let declared = Declared {
        desired: expansion.desired,
        described: expansion.reach.declared,
        administrative,
        accepted,
        definers: of_kind(RoleKind::Definer),
        append_only,
        tenants,
        sensitive,
        suppressions: contract.audit.suppress.iter().map(suppression).collect(),
    };
    diagnostics.extend(contract.audit.suppress.iter().filter_map(no_such_rule));
    (declared, diagnostics)
}

fn suppression(said: &Spanned<Accepted>) -> Suppression {
    Suppression {
        rule: said.rule.as_str().to_owned(),
        subject: said.subject.as_ref().map(|subject| subject.as_str().to_owned()),
        principal: said.principal.as_ref().map(|principal| principal.as_str().to_owned()),
        owner: said.owner.as_str().to_owned(),
        reason: said.reason.as_str().to_owned(),
        until: said.until.to_string(),
    }
}

/// A suppression that suppresses nothing would be believed.
fn no_such_rule(said: &Spanned<Accepted>) -> Option<Diagnostic> {
    let named = said.rule.as_str();
    if RULES.iter().any(|rule| rule.id == named) {
        return None;
    }
    let meant = did_you_mean(named, RULES.iter().map(|rule| rule.id));
    let message = format!("no rule is called `{}`", named.escape_debug());
    Some(
        Diagnostic::error(Code::NoSuchRule, said.rule.span, message)
            .hint_if(meant.map(|meant| format!("did you mean `{meant}`?"))),
    )
}

fn no_such_table(observed: &Catalog, database: &DatabaseName, name: &ObjectName, span: Span) -> Diagnostic {
    let contents = observed.databases.get(database);
    let tables = contents.into_iter().flat_map(|contents| contents.objects.keys());
    let known: Vec<String> = tables.filter(|key| key.class.is_table_like()).map(written).collect();
    let meant = did_you_mean(&name.to_string(), known.iter().map(String::as_str)).map(str::to_owned);
    Diagnostic::error(Code::NoSuchObject, span, format!("there is no table `{name}`"))
        .detail(format!("it is not in database \"{database}\""))
        .hint_if(meant.map(|meant| format!("did you mean `{meant}`?")))
}

/// A table as a contract writes it.
fn written(key: &ObjectKey) -> String {
    let schema = key.schema.as_ref().map_or("", |schema| schema.as_str());
    ObjectName { schema: schema.to_owned(), name: key.name.as_str().to_owned() }.to_string()
}

/// The relation of this name, of whichever class it is.
fn table_named(observed: &Catalog, database: &DatabaseName, name: &ObjectName) -> Option<ObjectRef> {
    let contents = observed.databases.get(database)?;
    let classes =
        [Class::Table, Class::PartitionedTable, Class::ForeignTable, Class::View, Class::MaterializedView];
    classes
        .into_iter()
        .map(|class| ObjectKey::in_schema(class, name.schema.as_str(), name.name.as_str()))
        .find(|key| contents.objects.contains_key(key))
        .map(|key| ObjectRef::within(database, key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use pgward_catalog::acl::Acl;
    use pgward_catalog::catalog::Contents;
    use pgward_catalog::object::{Facts, Object, TableFacts};
    use pgward_catalog::role::Role;
    use pgward_catalog::version::Version;
    use pgward_contract::read::read;
    use pgward_contract::source::Source;

    use super::*;

    fn shop() -> Catalog {
        let mut catalog = Catalog::empty(Version(160_000), "postgres".into());
        for role in ["postgres", "jane", "app"] {
            catalog.roles.insert(role.into(), Role::plain());
        }
        let database = Object::new("postgres".into(), Acl::EMPTY);
        catalog.cluster_objects.insert(ObjectKey::bare(Class::Database, "shop"), database);
        let mut contents = Contents::default();
        for table in ["log", "users"] {
            let facts = Facts::Table(TableFacts::default());
            let object = Object { facts, ..Object::new("postgres".into(), Acl::EMPTY) };
            contents.objects.insert(ObjectKey::in_schema(Class::Table, "public", table), object);
        }
        catalog.databases.insert("shop".into(), contents);
        catalog
    }

    fn of(text: &str) -> (Declared, Vec<String>) {
        let (contract, wrong) = read(&[Source::new("c.yaml", text)]);
        assert_eq!(wrong.len(), 0, "{wrong:?}");
        let (declared, diagnostics) = declared(&contract, &shop());
        let words = diagnostics
            .iter()
            .filter(|found| found.code == Code::NoSuchObject || found.code == Code::NoSuchRule);
        (declared, words.map(|found| format!("{} {:?}", found.message, found.hint)).collect())
    }

    #[test]
    fn what_the_contract_says_for_audits_is_declared() {
        let (declared, wrong) = of("contract: 1
roles: {jane: {kind: external}, boss: {kind: dba}, app: {kind: external}, keeper: {kind: definer}}
databases: {shop: {}}
audit:
  administrators: [jane]
  databases: {shop: {append_only: [public.log], sensitive: {public.users: [email, iban]}}}
  suppress: [{rule: role.superuser_login, subject: \"role b*\", owner: ops, reason: known, until: 2027-03-31}]
");
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(declared.administrative, ["boss", "jane"].map(RoleName::from).into());
        assert_eq!(declared.accepted, ["jane"].map(RoleName::from).into());
        assert_eq!(declared.definers, ["keeper"].map(RoleName::from).into());
        let table = |name: &str| {
            ObjectRef::within(&"shop".into(), ObjectKey::in_schema(Class::Table, "public", name))
        };
        assert_eq!(declared.append_only, [table("log")].into());
        assert_eq!(declared.sensitive, [(table("users"), ["email", "iban"].map(Name::from).into())].into());
        let expected = Suppression {
            rule: "role.superuser_login".to_owned(),
            subject: Some("role b*".to_owned()),
            principal: None,
            owner: "ops".to_owned(),
            reason: "known".to_owned(),
            until: "2027-03-31".to_owned(),
        };
        assert_eq!(declared.suppressions, [expected]);
    }

    #[test]
    fn tables_and_rules_that_are_not_there_are_errors() {
        let (declared, wrong) = of("contract: 1
databases: {shop: {}}
audit:
  databases: {shop: {append_only: [public.logs]}}
  suppress: [{rule: role.superuser_logins, owner: ops, reason: known, until: 2027-03-31}]
");
        assert_eq!(declared.append_only.len(), 0);
        let expected = [
            "there is no table `public.logs` Some(\"did you mean `public.log`?\")",
            "no rule is called `role.superuser_logins` Some(\"did you mean `role.superuser_login`?\")",
        ];
        assert_eq!(wrong, expected);
    }
}

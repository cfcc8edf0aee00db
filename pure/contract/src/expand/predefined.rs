//! Predefined roles that the server's version does not have yet.

use std::collections::BTreeMap;

use pgward_catalog::name::RoleName;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::expanding::Expanding;
use crate::expand::standing::is_predefined;
use crate::model::database::Database;
use crate::model::grant::Grantee;
use crate::source::span::{Span, Spanned};

/// Says which predefined roles the contract gives something to, or makes somebody a member of, that do not exist.
pub fn check(expanding: &mut Expanding<'_>) {
    let mut named: BTreeMap<&str, Span> = BTreeMap::new();
    let contract = expanding.contract;
    for (_, role) in &contract.roles {
        let groups = role.member_of.iter().map(|written| &written.role).chain(&role.may_become);
        for group in groups {
            named.entry(group.as_str()).or_insert(group.span);
        }
    }
    for grant in &contract.parameters {
        for to in &grant.to {
            add(to, &mut named);
        }
    }
    for (_, said) in &contract.databases {
        in_database(said, &mut named);
    }
    let major = expanding.observed.version.major();
    for (name, span) in named {
        let role = RoleName::from(name);
        if is_predefined(&role) && !expanding.observed.roles.contains_key(&role) {
            let message = format!("PostgreSQL {major} has no predefined role \"{name}\"");
            expanding.report.add(
                Diagnostic::error(Code::NotInThisVersion, span, message)
                    .hint("grant the privileges one by one, or remove it from the contract"),
            );
        }
    }
}

fn in_database<'c>(said: &'c Database, named: &mut BTreeMap<&'c str, Span>) {
    let lists = [&said.connect, &said.temporary, &said.create].into_iter().flatten().flatten();
    let of_schemas =
        said.schemas.iter().flat_map(|(_, schema)| schema.r#use.iter().chain(&schema.create).flatten());
    let of_grants = said.grants.iter().flat_map(|grant| grant.to.iter());
    let of_interfaces = said.interfaces.iter().flat_map(|(_, interface)| &interface.execute);
    let of_defaults = said.defaults.iter().flat_map(|default| default.to.iter());
    for to in lists.chain(of_schemas).chain(of_grants).chain(of_interfaces).chain(of_defaults) {
        add(to, named);
    }
}

fn add<'c>(to: &'c Spanned<Grantee>, named: &mut BTreeMap<&'c str, Span>) {
    if let Some(role) = to.role.role() {
        named.entry(role.as_str()).or_insert(to.role.span);
    }
}

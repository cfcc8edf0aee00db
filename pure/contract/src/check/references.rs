//! Every role a contract speaks of is declared in it.

use std::collections::HashSet;

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::form::collection::OneOrMany;
use crate::model::contract::Contract;
use crate::model::database::Database;
use crate::model::grant::Grantee;
use crate::name::{Principal, RoleName};
use crate::source::span::{Span, Spanned};

/// Roles that are there without being made, in one version of PostgreSQL or another.
pub(crate) const PREDEFINED: &[&str] = &[
    "pg_checkpoint",
    "pg_create_subscription",
    "pg_database_owner",
    "pg_execute_server_program",
    "pg_maintain",
    "pg_monitor",
    "pg_read_all_data",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_read_server_files",
    "pg_signal_autovacuum_worker",
    "pg_signal_backend",
    "pg_stat_scan_tables",
    "pg_use_reserved_connections",
    "pg_write_all_data",
    "pg_write_server_files",
];

/// Reports every role that is named and not declared.
pub(crate) fn check(contract: &Contract, report: &mut Report) {
    let declared = contract.roles.keys().map(|name| &name.value).collect();
    let mut names = Names { contract, declared, report };
    for (_, role) in &contract.roles {
        for membership in &role.member_of {
            names.role(&membership.role);
            names.optional(&membership.granted_by);
        }
        role.may_become.iter().for_each(|owner| names.role(owner));
    }
    for (_, retirement) in &contract.retired_roles {
        names.optional(&retirement.reassign_to);
    }
    for grant in &contract.parameters {
        names.grantees(&grant.to);
    }
    for (_, tablespace) in &contract.tablespaces {
        names.optional(&tablespace.owner);
        names.list(&tablespace.create);
    }
    for (_, database) in &contract.databases {
        names.database(database);
    }
}

struct Names<'c, 'r> {
    contract: &'c Contract,
    declared: HashSet<&'c RoleName>,
    report: &'r mut Report,
}

impl Names<'_, '_> {
    fn database(&mut self, database: &Database) {
        self.optional(&database.owner);
        for list in [&database.connect, &database.temporary, &database.create] {
            self.list(list);
        }
        for (_, schema) in &database.schemas {
            self.optional(&schema.owner);
            self.optional(&schema.objects_owner);
            self.list(&schema.r#use);
            self.list(&schema.create);
        }
        for grant in &database.grants {
            self.grantees(&grant.to);
            self.optional(&grant.granted_by);
        }
        for default in &database.defaults {
            default.creator.iter().for_each(|creator| self.role(creator));
            self.grantees(&default.to);
        }
        database.owners.iter().for_each(|ownership| self.role(&ownership.owner));
        for (_, rows) in &database.rows {
            for (_, policy) in &rows.policies {
                policy.to.iter().for_each(|principal| self.principal(principal));
            }
        }
        for (_, interface) in &database.interfaces {
            self.optional(&interface.owner);
            interface.execute.iter().for_each(|grantee| self.grantee(grantee));
        }
        for (_, mapped) in &database.user_mappings {
            mapped.iter().for_each(|mapped| self.principal(&mapped.role));
        }
    }

    fn list(&mut self, list: &Option<Vec<Spanned<Grantee>>>) {
        list.iter().flatten().for_each(|grantee| self.grantee(grantee));
    }

    fn grantees(&mut self, grantees: &OneOrMany<Spanned<Grantee>>) {
        grantees.iter().for_each(|grantee| self.grantee(grantee));
    }

    fn grantee(&mut self, grantee: &Spanned<Grantee>) {
        self.principal(&grantee.role);
        self.optional(&grantee.granted_by);
        if let (Principal::Public, true) = (&grantee.role.value, grantee.grant_option()) {
            self.report.add(
                Diagnostic::error(Code::KeysExclude, grantee.span, "PUBLIC cannot have a grant option")
                    .detail("PostgreSQL gives grant options to roles only"),
            );
        }
    }

    fn principal(&mut self, principal: &Spanned<Principal>) {
        if let Principal::Role(role) = &principal.value
            && !self.is_known(role)
        {
            let meant = did_you_mean(role.as_str(), ["PUBLIC"]);
            let diagnostic = undeclared(self.contract, role.as_str(), principal.span);
            let meant =
                meant.filter(|_| !diagnostic.hint.as_deref().is_some_and(|hint| hint.contains("mean")));
            self.report.add(diagnostic.hint_if(meant.map(|meant| format!("did you mean `{meant}`?"))));
        }
    }

    fn optional(&mut self, role: &Option<Spanned<RoleName>>) {
        if let Some(role) = role {
            self.role(role);
        }
    }

    fn role(&mut self, role: &Spanned<RoleName>) {
        self.name(&role.value, role.span);
    }

    fn is_known(&self, role: &RoleName) -> bool {
        self.declared.contains(role) || PREDEFINED.contains(&role.as_str())
    }

    fn name(&mut self, role: &RoleName, span: Span) {
        if !self.is_known(role) {
            self.report.add(undeclared(self.contract, role.as_str(), span));
        }
    }
}

/// Says that `role` is not declared, and which one was probably meant.
pub(crate) fn undeclared(contract: &Contract, role: &str, span: Span) -> Diagnostic {
    let shown = role.escape_debug();
    let diagnostic =
        Diagnostic::error(Code::UndeclaredRole, span, format!("role \"{shown}\" is not declared"));
    if let Some((retired, _)) = contract.retired_roles.iter().find(|(retired, _)| retired.as_str() == role) {
        return diagnostic
            .label(retired.span, "it is to be retired")
            .hint("a role that goes can be given nothing; name its successor");
    }
    let known = contract.roles.keys().map(|name| name.as_str()).chain(PREDEFINED.iter().copied());
    match did_you_mean(role, known) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => diagnostic
            .hint(format!("declare it under `roles`; with `{{kind: external}}` if it is made elsewhere: `{shown}: {{kind: external}}`")),
    }
}

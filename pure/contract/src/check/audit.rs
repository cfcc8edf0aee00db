//! What a contract says for audits: roles and databases that it describes, and rules once.

use std::collections::HashMap;

use crate::check::references::undeclared;
use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::model::contract::Contract;

/// Checks the section `audit`.
pub(super) fn check(contract: &Contract, report: &mut Report) {
    for role in &contract.audit.administrators {
        if !contract.roles.keys().any(|declared| declared.value == role.value) {
            report.add(undeclared(contract, role.value.as_str(), role.span));
        }
    }
    for (name, audited) in &contract.audit.databases {
        if !contract.databases.keys().any(|described| described.value == name.value) {
            let shown = name.value.as_str().escape_debug();
            let known = contract.databases.keys().map(|described| described.value.as_str());
            let meant = did_you_mean(name.value.as_str(), known);
            report.add(
                Diagnostic::error(
                    Code::UndeclaredDatabase,
                    name.span,
                    format!("database \"{shown}\" is not described by this contract"),
                )
                .hint_if(meant.map(|meant| format!("did you mean `{meant}`?"))),
            );
        }
        let mut tables = HashMap::new();
        for table in &audited.append_only {
            if let Some(first) = tables.insert(&table.value, table.span) {
                report.add(
                    Diagnostic::warning(
                        Code::Repeated,
                        table.span,
                        format!("`{}` is written twice", table.value),
                    )
                    .label(first, "first written here"),
                );
            }
        }
    }
}

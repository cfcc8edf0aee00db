//! What can be borrowed is on terms that can be kept.

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::model::access::Tier;
use crate::model::contract::Contract;

/// Checks targets and tiers, and that every database is in scope.
pub(crate) fn check(contract: &Contract, report: &mut Report) {
    scope(contract, report);
    let Some(access) = &contract.access else { return };
    for (_, target) in &access.targets {
        if contract.databases.get(&target.database.value).is_none() {
            let known = contract.databases.keys().map(|name| name.as_str());
            let meant =
                did_you_mean(target.database.as_str(), known).map(|name| format!("did you mean `{name}`?"));
            let message = format!("database \"{}\" is not described in this contract", target.database.value);
            report.add(
                Diagnostic::error(Code::UndeclaredDatabase, target.database.span, message).hint_if(meant),
            );
        }
    }
    for (tier, terms) in &access.tiers {
        if terms.ttl.value > terms.max.value {
            report.add(
                Diagnostic::error(
                    Code::OutOfRange,
                    terms.ttl.span,
                    "a lease would be longer than the longest that is allowed",
                )
                .label(terms.max.span, "the longest"),
            );
        }
        match terms.tables.first() {
            Some(table) if tier.value != Tier::ReadLimitedWrite => report.add(
                Diagnostic::error(
                    Code::KeysExclude,
                    table.span,
                    format!("tier `{}` has no list of tables", tier.word()),
                )
                .hint("`tables` is for `read_limited_write`, whose writes it limits"),
            ),
            None if tier.value == Tier::ReadLimitedWrite => report.add(
                Diagnostic::warning(
                    Code::MissingKey,
                    terms.span,
                    "`read_limited_write` without `tables` can write nowhere",
                )
                .hint("list the tables whose rows it can change"),
            ),
            _ => {}
        }
    }
}

fn scope(contract: &Contract, report: &mut Report) {
    let Some(patterns) = &contract.scope.databases else { return };
    for name in contract.databases.keys() {
        if !patterns.iter().any(|pattern| pattern.matches(name.as_str())) {
            report.add(
                Diagnostic::warning(
                    Code::OutsideScope,
                    name.span,
                    format!("database \"{}\" is outside the scope", name.value),
                )
                .detail("differences are reported, and nothing in it is changed")
                .hint("add it to `scope.databases`"),
            );
        }
    }
}

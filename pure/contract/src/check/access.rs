//! What can be borrowed is on terms that can be kept.

mod holds;
mod people;
mod steps;

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::model::access::{Access, Target, Terms};
use crate::model::contract::Contract;
use crate::model::tier::Tier;
use crate::name::RoleName;
use crate::source::span::Spanned;

/// Checks targets and tiers, who agrees to them, and that every database is in scope.
pub(crate) fn check(contract: &Contract, report: &mut Report) {
    scope(contract, report);
    let Some(access) = &contract.access else { return };
    for (_, target) in &access.targets {
        check_target(contract, access, target, report);
    }
    for (tier, terms) in &access.tiers {
        check_terms(contract, tier, terms, report);
        steps::check_approval(access, terms.span, &terms.approval, steps::Auto::Possible, report);
        steps::check_groups(access, &terms.who, report);
        for rule in &terms.automatic {
            steps::check_groups(access, &rule.r#for.0, report);
        }
    }
    if let Some(emergency) = &access.emergency {
        steps::check_emergency(access, emergency, report);
    }
    steps::check_groups(access, &access.revoke, report);
    people::check(access, report);
    holds::check(access, report);
}

fn check_target(contract: &Contract, access: &Access, target: &Spanned<Target>, report: &mut Report) {
    if contract.databases.get(&target.database.value).is_none() {
        let known = contract.databases.keys().map(|name| name.as_str());
        let meant =
            did_you_mean(target.database.as_str(), known).map(|name| format!("did you mean `{name}`?"));
        let message = format!("database \"{}\" is not described in this contract", target.database.value);
        report.add(Diagnostic::error(Code::UndeclaredDatabase, target.database.span, message).hint_if(meant));
    }
    // Without a prefix the roles may be made by somebody else's preset; the desk looks for them where it lends.
    let Some(prefix) = &target.role_prefix else { return };
    for (tier, _) in &access.tiers {
        let role = RoleName(format!("{}{}", prefix.as_str(), tier.word()));
        if contract.roles.get(&role).is_none() {
            let message =
                format!("tier `{}` cannot be lent here: role \"{role}\" is not declared", tier.word());
            report.add(
                Diagnostic::error(Code::UndeclaredRole, prefix.span, message)
                    .detail("a lease is a login of its own that is a member of this role")
                    .hint("declare the role, or let the preset `desk_tiers` make it"),
            );
        }
    }
}

fn check_terms(contract: &Contract, tier: &Spanned<Tier>, terms: &Spanned<Terms>, report: &mut Report) {
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
    if terms.ttl.value.seconds() == 0 {
        report.add(Diagnostic::error(Code::OutOfRange, terms.ttl.span, "a lease would end as it begins"));
    }
    for rule in &terms.automatic {
        if let Some(up_to) = &rule.up_to
            && up_to.value > terms.max.value
        {
            report.add(
                Diagnostic::error(
                    Code::OutOfRange,
                    up_to.span,
                    "what is given without asking would be longer than the longest that is allowed",
                )
                .label(terms.max.span, "the longest"),
            );
        }
    }
    if let Some(owner) = &terms.owner
        && contract.roles.get(&owner.value).is_none()
    {
        let known = contract.roles.keys().map(|name| name.as_str());
        let meant = did_you_mean(owner.as_str(), known).map(|name| format!("did you mean `{name}`?"));
        let message = format!("role \"{}\" is not declared", owner.value);
        report.add(Diagnostic::error(Code::UndeclaredRole, owner.span, message).hint_if(meant));
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

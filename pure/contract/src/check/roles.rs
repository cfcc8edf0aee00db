//! What roles are given goes with what they are for.

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::model::contract::Contract;
use crate::model::role::{Role, RoleKind};
use crate::name::RoleName;
use crate::source::span::{Span, Spanned};

/// Checks every role for itself.
pub(crate) fn check(contract: &Contract, report: &mut Report) {
    for (name, role) in &contract.roles {
        reserved(name, role, report);
        kind(name, role, report);
        repeated(role, report);
        databases(contract, role, report);
        scope(contract, name, role, report);
    }
    definers(contract, report);
    retirements(contract, report);
}

fn reserved(name: &Spanned<RoleName>, role: &Role, report: &mut Report) {
    let text = name.as_str();
    let is_predefined = text.starts_with("pg_");
    // A predefined role can be made a member of others; then it is declared, to account for that.
    if (is_predefined && role.kind() != RoleKind::External) || matches!(text, "public" | "none") {
        report.add(
            Diagnostic::error(Code::ReservedName, name.span, format!("role \"{text}\" is PostgreSQL's own"))
                .hint("predefined roles and PUBLIC need no declaration: name them where something is given to them"),
        );
    }
    if text == "PUBLIC" {
        report.add(
            Diagnostic::warning(Code::ReservedName, name.span, "this declares a role whose name is PUBLIC in capitals")
                .detail("PUBLIC as everybody needs no declaration")
                .hint("remove it, unless there is such a role; where something is given to that role, write `\"\\\"PUBLIC\\\"\"`"),
        );
    }
}

fn kind(name: &Spanned<RoleName>, role: &Role, report: &mut Report) {
    let kind = role.kind();
    let mismatch = |span: Span, what: &str, hint: &str| {
        let message = format!("role \"{}\" of kind `{}` cannot have {what}", name.value, kind.word());
        Diagnostic::error(Code::KindMismatch, span, message).label(name.span, "declared here").hint(hint)
    };
    if kind.is_foreign() {
        let hint = "pgward never changes this role; write what it should be where it is made, or give it another kind";
        for (span, what) in written(role) {
            report.add(mismatch(span, what, hint));
        }
        return;
    }
    match &role.login {
        Some(login) if login.value && kind == RoleKind::Definer => report.add(
            Diagnostic::error(
                Code::ExposedDefiner,
                login.span,
                format!("definer role \"{}\" can log in", name.value),
            )
            .detail("whoever logs in as it has everything its functions may do, without the functions")
            .hint("remove `login: true`"),
        ),
        Some(login) if login.value && kind != RoleKind::Login => {
            let hint = "write `kind: login` if it is a role that somebody connects as";
            report.add(mismatch(login.span, "`login: true`", hint));
        }
        _ => {}
    }
    if let (Some(secret), Some(password)) = (&role.secret, &role.password) {
        report.add(
            Diagnostic::error(
                Code::KeysExclude,
                password.span,
                "`password` is about a role without a `secret`",
            )
            .label(secret.span, "its password is kept here")
            .hint("remove one of the two"),
        );
    }
    if let (Some(secret), Some(false)) = (&role.secret, role.can_login()) {
        report.add(mismatch(secret.span, "a secret", "only a role that can log in has a password"));
    }
}

/// What is written about a role that is made and kept elsewhere and that nobody could compare or keep here.
fn written(role: &Role) -> Vec<(Span, &'static str)> {
    let secret = role.secret.as_ref().map(|value| (value.span, "a secret"));
    let comment = role.comment.as_ref().map(|value| (value.span, "a comment"));
    secret.into_iter().chain(comment).collect()
}

fn repeated(role: &Role, report: &mut Report) {
    let mut seen: Vec<(&Spanned<RoleName>, Option<&RoleName>)> = Vec::new();
    let granted = role.member_of.iter().map(|one| (&one.role, one.granted_by.as_ref().map(|by| &by.value)));
    for (name, grantor) in granted.chain(role.may_become.iter().map(|owner| (owner, None))) {
        match seen.iter().find(|(other, by)| other.value == name.value && *by == grantor) {
            Some((first, _)) => report.add(
                Diagnostic::error(
                    Code::Repeated,
                    name.span,
                    format!("the membership in \"{}\" is written twice", name.value),
                )
                .label(first.span, "first written here")
                .hint("`may_become` is a membership without INHERIT: write it under one of the two keys"),
            ),
            None => seen.push((name, grantor)),
        }
    }
}

fn databases(contract: &Contract, role: &Role, report: &mut Report) {
    for database in role.settings_in.keys() {
        if contract.databases.get(&database.value).is_none() {
            let known = contract.databases.keys().map(|name| name.as_str());
            let meant = did_you_mean(database.as_str(), known).map(|name| format!("did you mean `{name}`?"));
            report.add(
                Diagnostic::warning(
                    Code::UndeclaredDatabase,
                    database.span,
                    format!("database \"{}\" is not described in this contract", database.value),
                )
                .hint_if(meant),
            );
        }
    }
}

fn scope(contract: &Contract, name: &Spanned<RoleName>, role: &Role, report: &mut Report) {
    let Some(patterns) = &contract.scope.roles else { return };
    if role.kind().is_foreign() || patterns.iter().any(|pattern| pattern.matches(name.as_str())) {
        return;
    }
    report.add(
        Diagnostic::warning(
            Code::OutsideScope,
            name.span,
            format!("role \"{}\" is outside the scope", name.value),
        )
        .detail("differences are reported, and the role is not changed")
        .hint("add it to `scope.roles`, or declare it with `kind: external`"),
    );
}

fn definers(contract: &Contract, report: &mut Report) {
    for (member, role) in &contract.roles {
        for name in role.member_of.iter().map(|membership| &membership.role).chain(&role.may_become) {
            let Some((definer, declared)) = contract.roles.entry(&name.value) else { continue };
            if declared.kind() == RoleKind::Definer {
                let message =
                    format!("role \"{}\" would be a member of definer role \"{}\"", member.value, name.value);
                report.add(
                    Diagnostic::error(Code::ExposedDefiner, name.span, message)
                        .label(definer.span, "a definer, which nobody is a member of")
                        .hint("let it call the definer's functions instead: `interfaces: {...: {execute: [...]}}`"),
                );
            }
        }
    }
}

fn retirements(contract: &Contract, report: &mut Report) {
    for (name, retirement) in &contract.retired_roles {
        if let Some((declared, _)) = contract.roles.entry(&name.value) {
            report.add(
                Diagnostic::error(
                    Code::RetiredAndDeclared,
                    name.span,
                    format!("role \"{}\" is declared and retired", name.value),
                )
                .label(declared.span, "declared here")
                .hint("remove it from `roles`: while it is being retired pgward keeps it"),
            );
        }
        if let Some(successor) =
            retirement.reassign_to.as_ref().filter(|successor| successor.value == name.value)
        {
            report.add(
                Diagnostic::error(Code::RetiredAndDeclared, successor.span, "a role cannot succeed itself")
                    .hint("name the role that is to own what this one owns"),
            );
        }
    }
}

//! People are one person each, whatever they are called.

use std::collections::BTreeMap;

use crate::check::access::steps::{AUTO, MANAGER};
use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::model::access::{Access, Person, PersonKind};
use crate::name::Name;
use crate::source::span::{Span, Spanned};

/// Checks people, groups and delegations.
pub(super) fn check(access: &Access, report: &mut Report) {
    one_name_one_person(access, report);
    for (name, person) in &access.people {
        check_person(access, name, person, report);
    }
    for (group, members) in &access.groups {
        if [MANAGER, AUTO].contains(&group.as_str()) {
            let message = format!("no group can be called `{}`", group.value);
            report.add(
                Diagnostic::error(Code::ReservedName, group.span, message).detail(
                    "in an approval `manager` is the manager of who asks, and `auto` agrees by itself",
                ),
            );
        }
        members.iter().for_each(|member| known(access, member, report));
    }
    for delegation in &access.delegations {
        known(access, &delegation.from, report);
        known(access, &delegation.to, report);
        let ends_first = delegation.since.as_ref().is_some_and(|since| since.value >= delegation.until.value);
        if ends_first {
            report.add(Diagnostic::error(
                Code::OutOfRange,
                delegation.until.span,
                "the delegation ends before it begins",
            ));
        }
        if delegation.from.value == delegation.to.value {
            report.add(Diagnostic::error(
                Code::Repeated,
                delegation.to.span,
                "nobody decides for themselves by delegation",
            ));
        }
    }
}

/// Nobody agrees to their own request under another name: a name that two people have would make that a matter of which
/// is found first.
fn one_name_one_person(access: &Access, report: &mut Report) {
    let mut taken: BTreeMap<&str, Span> =
        access.people.keys().map(|name| (name.as_str(), name.span)).collect();
    for (name, person) in &access.people {
        for alias in &person.also {
            let first = taken.insert(alias.as_str(), alias.span);
            if let Some(first) = first {
                let message = format!("`{}` is the name of two people", alias.value.as_str());
                report.add(
                    Diagnostic::error(Code::Repeated, alias.span, message)
                        .label(first, "here for the first time")
                        .hint(format!("leave it to one of them, or remove it from `{}`", name.value)),
                );
            }
        }
    }
}

fn check_person(access: &Access, name: &Spanned<Name>, person: &Spanned<Person>, report: &mut Report) {
    if let Some(manager) = &person.manager {
        known(access, manager, report);
        if manager.value == name.value {
            report.add(Diagnostic::error(Code::Repeated, manager.span, "nobody is their own manager"));
        }
    }
    match (&person.responsible, person.kind()) {
        (Some(responsible), PersonKind::Human) => report.add(
            Diagnostic::error(Code::KeysExclude, responsible.span, "a human answers for themselves")
                .hint("say `kind: machine` or `kind: agent`, or remove `responsible`"),
        ),
        (None, PersonKind::Machine | PersonKind::Agent) => report.add(
            Diagnostic::error(
                Code::MissingKey,
                person.span,
                format!("nobody answers for {} `{}`", person.kind().word(), name.value),
            )
            .hint("name the human under `responsible`"),
        ),
        (Some(responsible), _) => {
            known(access, responsible, report);
            let human =
                access.people.get(&responsible.value).is_none_or(|who| who.kind() == PersonKind::Human);
            if !human {
                report.add(Diagnostic::error(
                    Code::KindMismatch,
                    responsible.span,
                    "only a human answers for others",
                ));
            }
        }
        (None, PersonKind::Human) => {}
    }
}

/// People who are declared at all are all declared.
fn known(access: &Access, name: &Spanned<Name>, report: &mut Report) {
    if access.people.is_empty() || access.people.get(&name.value).is_some() {
        return;
    }
    let people = access.people.keys().map(|name| name.as_str());
    let meant = did_you_mean(name.as_str(), people).map(|name| format!("did you mean `{name}`?"));
    let hint = meant.unwrap_or_else(|| format!("declare them under `people`: `{}: {{}}`", name.value));
    let message = format!("nobody called `{}` is declared", name.value);
    report.add(Diagnostic::error(Code::UndeclaredPerson, name.span, message).hint(hint));
}

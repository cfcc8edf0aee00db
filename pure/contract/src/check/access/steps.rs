//! An approval asks somebody, and somebody who can be asked.

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::model::access::Access;
use crate::model::lent::{Emergency, Step};
use crate::name::Name;
use crate::source::span::{Span, Spanned};

/// Whether an approval can be automatic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Auto {
    /// `auto` can stand here, alone.
    Possible,
    /// It cannot.
    Never,
}

/// Checks the steps of an approval that is written at `place`.
pub(super) fn check_approval(
    access: &Access,
    place: Span,
    steps: &[Spanned<Step>],
    auto: Auto,
    report: &mut Report,
) {
    if steps.is_empty() {
        let hint = match auto {
            Auto::Possible => {
                "write `approval: [auto]` for what needs no approval, or the groups that must agree"
            }
            Auto::Never => "name the groups that must agree",
        };
        report.add(
            Diagnostic::error(Code::MissingKey, place, "nobody is named who agrees")
                .detail("what nobody agrees to is never given")
                .hint(hint),
        );
    }
    for step in steps {
        check_step(access, step, steps.len(), auto, report);
    }
}

fn check_step(access: &Access, step: &Spanned<Step>, steps: usize, auto: Auto, report: &mut Report) {
    let named = match (&step.any, &step.all) {
        (Some(any), None) => any,
        (None, Some(all)) => all,
        (None, None) => {
            report.add(
                Diagnostic::error(Code::MissingKey, step.span, "a step says who must agree")
                    .hint("write `any` for one of several groups, or `all` for each of them"),
            );
            return;
        }
        (Some(_), Some(_)) => {
            report.add(
                Diagnostic::error(Code::KeysExclude, step.span, "a step has either `any` or `all`")
                    .hint("write two steps; they are taken one after the other"),
            );
            return;
        }
    };
    if let (Some(count), Some(_)) = (&step.count, &step.all) {
        report.add(
            Diagnostic::error(Code::KeysExclude, count.span, "`count` is for `any`")
                .detail("of `all`, each group must agree, by a person of its own"),
        );
    }
    if step.within().seconds() == 0 {
        report.add(Diagnostic::error(Code::OutOfRange, step.span, "the step would be over as it begins"));
    }
    let automatic = named.iter().find(|name| name.as_str() == AUTO);
    match automatic {
        Some(name) if auto == Auto::Never => report.add(
            Diagnostic::error(Code::KeysExclude, name.span, "a human must agree here")
                .hint("name the groups that must agree"),
        ),
        Some(name) if steps > 1 || named.0.len() > 1 => report.add(
            Diagnostic::error(Code::KeysExclude, name.span, "`auto` stands alone")
                .detail("a step that agrees by itself asks nobody"),
        ),
        _ => {}
    }
    check_groups(access, &named.0, report);
    check_groups(access, &step.escalate, report);
}

/// Checks what is done in an emergency.
pub(super) fn check_emergency(access: &Access, emergency: &Spanned<Emergency>, report: &mut Report) {
    for groups in [&emergency.who.0, &emergency.review.0, &emergency.tell] {
        check_groups(access, groups, report);
    }
    for tier in &emergency.tiers {
        let Some(terms) = access.tiers.get(&tier.value) else {
            report.add(
                Diagnostic::error(
                    Code::BadSelection,
                    tier.span,
                    format!("tier `{}` is not lent", tier.word()),
                )
                .hint("declare it under `tiers`"),
            );
            continue;
        };
        if emergency.max.value > terms.max.value {
            report.add(
                Diagnostic::error(
                    Code::OutOfRange,
                    emergency.max.span,
                    format!("in an emergency `{}` would be lent for longer than otherwise", tier.word()),
                )
                .label(terms.max.span, "the longest otherwise"),
            );
        }
    }
}

/// Checks that these groups are declared, if any is.
pub(super) fn check_groups(access: &Access, named: &[Spanned<Name>], report: &mut Report) {
    if access.groups.is_empty() {
        return;
    }
    let known = || access.groups.keys().map(|name| name.as_str());
    for name in named.iter().filter(|name| ![MANAGER, AUTO].contains(&name.as_str())) {
        if access.groups.get(&name.value).is_none() {
            let meant = did_you_mean(name.as_str(), known()).map(|name| format!("did you mean `{name}`?"));
            let hint = meant.unwrap_or_else(|| format!("declare it under `groups`: `{}: []`", name.value));
            let message = format!("group `{}` is not declared", name.value);
            report.add(Diagnostic::error(Code::UndeclaredPerson, name.span, message).hint(hint));
        }
    }
}

/// Stands for the manager of who asks.
pub(super) const MANAGER: &str = "manager";
/// Agrees by itself.
pub(super) const AUTO: &str = "auto";

//! Rules that hold statements say something, and somebody can let the statements go.

use crate::check::access::steps::{Auto, check_approval};
use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::model::access::Access;
use crate::model::hold::Condition;
use crate::source::span::Spanned;
use crate::text::Words;

/// Checks every rule.
pub(super) fn check(access: &Access, report: &mut Report) {
    for (_, rule) in &access.holds {
        check_approval(access, rule.span, &rule.approval, Auto::Never, report);
        for target in &rule.targets {
            if access.targets.get(&target.value).is_none() {
                let known = access.targets.keys().map(|name| name.as_str());
                let meant =
                    did_you_mean(target.as_str(), known).map(|name| format!("did you mean `{name}`?"));
                let message = format!("target `{}` is not declared", target.value);
                report.add(Diagnostic::error(Code::BadSelection, target.span, message).hint_if(meant));
            }
        }
        rule.when.iter().for_each(|condition| check_condition(condition, report));
        if rule.release().seconds() == 0 {
            report.add(Diagnostic::error(
                Code::OutOfRange,
                rule.span,
                "a statement could not run after it was let go",
            ));
        }
    }
}

fn check_condition(condition: &Spanned<Condition>, report: &mut Report) {
    let said = [
        condition.above.is_some(),
        condition.below.is_some(),
        condition.is.is_some(),
        condition.is_not.is_some(),
    ];
    if !said.contains(&true) {
        report.add(
            Diagnostic::error(Code::MissingKey, condition.span, "the condition says nothing of the value")
                .hint("write `above`, `below`, `is` or `is_not`"),
        );
    }
    for bound in [&condition.above, &condition.below].into_iter().flatten() {
        check_number(bound, report);
    }
}

fn check_number(bound: &Spanned<Words>, report: &mut Report) {
    if crate::number::Decimal::parse(bound.as_str()).is_none() {
        let message = format!("`{}` is not a number", bound.as_str().escape_debug());
        report.add(
            Diagnostic::error(Code::WrongType, bound.span, message)
                .hint("write it in digits, with a point where it has a fraction: `500000`, `0.5`"),
        );
    }
}

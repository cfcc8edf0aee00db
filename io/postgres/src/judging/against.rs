//! What speaks against a text that the catalog has.

use pgward_contract::model::tier::Tier;
use pgward_statement::class::Class;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::judgement::Judgement;
use pgward_statement::view::View;

/// What speaks against a text, besides that it is of these classes.
pub(super) fn against(text: &str, tier: Tier, view: &View, besides: &[Class]) -> Option<String> {
    let Judgement::Deny(denial) = judge(text, tier, view, &Bounds::default()) else { return None };
    let reason = denial.because.iter().find(|reason| !besides.contains(&reason.class))?;
    Some(format!("{}: {}", reason.what, reason.why.as_deref().unwrap_or(reason.class.meaning())))
}

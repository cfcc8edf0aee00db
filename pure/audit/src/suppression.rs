//! Suppressions: findings that somebody answers for, until a day. They stay in every denominator.

use crate::declared::Suppression;
use crate::finding::Finding;

/// What becomes of a finding.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody answers for it.
    Open,
    /// Somebody does.
    Accepted {
        /// Who.
        owner: String,
        /// Why.
        reason: String,
        /// The last day.
        until: String,
    },
    /// Somebody did, and the day has passed.
    Expired {
        /// Who.
        owner: String,
        /// The last day.
        until: String,
    },
}

impl Standing {
    /// Where a finding stands on this day (`2026-11-22`). Of several suppressions one in force counts.
    pub fn of(finding: &Finding, suppressions: &[Suppression], today: &str) -> Standing {
        let mut standing = Standing::Open;
        for suppression in suppressions.iter().filter(|suppression| suppression.covers(finding)) {
            // Dates are written year first, so they compare as text.
            if today <= suppression.until.as_str() {
                return Standing::Accepted {
                    owner: suppression.owner.clone(),
                    reason: suppression.reason.clone(),
                    until: suppression.until.clone(),
                };
            }
            standing =
                Standing::Expired { owner: suppression.owner.clone(), until: suppression.until.clone() };
        }
        standing
    }

    /// Where a finding stands that is one because of a role which the contract calls an administrator.
    pub fn of_administrators() -> Standing {
        Standing::Accepted {
            owner: "the contract".to_owned(),
            reason: "about a role that audit.administrators names".to_owned(),
            until: "it says otherwise".to_owned(),
        }
    }

    /// Whether somebody answers for it today.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Standing::Accepted { .. })
    }
}

impl Suppression {
    /// Whether it speaks of this finding.
    pub fn covers(&self, finding: &Finding) -> bool {
        let principal = finding.principal.as_ref().map(ToString::to_string).unwrap_or_default();
        self.rule == finding.rule
            && self
                .subject
                .as_ref()
                .is_none_or(|pattern| matches_pattern(pattern, &finding.subject.to_string()))
            && self.principal.as_ref().is_none_or(|pattern| matches_pattern(pattern, &principal))
    }
}

/// `*` stands for any letters, also none; everything else for itself.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(first) = pieces.next() else { return text.is_empty() };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, text, is_match) in [
            ("role app", "role app", true),
            ("role app", "role apps", false),
            ("role *", "role app", true),
            ("*.orders in *", "table public.orders in database shop", true),
            ("*.orders", "table public.orders in database shop", false),
            ("a*b*c", "abbc", true),
            ("a*b*c", "acb", false),
            ("*", "", true),
        ] {
            assert_eq!(matches_pattern(pattern, text), is_match, "{pattern} {text}");
        }
    }
}

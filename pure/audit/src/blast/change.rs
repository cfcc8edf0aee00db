//! Blast radii before and after a change of privileges: what a plan takes from a thief, and what it gives them (requirement A3).

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_survey::Survey;

use crate::assess::not_looked_into;
use crate::blast::{BlastRadii, BlastRadius};
use crate::comparison::with_catalog;
use crate::declared::Declared;
use crate::paths::Paths;
use crate::study::Study;

/// Everybody's blast radius, twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlastChange {
    /// As it is.
    pub before: BlastRadii,
    /// As it would be.
    pub after: BlastRadii,
    /// Databases that were not looked into: what is in them is in no number.
    pub not_looked_into: Vec<DatabaseName>,
}

impl BlastChange {
    /// Measures what was surveyed, and the same with another catalog in the observed one's place.
    pub fn of(survey: &Survey, after: &Catalog, declared: Option<&Declared>, today: &str) -> BlastChange {
        let study = Study::of(survey, declared, today);
        let (before, not_looked_into) = (measured(&study), not_looked_into(&study));
        let then = with_catalog(survey, after);
        BlastChange { before, after: measured(&Study::of(&then, declared, today)), not_looked_into }
    }
}

fn measured(study: &Study<'_>) -> BlastRadii {
    BlastRadii::of(study, &Paths::of(study).graph)
}

/// Every login that is there before or after, with its blast radius before and after; the widest before first.
pub fn logins<'a>(
    before: &'a BlastRadii,
    after: &'a BlastRadii,
) -> impl Iterator<Item = (&'a RoleName, Option<&'a BlastRadius>, Option<&'a BlastRadius>)> {
    let find = |radii: &'a [BlastRadius], login: &RoleName| radii.iter().find(|one| one.login == *login);
    let (before, after) = (&before.logins, &after.logins);
    let known = before.iter().map(move |one| (&one.login, Some(one), find(after, &one.login)));
    let new = after.iter().filter(move |one| find(before, &one.login).is_none());
    known.chain(new.map(|one| (&one.login, None, Some(one))))
}

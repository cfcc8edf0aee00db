//! `pgward paths`: how logins become more than they are, and what the contract makes of it.

use pgward_audit::paths::Paths;
use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::report::{Report, State};
use pgward_audit::study::Study;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;
use pgward_plan::change::Change;
use pgward_plan::simulate::absent::SimulateError;
use pgward_plan::simulate::simulate;
use pgward_survey::Survey;
use pgward_survey::sight::Sight;

use crate::audit::Surveyed;
use crate::plan::Planned;

/// Which paths are asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only those of this role.
    pub from: Option<RoleName>,
    /// Only those to this.
    pub to: Option<Sink>,
}

/// Finds the paths now, and where there is a plan, those that it leaves.
pub fn paths(surveyed: &Surveyed, planned: Option<&Planned>, asked: &Asked) -> Result<Report, SimulateError> {
    let found = |survey: &Survey| {
        let study = Study::of(survey, surveyed.declared.as_ref(), &surveyed.today);
        State::of(&Paths::of(&study), asked.from.as_ref(), asked.to)
    };
    let after = match planned {
        Some(planned) => Some(found(&afterwards(&surveyed.survey, planned)?)),
        None => None,
    };
    Ok(Report {
        major: surveyed.survey.catalog.version.major(),
        before: found(&surveyed.survey),
        after,
        unseen: unseen(&surveyed.survey),
    })
}

/// The survey as it would be once the plan has run.
fn afterwards(survey: &Survey, planned: &Planned) -> Result<Survey, SimulateError> {
    let changes: Vec<Change> = planned.plan.changes.iter().map(|planned| planned.change.clone()).collect();
    let mut after = survey.clone();
    after.catalog = simulate(&planned.prepared.observed, &changes)?;
    let Survey { catalog, databases, .. } = &mut after;
    for (database, anatomy) in databases {
        let Some(contents) = catalog.databases.get(database) else { continue };
        // What uses code is told with its owners, who may be others afterwards.
        for used in &mut anatomy.uses {
            if let Some(on) = contents.objects.get(&used.on) {
                used.on_owner.clone_from(&on.owner);
            }
            if let Some(target) = contents.objects.get(&used.target) {
                used.target_owner.clone_from(&target.owner);
            }
        }
    }
    Ok(after)
}

/// What the graph rests on that could not be seen: there may be more ways than are shown.
pub fn unseen(survey: &Survey) -> Vec<String> {
    let Survey { catalog, blind, .. } = survey;
    let sights = [Sight::Passwords, Sight::HbaRules, Sight::UserMappingOptions, Sight::SubscriptionSecrets];
    let blind =
        sights.into_iter().filter_map(|sight| Some(format!("{}: {}", sight.words(), blind.get(&sight)?)));
    blind.chain(words_of_unseen(catalog)).collect()
}

fn words_of_unseen(catalog: &Catalog) -> impl Iterator<Item = String> {
    catalog.unseen.iter().map(|unseen| {
        let place = unseen.database.as_ref().map(|name| format!(" in database {}", name.quoted()));
        format!("{}{}: {}", unseen.what, place.unwrap_or_default(), unseen.why)
    })
}

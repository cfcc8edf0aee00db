//! The fixes of a database full of flaws, all of them, in the order of the report, backwards, and shuffled: none fails but for what another
//! one has taken away already, none makes a flaw that was not there, and what they are for is gone.

use std::collections::BTreeSet;

use pgward_audit::assess::{Outcome, assess};
use pgward_audit::finding::{Finding, Fix, Subject};
use pgward_audit::rules::RULES;
use pgward_audit::severity::Severity;
use pgward_audit::study::Study;
use pgward_cluster::Installation;

use crate::planted::PLANT;
use crate::tried::Complaints;
use crate::world::{DATABASE, Script, TODAY, World};

/// Tries each order on a server of its own.
pub(crate) fn fixes_run_in_any_order(installation: &Installation) {
    let mut complaints = Complaints::default();
    for (name, order) in ORDERS {
        let world = World::start(installation, &[], None);
        world.run(DATABASE, &[Script { of: "the plant".to_owned(), sql: PLANT.to_owned() }]);
        let before = found(&world);
        let known: BTreeSet<String> = before.iter().map(Finding::key).collect();
        let mut fixes: Vec<(&Finding, &[String])> = before.iter().filter_map(runnable).collect();
        assert!(fixes.len() > 50, "{name}: {} fixes", fixes.len());
        order(&mut fixes);
        let mut gone: BTreeSet<String> = BTreeSet::new();
        for (finding, statements) in fixes {
            let sql: String = statements.iter().map(|statement| format!("{statement};\n")).collect();
            let went_well = match world.cluster.psql(&database_of(finding), &sql) {
                Ok(_) => true,
                Err(error) if error.to_string().contains("does not exist") => true,
                Err(error) => {
                    complaints.add(format!("{name}: the fix of {}: {error}\n{sql}", finding.key()));
                    false
                }
            };
            if went_well {
                gone.insert(finding.key());
            }
        }
        for finding in found(&world) {
            let key = finding.key();
            // A login that is no superuser any more is one of whom there are remarks.
            if !known.contains(&key) && finding.severity > Severity::Info {
                complaints.add(format!("{name}: only the fixes made it: {key}"));
            }
            if gone.contains(&key) {
                complaints.add(format!("{name}: still there: {key}"));
            }
        }
    }
    complaints.settle(&format!("PostgreSQL {}", installation.major()));
}

/// What is found of objects and roles: settings and files are not what a plant is about.
fn found(world: &World) -> Vec<Finding> {
    let survey = world.survey();
    let study = Study::of(&survey, None, TODAY);
    let assessed = assess(&study, RULES).into_iter();
    let findings = assessed.filter_map(|assessed| match assessed.outcome {
        Outcome::Assessed(findings) => Some(findings),
        _ => None,
    });
    findings
        .flatten()
        .filter(|finding| matches!(finding.subject, Subject::Object(..) | Subject::Role(_)))
        .collect()
}

/// Where its statements are run.
fn database_of(finding: &Finding) -> String {
    match &finding.subject {
        Subject::Object(object, _) => {
            object.database.as_ref().map_or(DATABASE, |name| name.as_str()).to_owned()
        }
        _ => DATABASE.to_owned(),
    }
}

fn runnable(finding: &Finding) -> Option<(&Finding, &[String])> {
    match &finding.fix {
        Fix::Sql(statements) => Some((finding, statements)),
        Fix::Words(_) => None,
    }
}

type Order = fn(&mut Vec<(&Finding, &[String])>);

const ORDERS: [(&str, Order); 3] = [
    ("as reported", |_| {}),
    ("backwards", |fixes| fixes.reverse()),
    // The same on every machine: by the places that multiplying leads to.
    ("shuffled", |fixes| {
        let mut places: Vec<(usize, (&Finding, &[String]))> =
            fixes.drain(..).enumerate().map(|(place, fix)| ((place + 1) * 7919 % 9973, fix)).collect();
        places.sort_by_key(|(place, _)| *place);
        fixes.extend(places.into_iter().map(|(_, fix)| fix));
    }),
];

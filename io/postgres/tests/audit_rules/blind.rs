//! What a role without any privilege can assess.

use std::collections::BTreeSet;

use pgward_audit::assess::{Absent, Outcome, assess};
use pgward_audit::study::Study;
use pgward_audit::survey::sight::Sight;
use pgward_cluster::Installation;
use pgward_credential::Secret;

use crate::selected::rules;
use crate::tried::Complaints;
use crate::world::{DATABASE, TODAY, World};

/// Rules that see what this role may not see are not assessed, with a reason; all others are; the server's log has no error.
pub(crate) fn a_bare_login(installation: &Installation) {
    let major = installation.major();
    let world = World::start(installation, &[("shared_preload_libraries", "pg_stat_statements")], None);
    world.make(
        "the bare login",
        "CREATE ROLE nobody_special LOGIN PASSWORD 'bare'; CREATE EXTENSION pg_stat_statements;
         CREATE ROLE somebody; CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
         CREATE USER MAPPING FOR somebody SERVER far OPTIONS (user 'x', password 'secret');",
    );
    let log_before = errors(&world);
    let password = Secret::new("bare".to_owned());
    let survey = world.survey_as(world.cluster.env_of("nobody_special", &password, DATABASE));
    assert_eq!(errors(&world), log_before, "PostgreSQL {major}");

    let blind: BTreeSet<Sight> = survey.blind.keys().copied().collect();
    let expected = BTreeSet::from([
        Sight::Passwords,
        Sight::ObviousPasswords,
        Sight::SubscriptionSecrets,
        Sight::HbaRules,
        Sight::UserMappingOptions,
        Sight::Settings,
        Sight::Sessions,
        Sight::Statements,
        Sight::Logins,
        Sight::KeptAudits,
        Sight::KeptAudits,
    ]);
    assert_eq!(blind, expected, "PostgreSQL {major}");
    assert!(survey.blind.values().all(|why| !why.is_empty()));

    let mut complaints = Complaints::default();
    for assessed in assess(&Study::of(&survey, None, TODAY), &rules()) {
        let rule = assessed.rule;
        let must_be_blind = rule.sees.iter().any(|sight| blind.contains(sight) || *sight == Sight::Contract);
        let there = rule.versions.from <= major && major <= rule.versions.until;
        match assessed.outcome {
            Outcome::NotApplicable(Absent::Version) if !there => {}
            Outcome::NotApplicable(Absent::Subject(_)) if there && !must_be_blind => {}
            Outcome::NotAssessed { why, .. } if there && must_be_blind && !why.is_empty() => {}
            Outcome::Assessed(_) if there && !must_be_blind => {}
            other => complaints.add(format!("{}: {other:?}", rule.id)),
        }
    }
    complaints.settle(&format!("PostgreSQL {major}"));
}

/// Lines of the server's log that tell of something that failed.
fn errors(world: &World) -> Vec<String> {
    let log = std::fs::read_to_string(world.cluster.log()).unwrap();
    let failed = |line: &&str| ["ERROR:", "FATAL:", "PANIC:"].iter().any(|word| line.contains(word));
    log.lines().filter(failed).map(str::to_owned).collect()
}

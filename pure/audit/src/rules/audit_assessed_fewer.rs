use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectKey;
use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::Survey;

pub(super) const RULE: Rule = Rule {
    id: "audit.assessed_fewer",
    title: "this audit sees less than the last one that was kept",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::KeptAudits],
    references: &[
        Reference::page("predefined-roles", "Predefined Roles"),
        Reference::nist("AU-5", "Response to Audit Logging Process Failures"),
        Reference::soc2("CC7.2", "System components are monitored for anomalies"),
        Reference::iso("A.8.16", "Monitoring activities"),
    ],
    explanation: "Rules that cannot look are not assessed, and their findings go away without anything having been mended. Whoever takes a \
privilege from the auditing role, or a database out of its reach, makes a report look better. Give back what is missing, or say why \
it is gone.",
    check,
    cases: &[Case {
        shows: "the auditor has lost sight of sessions and of a database",
        versions: Versions::ALL,
        flawed: "SELECT 1;",
        finds: &[("sight of sessions of other roles", ""), ("database postgres", "")],
        sound: "SELECT 2;",
        fix: FixWorks::CannotRun("what was lost is only pretended"),
        needs: Needs::Survey { flawed: see_less, sound: see_as_much },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let kept = &study.survey.kept;
    let before = format!("the audit of {} assessed {} rules", kept.last, kept.assessed);
    for sight in &kept.sights {
        let why = match sight {
            Sight::Contract if study.declared.is_none() => "no contract was named",
            Sight::Contract => continue,
            other => match study.survey.blind_to(*other) {
                Some(why) => why,
                None => continue,
            },
        };
        let message =
            format!("{} can no longer be seen, and the rules that need it are not assessed", sight.words());
        let subject = Subject::Server(format!("sight of {}", sight.words()));
        findings
            .add(subject, None, message, Fix::words(sight.remedy()))
            .shown_by(why)
            .shown_by(before.clone());
    }
    for database in &kept.databases {
        let is_there =
            study.catalog.cluster_objects.contains_key(&ObjectKey::bare(Class::Database, database.as_str()));
        let is_left_out =
            study.survey.asked_for.as_ref().is_some_and(|asked_for| !asked_for.contains(database));
        if is_there && !is_left_out && !study.survey.databases.contains_key(database) {
            let message = format!("database {} is no longer looked into", database.quoted());
            let fix = Fix::words("let the auditing role connect to it");
            findings
                .add(Subject::Server(format!("database {}", database.quoted())), None, message, fix)
                .shown_by(before.clone());
        }
    }
}

fn see_less(survey: &mut Survey) {
    see_as_much(survey);
    survey.blind.insert(Sight::Sessions, "role auditor is no member of pg_read_all_stats".to_owned());
    survey.databases.remove("postgres");
}

fn see_as_much(survey: &mut Survey) {
    survey.blind.remove(&Sight::KeptAudits);
    survey.kept.last = "2026-11-21T00:00:00Z".to_owned();
    survey.kept.assessed = 100;
    survey.kept.sights = [Sight::Sessions, Sight::Settings].into();
    survey.kept.databases = survey.databases.keys().cloned().collect();
}

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::Survey;
use pgward_survey::lent::Lent;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "access.emergency_unreviewed",
    title: "an emergency was not reviewed in time, or not justified, or something of a lease is left",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::Leases],
    references: &[
        Reference::page("user-manag", "Database Roles"),
        Reference::nist("AC-2", "Account Management"),
        Reference::nist("AU-6", "Audit Record Review, Analysis, and Reporting"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Whoever breaks the glass gets in at once, and somebody else has to look at it afterwards: without that, an emergency is a way around \
everybody's approval. Review it (`pgward review`), or have somebody look at why a role that was lent is still on the server. It is assessed with `--desk FILE`, the \
desk that lends this server.",
    check,
    cases: &[Case {
        shows: "nobody has looked at an emergency",
        versions: Versions::ALL,
        flawed: "SELECT 1;",
        finds: &[("lease c773d0641saa9czd of ada", "")],
        sound: "SELECT 2;",
        fix: FixWorks::CannotRun("a person looks at what was done"),
        needs: Needs::Survey { flawed: overdue, sound: reviewed },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for lent in study.survey.lent.iter().flatten() {
        let Lent { lease, person, wrong, remedy } = lent;
        let subject = Subject::Server(format!("lease {lease} of {person}"));
        findings
            .add(subject, None, format!("lease {lease} of {person}: {wrong}"), Fix::words(remedy))
            .shown_by(wrong);
    }
}

fn overdue(survey: &mut Survey) {
    reviewed(survey);
    survey.lent = Some(vec![Lent {
        lease: "c773d0641saa9czd".to_owned(),
        person: "ada".to_owned(),
        wrong: "nobody has reviewed this emergency; it was due at 2026-11-22T10:00:00Z".to_owned(),
        remedy: "review it: pgward review c773d0641saa9czd".to_owned(),
    }]);
}

fn reviewed(survey: &mut Survey) {
    survey.blind.remove(&Sight::Leases);
    survey.lent = Some(Vec::new());
}

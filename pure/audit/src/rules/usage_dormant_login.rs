use std::collections::BTreeSet;

use pgward_catalog::name::RoleName;
use pgward_survey::kept::SeenLogin;
use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::Survey;

pub(super) const RULE: Rule = Rule {
    id: "usage.dormant_login",
    title: "a login was connected at no audit for a long time",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::Logins, Sight::Sessions],
    references: &[
        Reference::page("sql-alterrole", "ALTER ROLE"),
        Reference::cis("4.4", "accounts that are not in use are locked"),
        Reference::nist("AC-2(3)", "Account Management | Disable Accounts"),
        Reference::iso("A.5.18", "Access rights"),
        Reference::soc2("CC6.2", "Users are registered and authorised before they are given access"),
    ],
    explanation: "PostgreSQL does not keep when a role last logged in; audits that are kept (`pgward audit --record`) note who is connected \
at that moment. A login that was there at none of them for the whole period (90 days, unless told otherwise) is a password that somebody has and \
nobody misses. A program that connects for seconds between audits is not seen, so ask before locking it: `ALTER ROLE ... NOLOGIN` is \
taken back in an instant.",
    check,
    cases: &[Case {
        shows: "one login comes and goes, another does not come",
        versions: Versions::ALL,
        flawed: "CREATE ROLE usage_dormant_login LOGIN;
                 CREATE ROLE usage_dormant_login_seen LOGIN;
                 CREATE ROLE usage_dormant_login_young LOGIN;",
        finds: &[("role usage_dormant_login", "usage_dormant_login")],
        sound: "CREATE ROLE usage_dormant_login_ok LOGIN;",
        fix: FixWorks::CannotRun("it takes months of audits, which the survey of the case only pretends"),
        needs: Needs::Survey { flawed: pretend_months, sound: pretend_weeks },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let kept = &study.survey.kept;
    let here: BTreeSet<&RoleName> = study.survey.sessions.iter().map(|session| &session.role).collect();
    for (role, _) in study.logins().filter(|(role, _)| !here.contains(role)) {
        let Some(seen) = kept.logins.get(role) else { continue };
        let is_young = seen.known_since.as_str() >= kept.since.as_str();
        let is_seen = seen.connected.as_deref().is_some_and(|time| time >= kept.since.as_str());
        if is_young || is_seen {
            continue;
        }
        let message = format!("{} was connected at no audit since {}", role.quoted(), kept.since);
        let fix = Fix::sql(format!("ALTER ROLE {} NOLOGIN", role.quoted()));
        let last = seen.connected.as_ref().map_or("never".to_owned(), |time| format!("last at {time}"));
        findings
            .add(Subject::Role(role.clone()), Some(role.clone().into()), message, fix)
            .shown_by(format!("{} audits since then saw who was connected", kept.samples))
            .shown_by(format!("known since {}, connected {last}", seen.known_since));
    }
}

/// Half a year of audits, of which the last ninety days count.
fn pretend_months(survey: &mut Survey) {
    pretend(survey, "2026-08-24");
}

/// The same audits, asked about the last days only, in which no login was known long enough.
fn pretend_weeks(survey: &mut Survey) {
    pretend(survey, "2026-05-01");
}

fn pretend(survey: &mut Survey, since: &str) {
    survey.blind.remove(&Sight::Logins);
    survey.kept.since = since.to_owned();
    survey.kept.samples = 90;
    let mut know = |role: &str, known_since: &str, connected: Option<&str>| {
        let seen = SeenLogin { known_since: known_since.to_owned(), connected: connected.map(str::to_owned) };
        survey.kept.logins.insert(RoleName::from(role), seen);
    };
    know("usage_dormant_login", "2026-05-01T00:00:00Z", Some("2026-08-01T00:00:00Z"));
    know("usage_dormant_login_seen", "2026-05-01T00:00:00Z", Some("2026-11-01T00:00:00Z"));
    know("usage_dormant_login_young", "2026-11-01T00:00:00Z", None);
}

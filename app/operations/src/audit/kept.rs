//! Audits that are kept: what earlier ones know goes into the survey, what this one saw goes into its run, and what is new is
//! found between the two.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use jiff::{SignedDuration, Timestamp};
use pgward_audit::audit::Audit;
use pgward_audit::check_set::{check_set, version_of};
use pgward_audit::report::about::About;
use pgward_audit::rules::RULES;
use pgward_audit::severity::Severity;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::role::Attribute;
use pgward_history::item::{Item, ItemKey, ItemState};
use pgward_history::run::{RunKind, RunRecord};
use pgward_history::trend::{Change, Trend};
use pgward_store::database::Place;
use pgward_store::history::{History, Wanted};
use pgward_survey::Survey;
use pgward_survey::kept::{Kept, SeenLogin};
use pgward_survey::sight::Sight;

use crate::history::{AboutAudit, KeepError, of_audit};

/// Puts into the survey what the audits know that were kept of this cluster, and returns the last of them.
///
/// # Errors
/// The history cannot be used.
pub async fn look_back(
    place: &Place,
    about: &About,
    survey: &mut Survey,
    dormant_after: u16,
) -> Result<Option<RunRecord>, KeepError> {
    let Some(cluster) = about.system_identifier.clone() else {
        blind(survey, "the role may not see which cluster this is, so kept audits cannot be told apart");
        return Ok(None);
    };
    let mut history = History::open(place).await?;
    let wanted = Wanted { kind: Some(RunKind::Audit), system_identifier: Some(cluster.clone()), last: None };
    let runs = history.runs(&wanted).await?;
    let Some(last) = runs.last() else {
        blind(survey, "no audit of this cluster is kept yet");
        return Ok(None);
    };
    let id = last.about.id.clone();
    let last = history.run(&id).await?.ok_or(KeepError::NoSuchRun(id))?;
    survey.kept = known(&last);
    survey.blind.remove(&Sight::KeptAudits);
    let now = Timestamp::from_str(&about.time).unwrap_or_default();
    let times =
        runs.iter().filter(|run| run.checks.contains_key(CONNECTED)).map(|run| run.about.time.as_str());
    match period(now, dormant_after, times) {
        Ok((since, samples)) => {
            survey.blind.remove(&Sight::Logins);
            survey.kept.since = since;
            survey.kept.samples = samples;
            for seen in history.sightings(CONNECTED, HERE, &cluster).await? {
                let login = SeenLogin { known_since: seen.first, connected: seen.last };
                survey.kept.logins.insert(RoleName::from(seen.subject.as_str()), login);
            }
        }
        Err(why) => {
            survey.blind.insert(Sight::Logins, why);
        }
    }
    Ok(Some(last))
}

fn blind(survey: &mut Survey, why: &str) {
    survey.blind.insert(Sight::KeptAudits, why.to_owned());
    survey.blind.insert(Sight::Logins, why.to_owned());
}

/// What the last audit could see: what its rules needed.
fn known(last: &RunRecord) -> Kept {
    let assessed: Vec<_> = RULES.iter().filter(|rule| last.checks.contains_key(rule.id)).collect();
    let sights = assessed.iter().flat_map(|rule| rule.sees).copied();
    Kept {
        last: last.about.time.clone(),
        assessed: assessed.len() as u64,
        sights: sights.filter(|sight| *sight != Sight::KeptAudits).collect(),
        databases: last
            .scopes
            .iter()
            .filter(|scope| !scope.is_empty())
            .map(|scope| DatabaseName::from(scope.as_str()))
            .collect(),
        ..Kept::default()
    }
}

/// The first day of the period, and how many audits are in it, if there is one in each tenth of it: nobody is called dormant
/// whom nobody looked for.
fn period<'t>(
    now: Timestamp,
    days: u16,
    times: impl Iterator<Item = &'t str>,
) -> Result<(String, u64), String> {
    let length = i64::from(days) * SECONDS_OF_A_DAY;
    let since = now - SignedDuration::from_secs(length);
    let mut samples = 0;
    let mut covered = BTreeSet::new();
    for time in times.filter_map(|time| Timestamp::from_str(time).ok()) {
        let after = time.as_second() - since.as_second();
        if (0..=length).contains(&after) {
            samples += 1;
            covered.insert((after * PARTS / length).min(PARTS - 1));
        }
    }
    let day = since.strftime("%Y-%m-%d").to_string();
    match PARTS - i64::try_from(covered.len()).unwrap_or(PARTS) {
        0 => Ok((day, samples)),
        missing => Err(format!(
            "audits are kept for {} of 10 parts of the {days} days since {day}, {missing} are missing",
            PARTS - missing
        )),
    }
}

/// The run that this audit is: its findings, the version of each rule, and who was connected.
#[must_use]
pub fn run_of(audit: &Audit, about: &About, survey: &Survey) -> RunRecord {
    let mut run = of_audit(
        audit,
        AboutAudit {
            time: about.time.clone(),
            cluster: about.cluster.clone(),
            contract: about.contract_digest.clone(),
            commit: about.commit.clone(),
            server_version: Some(pgward_audit::report::about::server_version(about.server_version)),
            system_identifier: about.system_identifier.clone(),
            fingerprint: Some(about.fingerprint.clone()),
            databases: survey.databases.keys().map(|name| name.as_str().to_owned()).collect(),
        },
    );
    run.about.check_set = check_set(RULES);
    for rule in RULES {
        if let Some(version) = run.checks.get_mut(rule.id) {
            *version = version_of(rule);
        }
    }
    if survey.blind_to(Sight::Sessions).is_none() {
        run.checks.insert(CONNECTED.to_owned(), "1".to_owned());
        let logins = survey.catalog.roles.iter().filter(|(_, role)| role.has(Attribute::Login));
        for (login, _) in logins {
            let is_here = survey.sessions.iter().any(|session| session.role == *login);
            let key = ItemKey { check: CONNECTED.to_owned(), subject: login.as_str().to_owned() };
            let grade = if is_here { HERE } else { AWAY };
            let words = format!("{} was {grade}", login.quoted());
            let item = Item { scope: String::new(), state: ItemState::Good, grade: grade.to_owned(), words };
            run.items.insert(key, item);
        }
    }
    run
}

/// What is bad now and was not in the last audit, this severe or worse, in words.
#[must_use]
pub fn new_since(last: &RunRecord, now: &RunRecord, least: Severity) -> Vec<String> {
    // Whether it was bad long before does not matter here: it was not in the last audit.
    let trend = Trend::between(last, now, &BTreeSet::new());
    let came = |change: Change| {
        matches!(
            change,
            Change::New
                | Change::Regressed
                | Change::NoLongerAccepted
                | Change::CheckChanged
                | Change::ScopeChanged
        )
    };
    trend
        .moves
        .iter()
        .filter(|one| {
            came(one.change) && one.after == Some(ItemState::Bad) && one.before != Some(ItemState::Bad)
        })
        .filter(|one| {
            let grade = now.items.get(&one.key).map(|item| item.grade.as_str()).unwrap_or_default();
            Severity::from_word(grade).is_none_or(|severity| severity >= least)
        })
        .map(|one| format!("{}: {}", one.key.check, one.words))
        .collect()
}

/// The check that notes who is connected. It judges nothing.
const CONNECTED: &str = "login.connected";
const HERE: &str = "connected";
const AWAY: &str = "not connected";
const PARTS: i64 = 10;
const SECONDS_OF_A_DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn times(days_ago: impl Iterator<Item = i64>, now: Timestamp) -> Vec<String> {
        days_ago.map(|days| (now - SignedDuration::from_hours(24 * days)).to_string()).collect()
    }

    #[test]
    fn a_period_counts_only_when_audits_cover_it() {
        let now = Timestamp::from_str("2026-11-22T12:00:00Z").unwrap();
        let of = |times: &[String]| period(now, 90, times.iter().map(String::as_str));
        assert_eq!(of(&times((0..120).step_by(7), now)), Ok(("2026-08-24".to_owned(), 13)));
        let young = of(&times(0..40, now)).unwrap_err();
        assert_eq!(young, "audits are kept for 5 of 10 parts of the 90 days since 2026-08-24, 5 are missing");
        assert!(of(&[]).is_err());
        let gap = times((0..120).filter(|days| !(30..50).contains(days)), now);
        assert!(of(&gap).is_err(), "nobody looked for three weeks");
    }
}

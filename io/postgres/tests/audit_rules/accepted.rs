//! What a contract says for an audit: it may accept, and it may not make a score better by being there or by being away.

use pgward_audit::audit::Audit;
use pgward_audit::declared::Declared;
use pgward_audit::rules::RULES;
use pgward_audit::severity::Severity;
use pgward_audit::study::Study;
use pgward_cluster::Installation;
use pgward_survey::Survey;

use crate::world::{TODAY, World, declared};

/// A role that the contract calls an administrator has its findings accepted, and none of its rules passes for that; and an audit
/// without the contract that describes what is there scores no better than the one with it.
pub(crate) fn a_contract_takes_nothing_out_of_the_counts(installation: &Installation) {
    let world = World::start(installation, &[], None);
    world.make("the scene", SCENE);
    let survey = world.survey();
    let plain = declared(CONTRACT, &survey);
    let accepting = declared(&format!("{CONTRACT}audit: {{administrators: [jane]}}\n"), &survey);
    let (without, with, accepted) =
        (audit(&survey, None), audit(&survey, Some(&plain)), audit(&survey, Some(&accepting)));
    let controls = |audit: &Audit| {
        let ratio = audit.score.ratios.iter().find(|ratio| ratio.name == "controls passed").unwrap();
        (ratio.numerator, ratio.denominator)
    };
    assert_eq!(controls(&with), controls(&accepted));
    let of_jane = |audit: &Audit, open: bool| {
        let findings = audit.findings.iter().filter(|(finding, standing)| {
            standing.is_accepted() != open
                && finding.principal.as_ref().is_some_and(|principal| principal.to_string() == "jane")
        });
        findings.count()
    };
    assert!(of_jane(&with, true) > 2, "jane is flawed");
    assert_eq!((of_jane(&accepted, true), of_jane(&accepted, false)), (0, of_jane(&with, true)));
    assert_eq!(with.tally(), accepted.tally());
    // Without the contract its rules have not passed.
    let (few, all) = (controls(&without), controls(&with));
    assert!(few.0 * all.1 <= all.0 * few.1, "without {few:?}, with {all:?}");
    assert!(without.score.points <= with.score.points, "{:?} {:?}", without.score, with.score);
}

/// A definer function without a search path is as bad as what its callers may put in its way.
pub(crate) fn a_severity_rests_on_what_can_be_reached(installation: &Installation) {
    let world = World::start(installation, &[], None);
    world.make("the scene", DEFINER);
    let severity = |sql: &str| {
        world.make("a change", &format!("{sql};"));
        let survey = world.survey();
        let found = audit(&survey, None).findings;
        let found = found.iter().find(|(finding, _)| finding.rule == "secdef.no_search_path");
        found.map(|(finding, _)| finding.severity)
    };
    assert_eq!(severity("SELECT 1"), Some(Severity::Info));
    assert_eq!(severity("GRANT TEMPORARY ON DATABASE audited TO caller"), Some(Severity::Critical));
    assert_eq!(
        severity("REVOKE TEMPORARY ON DATABASE audited FROM caller; GRANT CREATE ON SCHEMA public TO other"),
        Some(Severity::High)
    );
    assert_eq!(severity("REVOKE CREATE ON SCHEMA public FROM other"), Some(Severity::Info));
    assert_eq!(severity("ALTER FUNCTION kept.f() SET search_path = pg_catalog, pg_temp"), None);
}

fn audit(survey: &Survey, declared: Option<&Declared>) -> Audit {
    Audit::of(&Study::of(survey, declared, TODAY), RULES)
}

const CONTRACT: &str = "contract: 1\nroles: {jane: {kind: external}, app: {kind: external}}\n";

const SCENE: &str = "
CREATE ROLE jane LOGIN CREATEDB CREATEROLE REPLICATION;
CREATE ROLE app LOGIN;
GRANT pg_read_all_data, pg_execute_server_program TO jane;
CREATE TABLE public.t (a int);
GRANT SELECT ON public.t TO app;
";

const DEFINER: &str = "
CREATE ROLE caller LOGIN;
CREATE ROLE other LOGIN;
REVOKE TEMPORARY ON DATABASE audited FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA kept;
GRANT USAGE ON SCHEMA kept TO caller;
CREATE TABLE public.log (v text);
CREATE FUNCTION kept.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO log VALUES ('x'); END $$;
REVOKE EXECUTE ON FUNCTION kept.f() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION kept.f() TO caller;
";

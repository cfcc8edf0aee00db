use pgward_catalog::object::{Object, ObjectKey, Origin};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "secdef.body_calls_low",
    title: "a SECURITY DEFINER routine calls a routine that a weaker role owns",
    capability: Capability::Superuser,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::page("sql-createfunction", "CREATE FUNCTION: Writing SECURITY DEFINER Functions Safely"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "What a SECURITY DEFINER routine calls runs with the definer's privileges, and the owner of the called routine \
may replace it at any time (making it SECURITY DEFINER does not help: its owner can take that back). Let everything it calls \
belong to the definer or to somebody at least as trusted.\n\nThe words of the body are read: calls by name are seen, whatever \
the overload; calls in executed text, operators, casts and what views call are not.",
    check,
    cases: &[Case {
        shows: "a body that calls a function of a login, by its full name, along its path, and parsed",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE secdef_body_calls_low_owner NOLOGIN;
CREATE ROLE secdef_body_calls_low_app LOGIN;
CREATE SCHEMA secdef_body_calls_low;
CREATE FUNCTION secdef_body_calls_low.low() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION secdef_body_calls_low.low() OWNER TO secdef_body_calls_low_app;
CREATE FUNCTION secdef_body_calls_low.qualified() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN secdef_body_calls_low.low(); END';
ALTER FUNCTION secdef_body_calls_low.qualified() OWNER TO secdef_body_calls_low_owner;
CREATE FUNCTION secdef_body_calls_low.along() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = secdef_body_calls_low, pg_temp AS 'SELECT low()';
ALTER FUNCTION secdef_body_calls_low.along() OWNER TO secdef_body_calls_low_owner;
CREATE FUNCTION secdef_body_calls_low.parsed() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC SELECT secdef_body_calls_low.low(); END;
ALTER FUNCTION secdef_body_calls_low.parsed() OWNER TO secdef_body_calls_low_owner;"#,
        finds: &[
            ("function secdef_body_calls_low.qualified() in database audited", "secdef_body_calls_low_app"),
            ("function secdef_body_calls_low.along() in database audited", "secdef_body_calls_low_app"),
            ("function secdef_body_calls_low.parsed() in database audited", "secdef_body_calls_low_app"),
        ],
        sound: r#"
CREATE ROLE secdef_body_calls_low_owner_ok NOLOGIN;
CREATE ROLE secdef_body_calls_low_other_ok NOLOGIN;
CREATE SCHEMA secdef_body_calls_low_ok;
CREATE FUNCTION secdef_body_calls_low_ok.own_ok() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION secdef_body_calls_low_ok.own_ok() OWNER TO secdef_body_calls_low_owner_ok;
CREATE FUNCTION secdef_body_calls_low_ok.other_ok() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION secdef_body_calls_low_ok.other_ok() OWNER TO secdef_body_calls_low_other_ok;
CREATE FUNCTION secdef_body_calls_low_ok.caller_ok() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN secdef_body_calls_low_ok.own_ok() + secdef_body_calls_low_ok.other_ok() + pg_catalog.length(''secdef_body_calls_low.low()''); END';
ALTER FUNCTION secdef_body_calls_low_ok.caller_ok() OWNER TO secdef_body_calls_low_owner_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, facts) in study.definers() {
        for (key, object) in study.routines_called(&placed, facts) {
            add(study, findings, &placed, key, object);
        }
    }
}

fn add(study: &Study<'_>, findings: &mut Findings, placed: &Placed<'_>, key: &ObjectKey, object: &Object) {
    let definer = &placed.object.owner;
    if object.origin != Origin::User {
        return;
    }
    let Some(login) = study.gainer(&object.owner, definer) else { return };
    let message = format!(
        "{} runs {key}, which role {} owns, as role {}",
        placed.key,
        object.owner.quoted(),
        definer.quoted()
    );
    // Whoever owns the called routine and may call the definer's needs nobody else.
    let precondition =
        if study.is_run_by_others(placed) { Precondition::Login } else { Precondition::Victim };
    let finding = findings
        .add(
            Subject::object(placed.at()),
            Some(object.owner.clone().into()),
            message,
            study.hand_over(placed.database, key, definer),
        )
        .reaching(study.power_of(definer), precondition);
    finding.shown_by(format!("its body names {key}"));
    if *login != object.owner {
        finding.shown_by(study.way_in_words(login, &object.owner));
    }
}

use pgward_catalog::object::Origin;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::planting::READ_FIRST;

pub(super) const RULE: Rule = Rule {
    id: "func.trojan_called",
    title: "a superuser's routine calls a routine that a weaker role owns",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "What a routine calls runs with the rights of whoever runs the routine. Where a superuser's procedure (a nightly \
job, a tool of the administrator's) calls a function of a login, in its body, in a body that was stored parsed, or as the default of an \
argument, that login says what the superuser runs. Let what it calls belong to its owner. Read its body first, or make it anew from \
your own source: a new owner leaves in place what has been put into it.\n\nThe words of bodies in SQL and PL/pgSQL are read, along the path that is set \
for the routine or that its owner has; calls in executed text are not seen. SECURITY DEFINER routines are `secdef.body_calls_low`'s.",
    check,
    cases: &[Case {
        shows: "a procedure, a parsed body and a default that call a function of a login",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE func_trojan_called_app LOGIN;
CREATE SCHEMA func_trojan_called_own AUTHORIZATION func_trojan_called_app;
CREATE SCHEMA func_trojan_called;
CREATE FUNCTION func_trojan_called_own.low() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION func_trojan_called_own.low() OWNER TO func_trojan_called_app;
CREATE PROCEDURE func_trojan_called.nightly() LANGUAGE plpgsql AS 'BEGIN PERFORM func_trojan_called_own.low(); END';
CREATE FUNCTION func_trojan_called.parsed() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT func_trojan_called_own.low(); END;
CREATE FUNCTION func_trojan_called.defaulted(a int DEFAULT func_trojan_called_own.low()) RETURNS int LANGUAGE sql AS 'SELECT a';"#,
        finds: &[
            ("procedure func_trojan_called.nightly() in database audited", "func_trojan_called_app"),
            ("function func_trojan_called.parsed() in database audited", "func_trojan_called_app"),
            ("function func_trojan_called.defaulted(integer) in database audited", "func_trojan_called_app"),
        ],
        sound: r#"
CREATE ROLE func_trojan_called_app_ok LOGIN;
CREATE ROLE func_trojan_called_team_ok NOLOGIN;
CREATE SCHEMA func_trojan_called_own_ok AUTHORIZATION func_trojan_called_app_ok;
CREATE SCHEMA func_trojan_called_ok;
CREATE FUNCTION func_trojan_called_own_ok.low_ok() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION func_trojan_called_own_ok.low_ok() OWNER TO func_trojan_called_app_ok;
CREATE FUNCTION func_trojan_called_ok.team_ok() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION func_trojan_called_ok.team_ok() OWNER TO func_trojan_called_team_ok;
CREATE PROCEDURE func_trojan_called_ok.nightly_ok() LANGUAGE plpgsql AS 'BEGIN PERFORM func_trojan_called_ok.team_ok(); RAISE NOTICE ''func_trojan_called_own_ok.low_ok()''; END';
CREATE FUNCTION func_trojan_called_own_ok.own_ok() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN func_trojan_called_own_ok.low_ok(); END';
ALTER FUNCTION func_trojan_called_own_ok.own_ok() OWNER TO func_trojan_called_app_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class.is_routine()) {
        let runner = &placed.object.owner;
        let Some(facts) = placed.object.routine().filter(|facts| !facts.security_definer) else { continue };
        if !study.is_superuser(runner) {
            continue;
        }
        for (key, object) in study.routines_called(&placed, facts) {
            if object.origin != Origin::User {
                continue;
            }
            let Some(login) = study.gainer(&object.owner, runner) else { continue };
            let message = format!(
                "{} calls {key}, which role {} {}, and runs it as superuser {} where that one runs it",
                placed.key,
                object.owner.quoted(),
                study.hold_in_words(placed.database, key, &object.owner),
                runner.quoted()
            );
            let fix = study.hand_over(placed.database, key, runner);
            let principal = Some(object.owner.clone().into());
            let finding = findings.add(Subject::object(placed.at()), principal, message, fix);
            finding.shown_by(READ_FIRST);
            if *login != object.owner {
                finding.shown_by(study.way_in_words(login, &object.owner));
            }
            if !study.may_rewrite(placed.database, key, &object.owner) {
                finding.reaching(Capability::AllWrite, Precondition::Configuration);
            }
        }
    }
}

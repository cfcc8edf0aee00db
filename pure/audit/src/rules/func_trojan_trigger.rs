use pgward_catalog::object::{ObjectRef, Origin};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::planting::READ_FIRST;
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "func.trojan_trigger",
    title: "a trigger runs a function that a weaker role than the table's owner may rewrite",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::page("sql-createtrigger", "CREATE TRIGGER"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "A trigger's function runs with the privileges of whoever writes to the table, superusers among them. The \
function's owner may replace its body at any time, so everybody who writes to the table does what that owner wants. Let the \
function belong to the owner of the table. Read its body first, or make it anew from your own source: \
a new owner leaves in place what has been put into it. Where its owner has no CREATE in its schema, the body cannot be changed now, and is what it was.",
    check,
    cases: &[
        Case {
            shows: "triggers on tables and views whose functions belong to a login, or to a group a login is in",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE func_trojan_trigger_owner NOLOGIN;
CREATE ROLE func_trojan_trigger_group NOLOGIN;
CREATE ROLE func_trojan_trigger_app LOGIN NOINHERIT IN ROLE func_trojan_trigger_group;
CREATE SCHEMA func_trojan_trigger;
CREATE TABLE func_trojan_trigger."Orders" (a int);
ALTER TABLE func_trojan_trigger."Orders" OWNER TO func_trojan_trigger_owner;
CREATE VIEW func_trojan_trigger.v AS SELECT 1 AS a;
ALTER VIEW func_trojan_trigger.v OWNER TO func_trojan_trigger_owner;
CREATE FUNCTION func_trojan_trigger.own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION func_trojan_trigger.grouped() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER one BEFORE INSERT ON func_trojan_trigger."Orders" FOR EACH ROW EXECUTE FUNCTION func_trojan_trigger.own();
CREATE TRIGGER two INSTEAD OF INSERT ON func_trojan_trigger.v FOR EACH ROW EXECUTE FUNCTION func_trojan_trigger.grouped();
ALTER FUNCTION func_trojan_trigger.own() OWNER TO func_trojan_trigger_app;
ALTER FUNCTION func_trojan_trigger.grouped() OWNER TO func_trojan_trigger_group;"#,
            finds: &[
                (
                    "trigger one of table func_trojan_trigger.\"Orders\" in database audited",
                    "func_trojan_trigger_app",
                ),
                (
                    "trigger two of view func_trojan_trigger.v in database audited",
                    "func_trojan_trigger_group",
                ),
            ],
            sound: r#"
CREATE ROLE func_trojan_trigger_owner_ok NOLOGIN;
CREATE ROLE func_trojan_trigger_nobody_ok NOLOGIN;
CREATE ROLE func_trojan_trigger_app_ok LOGIN;
CREATE SCHEMA func_trojan_trigger_ok;
CREATE TABLE func_trojan_trigger_ok.t_ok (a int);
ALTER TABLE func_trojan_trigger_ok.t_ok OWNER TO func_trojan_trigger_owner_ok;
CREATE FUNCTION func_trojan_trigger_ok.same_ok() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION func_trojan_trigger_ok.nobody_ok() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION func_trojan_trigger_ok.disabled_ok() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER one_ok BEFORE INSERT ON func_trojan_trigger_ok.t_ok FOR EACH ROW EXECUTE FUNCTION func_trojan_trigger_ok.same_ok();
CREATE TRIGGER two_ok BEFORE INSERT ON func_trojan_trigger_ok.t_ok FOR EACH ROW EXECUTE FUNCTION func_trojan_trigger_ok.nobody_ok();
CREATE TRIGGER three_ok BEFORE INSERT ON func_trojan_trigger_ok.t_ok FOR EACH ROW EXECUTE FUNCTION func_trojan_trigger_ok.disabled_ok();
ALTER TABLE func_trojan_trigger_ok.t_ok DISABLE TRIGGER three_ok;
ALTER FUNCTION func_trojan_trigger_ok.same_ok() OWNER TO func_trojan_trigger_owner_ok;
ALTER FUNCTION func_trojan_trigger_ok.nobody_ok() OWNER TO func_trojan_trigger_nobody_ok;
ALTER FUNCTION func_trojan_trigger_ok.disabled_ok() OWNER TO func_trojan_trigger_app_ok;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "a trigger's SECURITY DEFINER function of a login, which its owner may make run as whoever writes",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE func_trojan_trigger_definer LOGIN;
CREATE SCHEMA func_trojan_trigger_own;
CREATE TABLE func_trojan_trigger_own.t (a int);
CREATE FUNCTION func_trojan_trigger_own.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'BEGIN RETURN NEW; END';
REVOKE EXECUTE ON FUNCTION func_trojan_trigger_own.f() FROM PUBLIC;
CREATE TRIGGER one BEFORE INSERT ON func_trojan_trigger_own.t FOR EACH ROW EXECUTE FUNCTION func_trojan_trigger_own.f();
ALTER FUNCTION func_trojan_trigger_own.f() OWNER TO func_trojan_trigger_definer;"#,
            finds: &[(
                "trigger one of table func_trojan_trigger_own.t in database audited",
                "func_trojan_trigger_definer",
            )],
            sound: r#"
CREATE ROLE func_trojan_trigger_definer_ok NOLOGIN;
CREATE SCHEMA func_trojan_trigger_own_ok;
CREATE TABLE func_trojan_trigger_own_ok.t_ok (a int);
CREATE FUNCTION func_trojan_trigger_own_ok.f_ok() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS 'BEGIN RETURN NEW; END';
REVOKE EXECUTE ON FUNCTION func_trojan_trigger_own_ok.f_ok() FROM PUBLIC;
CREATE TRIGGER one_ok BEFORE INSERT ON func_trojan_trigger_own_ok.t_ok FOR EACH ROW EXECUTE FUNCTION func_trojan_trigger_own_ok.f_ok();
ALTER FUNCTION func_trojan_trigger_own_ok.f_ok() OWNER TO func_trojan_trigger_definer_ok;"#,
            fix: FixWorks::CannotRun(
                "another owner would give the function their rights, with whatever has been put into it",
            ),
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for used in anatomy.uses.iter().filter(|used| used.is_enabled() && used.target_origin == Origin::User)
        {
            let User::Trigger { name, .. } = &used.by else { continue };
            let Some(login) = study.gainer(&used.target_owner, &used.on_owner) else { continue };
            if contents.objects.get(&used.on).is_some_and(|object| study.is_providers(&used.on, object)) {
                continue;
            }
            let message = format!(
                "trigger {} of {} runs {}, which role {} {}, as whoever writes to it",
                name.quoted(),
                used.on,
                used.target,
                used.target_owner.quoted(),
                study.hold_in_words(database, &used.target, &used.target_owner)
            );
            let subject = Subject::part(
                ObjectRef::within(database, used.on.clone()),
                format!("trigger {}", name.quoted()),
            );
            let finding = findings
                .add(
                    subject,
                    Some(used.target_owner.clone().into()),
                    message,
                    study.hand_over(
                        database,
                        &used.target,
                        study.keeper(database, &used.target, Some(&used.on_owner)),
                    ),
                )
                .shown_by(READ_FIRST)
                .shown_by(format!(
                    "{} belongs to {}, {} to {}",
                    used.target,
                    used.target_owner.quoted(),
                    used.on,
                    used.on_owner.quoted()
                ));
            if !study.may_rewrite(database, &used.target, &used.target_owner) {
                finding.reaching(Capability::AllWrite, Precondition::Configuration);
            }
            if *login != used.target_owner {
                finding.shown_by(study.way_in_words(login, &used.target_owner));
            }
        }
    }
}

use pgward_catalog::object::{Facts, Origin};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::planting::READ_FIRST;

pub(super) const RULE: Rule = Rule {
    id: "func.event_trigger_owner",
    title: "an event trigger runs a function that a role without superuser may rewrite",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("event-triggers", "Event Triggers"),
        Reference::page("perm-functions", "Function Security"),
        Reference::stig(
            "V-233518",
            "privileges to change functions, triggers and links to other software are limited",
        ),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "An event trigger runs its function with the privileges of whoever issues the DDL, and the next superuser who \
creates a table, runs a migration or installs an audit tool is enough. Whoever can replace the function's body decides what it \
does. Let the function belong to a superuser. Read its body first, or make it anew from your own source: \
a new owner leaves in place what has been put into it. Where its owner has no CREATE in its schema, the body cannot be changed now, and is what it was.",
    check,
    cases: &[Case {
        shows: "an event trigger whose function belongs to a login, and one whose function belongs to a login's group",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE func_event_trigger_owner_group NOLOGIN;
CREATE ROLE func_event_trigger_owner_app LOGIN IN ROLE func_event_trigger_owner_group;
CREATE SCHEMA func_event_trigger_owner;
CREATE FUNCTION func_event_trigger_owner.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE FUNCTION func_event_trigger_owner.g() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER func_event_trigger_owner_f ON ddl_command_end EXECUTE FUNCTION func_event_trigger_owner.f();
CREATE EVENT TRIGGER func_event_trigger_owner_g ON sql_drop EXECUTE FUNCTION func_event_trigger_owner.g();
ALTER FUNCTION func_event_trigger_owner.f() OWNER TO func_event_trigger_owner_app;
ALTER FUNCTION func_event_trigger_owner.g() OWNER TO func_event_trigger_owner_group;"#,
        finds: &[
            ("event trigger func_event_trigger_owner_f in database audited", "func_event_trigger_owner_app"),
            (
                "event trigger func_event_trigger_owner_g in database audited",
                "func_event_trigger_owner_group",
            ),
        ],
        sound: r#"
CREATE ROLE func_event_trigger_owner_app_ok LOGIN;
CREATE SCHEMA func_event_trigger_owner_ok;
CREATE FUNCTION func_event_trigger_owner_ok.f_ok() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE FUNCTION func_event_trigger_owner_ok.g_ok() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER func_event_trigger_owner_f_ok ON ddl_command_end EXECUTE FUNCTION func_event_trigger_owner_ok.f_ok();
CREATE EVENT TRIGGER func_event_trigger_owner_g_ok ON ddl_command_end EXECUTE FUNCTION func_event_trigger_owner_ok.g_ok();
ALTER EVENT TRIGGER func_event_trigger_owner_g_ok DISABLE;
ALTER FUNCTION func_event_trigger_owner_ok.g_ok() OWNER TO func_event_trigger_owner_app_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Facts::EventTrigger { event, enabled, function, .. } = &placed.object.facts else { continue };
        let Some(code) =
            study.catalog.databases.get(placed.database).and_then(|contents| contents.objects.get(function))
        else {
            continue;
        };
        if *enabled == 'D' || code.origin != Origin::User {
            continue;
        }
        let bootstrap = &study.catalog.bootstrap;
        let Some(login) = study.gainer(&code.owner, bootstrap) else { continue };
        let message = format!(
            "{} runs {function}, which role {} {}, as whoever issues DDL",
            placed.key,
            code.owner.quoted(),
            study.hold_in_words(placed.database, function, &code.owner)
        );
        let finding = findings
            .add(
                Subject::object(placed.at()),
                Some(code.owner.clone().into()),
                message,
                study.hand_over(placed.database, function, bootstrap),
            )
            .shown_by(READ_FIRST)
            .shown_by(format!("it fires on {event}; {function} belongs to {}", code.owner.quoted()));
        if !study.may_rewrite(placed.database, function, &code.owner) {
            finding.reaching(Capability::AllWrite, Precondition::Configuration);
        }
        if *login != code.owner {
            finding.shown_by(study.way_in_words(login, &code.owner));
        }
    }
}

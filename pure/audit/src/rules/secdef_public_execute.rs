use pgward_catalog::acl::Grantee;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "secdef.public_execute",
    title: "everybody may call a SECURITY DEFINER routine",
    capability: Capability::AllRead,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createfunction", "CREATE FUNCTION: Writing SECURITY DEFINER Functions Safely"),
        Reference::page("ddl-priv", "Privileges"),
        Reference::cis("4.5", "excessive function privileges are revoked"),
        Reference::stig("V-233543", "execution of software modules with elevated privileges is restricted"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Every new function is executable by PUBLIC. For a SECURITY DEFINER routine that means that every login, present \
and future, does what the routine does with its owner's privileges. Create it and take EXECUTE from PUBLIC in one transaction, \
then grant it to the roles that need it. Trigger functions, which nobody can call, and routines in schemas that nobody else \
can use are left out.",
    check,
    cases: &[Case {
        shows: "a function and a procedure with the privileges they were born with",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE secdef_public_execute_owner NOLOGIN;
CREATE SCHEMA secdef_public_execute;
GRANT USAGE ON SCHEMA secdef_public_execute TO PUBLIC;
CREATE FUNCTION secdef_public_execute.f(int, text) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_public_execute.f(int, text) OWNER TO secdef_public_execute_owner;
CREATE PROCEDURE secdef_public_execute.p() LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
ALTER PROCEDURE secdef_public_execute.p() OWNER TO secdef_public_execute_owner;"#,
        finds: &[
            ("function secdef_public_execute.f(integer, text) in database audited", "PUBLIC"),
            ("procedure secdef_public_execute.p() in database audited", "PUBLIC"),
        ],
        sound: r#"
CREATE ROLE secdef_public_execute_owner_ok NOLOGIN;
CREATE ROLE secdef_public_execute_app_ok LOGIN;
CREATE SCHEMA secdef_public_execute_ok;
CREATE SCHEMA secdef_public_execute_closed_ok;
GRANT USAGE ON SCHEMA secdef_public_execute_ok TO PUBLIC;
CREATE FUNCTION secdef_public_execute_ok.f_ok() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_public_execute_ok.f_ok() OWNER TO secdef_public_execute_owner_ok;
REVOKE EXECUTE ON FUNCTION secdef_public_execute_ok.f_ok() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secdef_public_execute_ok.f_ok() TO secdef_public_execute_app_ok;
CREATE FUNCTION secdef_public_execute_ok.invoker_ok() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION secdef_public_execute_ok.trigger_ok() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END';
ALTER FUNCTION secdef_public_execute_ok.trigger_ok() OWNER TO secdef_public_execute_owner_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, facts) in study.definers().filter(|(_, facts)| !facts.trigger) {
        let owner = &placed.object.owner;
        for entry in study.callers(&placed).into_iter().filter(|entry| entry.grantee == Grantee::Public) {
            let message = format!("everybody may run {} as role {}", placed.key, owner.quoted());
            let fix = revoke(placed.key, placed.object, entry, entry.privileges);
            let strong = study.is_superuser(owner) || study.bypasses_row_security(owner);
            let reached = if strong { Capability::AllRead } else { Capability::SomeData };
            findings
                .add(Subject::object(placed.at()), Some(Grantee::Public), message, fix)
                .reaching(reached, Precondition::Login)
                .shown_by(format!("EXECUTE granted to PUBLIC by {}", entry.grantor.quoted()))
                .shown_by(format!("SECURITY DEFINER, language {}", facts.language.quoted()));
        }
    }
}

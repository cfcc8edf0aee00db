use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::target;

pub(super) const RULE: Rule = Rule {
    id: "secdef.superuser_owner",
    title: "a SECURITY DEFINER routine that others call runs as a superuser or as a login that bypasses row security",
    capability: Capability::Superuser,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createfunction", "CREATE FUNCTION: Writing SECURITY DEFINER Functions Safely"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
        Reference::owasp("LLM06", "Excessive Agency"),
    ],
    explanation: "Whatever is wrong with the routine, now or after the next change, is wrong with all of a superuser's rights: one \
unquoted string in it is the whole server. Let it belong to a NOLOGIN role of its own that holds exactly what the routine \
touches and has no members (in a contract: a role of kind `definer`).",
    check,
    cases: &[Case {
        shows: "a function of a superuser and a function of a login with BYPASSRLS",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE secdef_superuser_owner_root NOLOGIN SUPERUSER;
CREATE ROLE secdef_superuser_owner_bypass LOGIN BYPASSRLS;
CREATE ROLE secdef_superuser_owner_app LOGIN;
CREATE SCHEMA secdef_superuser_owner;
GRANT USAGE ON SCHEMA secdef_superuser_owner TO secdef_superuser_owner_app;
CREATE FUNCTION secdef_superuser_owner.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_superuser_owner.f() OWNER TO secdef_superuser_owner_root;
CREATE FUNCTION secdef_superuser_owner.g() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_superuser_owner.g() OWNER TO secdef_superuser_owner_bypass;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA secdef_superuser_owner FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA secdef_superuser_owner TO secdef_superuser_owner_app;"#,
        finds: &[
            ("function secdef_superuser_owner.f() in database audited", "secdef_superuser_owner_root"),
            ("function secdef_superuser_owner.g() in database audited", "secdef_superuser_owner_bypass"),
        ],
        sound: r#"
CREATE ROLE secdef_superuser_owner_root_ok NOLOGIN SUPERUSER;
CREATE ROLE secdef_superuser_owner_narrow_ok NOLOGIN BYPASSRLS;
CREATE ROLE secdef_superuser_owner_app_ok LOGIN;
CREATE SCHEMA secdef_superuser_owner_ok;
GRANT USAGE ON SCHEMA secdef_superuser_owner_ok TO secdef_superuser_owner_app_ok;
CREATE FUNCTION secdef_superuser_owner_ok.f_ok() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_superuser_owner_ok.f_ok() OWNER TO secdef_superuser_owner_narrow_ok;
REVOKE EXECUTE ON FUNCTION secdef_superuser_owner_ok.f_ok() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secdef_superuser_owner_ok.f_ok() TO secdef_superuser_owner_app_ok;
CREATE FUNCTION secdef_superuser_owner_ok.unused_ok() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_superuser_owner_ok.unused_ok() OWNER TO secdef_superuser_owner_root_ok;
REVOKE EXECUTE ON FUNCTION secdef_superuser_owner_ok.unused_ok() FROM PUBLIC;"#,
        fix: FixWorks::CannotRun("which privileges its new owner needs is a decision"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, _) in study.definers() {
        let owner = &placed.object.owner;
        let login = study.catalog.roles.get(owner).is_some_and(|role| role.has(Attribute::Login));
        let (capability, words) = if study.is_superuser(owner) {
            (Capability::Superuser, "superuser")
        } else if login && study.bypasses_row_security(owner) {
            (Capability::AllRead, "login with BYPASSRLS")
        } else {
            continue;
        };
        if !study.is_run_by_others(&placed) {
            continue;
        }
        let message = format!("{} runs as {words} {}", placed.key, owner.quoted());
        let fix = Fix::words(format!(
            "make a NOLOGIN role that holds what the routine needs and no more, then ALTER {} OWNER TO that role",
            target(placed.key)
        ));
        findings
            .add(Subject::object(placed.at()), Some(owner.clone().into()), message, fix)
            .reaching(capability, Precondition::Configuration)
            .shown_by(study.runners_in_words(&placed));
    }
}

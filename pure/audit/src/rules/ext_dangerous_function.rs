use pgward_catalog::object::{ObjectRef, Origin};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "ext.dangerous_function",
    title: "EXECUTE on an extension's function was given to a role that its script did not give it to",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("contrib-dblink-connect-u", "dblink_connect_u"),
        Reference::page("adminpack", "adminpack"),
        Reference::page("pageinspect", "pageinspect"),
        Reference::nist(
            "AC-6(10)",
            "Least Privilege | Prohibit Non-privileged Users from Executing Privileged Functions",
        ),
        Reference::nist("CM-7", "Least Functionality"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "An extension's script takes EXECUTE from PUBLIC where a function reaches past privileges: `dblink_connect_u` \
connects without a password (as the server's own account, where `pg_hba.conf` trusts it), `pg_file_write` writes files, \
`get_raw_page` reads every table's pages. Every grant beyond what the script left is found, what default privileges gave when the \
extension was made among them. What an extension gives to PUBLIC itself is its author's choice.",
    check,
    cases: &[
        BORN,
        Case {
            shows: "dblink_connect_u and functions that change pages, for a login",
            versions: Versions::ALL,
            flawed: r#"
CREATE SCHEMA ext_dangerous_function;
CREATE EXTENSION dblink SCHEMA ext_dangerous_function;
CREATE EXTENSION pg_surgery SCHEMA ext_dangerous_function;
CREATE ROLE ext_dangerous_function_app LOGIN;
GRANT EXECUTE ON FUNCTION ext_dangerous_function.dblink_connect_u(text) TO ext_dangerous_function_app;
GRANT EXECUTE ON FUNCTION ext_dangerous_function.heap_force_kill(regclass, tid[]) TO ext_dangerous_function_app;"#,
            finds: &[
                (
                    "function ext_dangerous_function.dblink_connect_u(text) in database audited",
                    "ext_dangerous_function_app",
                ),
                (
                    "function ext_dangerous_function.heap_force_kill(regclass, tid[]) in database audited",
                    "ext_dangerous_function_app",
                ),
            ],
            sound: r#"
CREATE ROLE ext_dangerous_function_app_ok LOGIN;
GRANT EXECUTE ON FUNCTION ext_dangerous_function.dblink_connect(text) TO ext_dangerous_function_app_ok;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
    ],
};

const BORN: Case = Case {
    shows: "default privileges gave a login the functions when the extension was made",
    versions: Versions::ALL,
    flawed: r#"
CREATE SCHEMA ext_dangerous_function_born;
CREATE ROLE ext_dangerous_function_heir LOGIN;
ALTER DEFAULT PRIVILEGES IN SCHEMA ext_dangerous_function_born GRANT EXECUTE ON FUNCTIONS TO ext_dangerous_function_heir;
CREATE EXTENSION pg_freespacemap SCHEMA ext_dangerous_function_born;
ALTER DEFAULT PRIVILEGES IN SCHEMA ext_dangerous_function_born REVOKE EXECUTE ON FUNCTIONS FROM ext_dangerous_function_heir;"#,
    finds: &[
        (
            "function ext_dangerous_function_born.pg_freespace(regclass) in database audited",
            "ext_dangerous_function_heir",
        ),
        (
            "function ext_dangerous_function_born.pg_freespace(regclass, bigint) in database audited",
            "ext_dangerous_function_heir",
        ),
    ],
    sound: r#"
CREATE SCHEMA ext_dangerous_function_born_ok;
CREATE ROLE ext_dangerous_function_heir_ok LOGIN;
ALTER DEFAULT PRIVILEGES IN SCHEMA ext_dangerous_function_born_ok GRANT EXECUTE ON FUNCTIONS TO ext_dangerous_function_heir_ok;
CREATE EXTENSION fuzzystrmatch SCHEMA ext_dangerous_function_born_ok;
ALTER DEFAULT PRIVILEGES IN SCHEMA ext_dangerous_function_born_ok REVOKE EXECUTE ON FUNCTIONS FROM ext_dangerous_function_heir_ok;"#,
    fix: FixWorks::Runs,
    needs: Needs::Nothing,
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, _) in study.databases() {
        for (key, object) in contents.objects.iter().filter(|(key, _)| key.class.is_routine()) {
            let Origin::Extension(extension) = &object.origin else { continue };
            if study.is_providers(key, object) {
                continue;
            }
            for excess in study.excess(key, object) {
                let grantee = &excess.entry.grantee;
                let (capability, precondition) = reached(key.name.as_str(), extension.as_str());
                let message =
                    format!("{} may execute {key} of extension {}", grantee.quoted(), extension.quoted());
                findings
                    .add(
                        Subject::object(ObjectRef::within(database, key.clone())),
                        Some(grantee.clone()),
                        message,
                        revoke(key, object, excess.entry, excess.privileges),
                    )
                    .reaching(capability, precondition)
                    .shown_by(format!(
                        "granted by {}; not by the extension's script",
                        excess.entry.grantor.quoted()
                    ));
            }
        }
    }
}

fn reached(function: &str, extension: &str) -> (Capability, Precondition) {
    use Capability as C;
    use Precondition as P;
    match (function, extension) {
        ("dblink_connect_u", _) => (C::Superuser, P::Configuration),
        (_, "adminpack") if function.starts_with("pg_file_") => (C::OperatingSystem, P::Login),
        (_, "pg_surgery") => (C::AllWrite, P::Login),
        (_, "pageinspect" | "pg_walinspect" | "file_fdw" | "pg_logicalinspect") => (C::AllRead, P::Login),
        (_, "aws_s3" | "pg_net" | "http" | "plsh") => (C::AllRead, P::Login),
        (
            _,
            "pgstattuple" | "pg_buffercache" | "pg_visibility" | "pg_freespacemap" | "amcheck"
            | "pg_stat_statements" | "pg_prewarm" | "pgrowlocks",
        ) => (C::Hygiene, P::Login),
        _ => (C::SomeData, P::Login),
    }
}

use pgward_catalog::object::{ObjectRef, Origin};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{change_owner, revoke};

pub(super) const RULE: Rule = Rule {
    id: "catalog.function_acl_drift",
    title: "EXECUTE on one of the server's own functions was given to a role that initdb did not give it to",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("functions-admin", "System Administration Functions"),
        Reference::page("catalog-pg-init-privs", "pg_init_privs"),
        Reference::stig("V-233614", "privileged functions are kept from non-privileged users"),
        Reference::nist(
            "AC-6(10)",
            "Least Privilege | Prohibit Non-privileged Users from Executing Privileged Functions",
        ),
        Reference::nist("CM-7", "Least Functionality"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
        Reference::owasp("LLM06", "Excessive Agency"),
    ],
    explanation: "initdb keeps functions that read files, write them or steer the server from everybody but superusers. Every \
EXECUTE beyond that is compared with what `pg_init_privs` recorded: `lo_export` writes a file as the server's account, \
`pg_read_file` reads one, others show or disturb what is not the role's. Take it back, and give one of the predefined roles, \
or a SECURITY DEFINER function that does the one thing that is needed.",
    check,
    cases: &[Case {
        shows: "functions that read files, write them and reload the configuration, given to a login and a group",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE catalog_function_acl_drift_group NOLOGIN;
CREATE ROLE catalog_function_acl_drift_app LOGIN IN ROLE catalog_function_acl_drift_group;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO catalog_function_acl_drift_app;
GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO catalog_function_acl_drift_group WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION pg_reload_conf() TO catalog_function_acl_drift_app;"#,
        finds: &[
            ("function pg_catalog.pg_read_file(text) in database audited", "catalog_function_acl_drift_app"),
            (
                "function pg_catalog.lo_export(oid, text) in database audited",
                "catalog_function_acl_drift_group",
            ),
            ("function pg_catalog.pg_reload_conf() in database audited", "catalog_function_acl_drift_app"),
        ],
        sound: r#"
CREATE ROLE catalog_function_acl_drift_app_ok LOGIN;
GRANT EXECUTE ON FUNCTION pg_catalog.upper(text) TO catalog_function_acl_drift_app_ok;
CREATE ROLE catalog_function_acl_drift_root_ok NOLOGIN SUPERUSER;
GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO catalog_function_acl_drift_root_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, _) in study.databases() {
        let own = contents.objects.iter().filter(|(key, object)| {
            key.class.is_routine() && object.origin == Origin::System && !study.is_providers(key, object)
        });
        for (key, object) in own {
            let at = ObjectRef::within(database, key.clone());
            let reached = reached(key.name.as_str());
            for excess in study.excess(key, object) {
                let grantee = &excess.entry.grantee;
                let message = format!("{} may execute {key}", grantee.quoted());
                findings
                    .add(
                        Subject::object(at.clone()),
                        Some(grantee.clone()),
                        message,
                        revoke(key, object, excess.entry, excess.privileges),
                    )
                    .reaching(reached, Precondition::Login)
                    .shown_by(format!("granted by {}; not so at initdb", excess.entry.grantor.quoted()));
            }
            if study.gainer(&object.owner, &study.catalog.bootstrap).is_some() {
                let message = format!("{key} belongs to role {}, who may rewrite it", object.owner.quoted());
                findings
                    .add(
                        Subject::object(at),
                        Some(object.owner.clone().into()),
                        message,
                        change_owner(key, &study.catalog.bootstrap),
                    )
                    .reaching(Capability::Superuser, Precondition::Victim);
            }
        }
    }
}

fn reached(function: &str) -> Capability {
    match function {
        "lo_export" | "pg_file_write" | "pg_file_unlink" | "pg_file_rename" | "pg_file_sync" => {
            Capability::OperatingSystem
        }
        "pg_read_file"
        | "pg_read_binary_file"
        | "lo_import"
        | "pg_read_file_old"
        | "pg_read_file_all"
        | "pg_read_binary_file_all" => Capability::ServerFiles,
        "pg_logical_slot_get_changes"
        | "pg_logical_slot_get_binary_changes"
        | "pg_logical_slot_peek_changes"
        | "pg_logical_slot_peek_binary_changes" => Capability::AllRead,
        _ => Capability::SomeData,
    }
}

use pgward_catalog::object::{Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::predefined::withheld;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::drift::Excess;
use crate::study::mending::{revoke, revoke_column};

pub(super) const RULE: Rule = Rule {
    id: "catalog.relation_acl_drift",
    title: "a privilege on a system catalog or view was given to a role that initdb did not give it to",
    capability: Capability::Superuser,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("catalogs", "System Catalogs"),
        Reference::page("catalog-pg-init-privs", "pg_init_privs"),
        Reference::stig("V-233596", "passwords are stored and transmitted protected"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::nist("IA-5", "Authenticator Management"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "`pg_authid` holds the password verifiers, `pg_statistic` values out of every table, `pg_subscription` and \
`pg_user_mapping` passwords, and UPDATE on a column of a catalog writes past every check: `UPDATE (rolsuper)` on `pg_authid` is \
superuser. (UPDATE, INSERT and DELETE on a whole catalog are kept from everybody but superusers, granted or not.) Every \
privilege beyond what `pg_init_privs` recorded is found, by table and by column.",
    check,
    cases: &[Case {
        shows: "verifiers and statistics to read, a view of the configuration, and a column of a catalog to write",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE catalog_relation_acl_drift_app LOGIN;
CREATE ROLE catalog_relation_acl_drift_column LOGIN;
GRANT SELECT ON pg_authid TO catalog_relation_acl_drift_app;
GRANT SELECT (subconninfo) ON pg_subscription TO catalog_relation_acl_drift_column;
GRANT UPDATE (rolsuper) ON pg_authid TO catalog_relation_acl_drift_column;
GRANT SELECT ON pg_hba_file_rules TO catalog_relation_acl_drift_app;
GRANT DELETE ON pg_class TO catalog_relation_acl_drift_app;"#,
        finds: &[
            ("table pg_catalog.pg_authid in database audited", "catalog_relation_acl_drift_app"),
            (
                "column subconninfo of table pg_catalog.pg_subscription in database audited",
                "catalog_relation_acl_drift_column",
            ),
            (
                "column rolsuper of table pg_catalog.pg_authid in database audited",
                "catalog_relation_acl_drift_column",
            ),
            ("view pg_catalog.pg_hba_file_rules in database audited", "catalog_relation_acl_drift_app"),
            ("table pg_catalog.pg_class in database audited", "catalog_relation_acl_drift_app"),
        ],
        sound: r#"
CREATE ROLE catalog_relation_acl_drift_app_ok LOGIN;
GRANT SELECT ON pg_class, pg_roles TO catalog_relation_acl_drift_app_ok;
GRANT pg_monitor TO catalog_relation_acl_drift_app_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, _) in study.databases() {
        let own = contents.objects.iter().filter(|(key, object)| {
            key.class.is_table_like() && object.origin == Origin::System && !study.is_providers(key, object)
        });
        for (key, object) in own {
            for excess in study.excess(key, object) {
                add(study, findings, &ObjectRef::within(database, key.clone()), object, excess);
            }
        }
    }
}

fn add(study: &Study<'_>, findings: &mut Findings, at: &ObjectRef, object: &Object, excess: Excess<'_>) {
    let key = &at.key;
    let grantee = &excess.entry.grantee;
    let (subject, fix, what) = match excess.column {
        Some(column) => (
            Subject::part(at.clone(), format!("column {}", column.quoted())),
            revoke_column(key, object, column, excess.entry, excess.privileges),
            format!("column {} of {key}", column.quoted()),
        ),
        None => {
            let fix = revoke(key, object, excess.entry, excess.privileges);
            (Subject::object(at.clone()), fix, key.to_string())
        }
    };
    let (capability, precondition) = reached(study, key, object, excess);
    let message = format!("{} holds {} on {what}", grantee.quoted(), excess.privileges);
    let finding = findings
        .add(subject, Some(grantee.clone()), message, fix)
        .reaching(capability, precondition)
        .shown_by(format!("granted by {}; not so at initdb", excess.entry.grantor.quoted()));
    if capability == Capability::Superuser && holds_verifiers(key) && !writes(excess.privileges) {
        finding.shown_by("a superuser's verifier is an MD5 hash, which is as good as the password");
    }
}

fn reached(
    study: &Study<'_>,
    key: &ObjectKey,
    object: &Object,
    excess: Excess<'_>,
) -> (Capability, Precondition) {
    // What is withheld on the whole of a catalog is not on its columns.
    let usable = match excess.column {
        Some(_) => excess.privileges,
        None => excess.privileges - withheld(key, &object.origin),
    };
    let secret_column = excess.column.is_none_or(|column| SECRET_COLUMNS.contains(&column.as_str()));
    if usable.is_empty() {
        (Capability::Hygiene, Precondition::Login)
    } else if writes(usable) && key.class != pgward_catalog::class::Class::View {
        (Capability::Superuser, Precondition::Login)
    } else if !usable.contains(Privilege::Select) {
        (Capability::SomeData, Precondition::Configuration)
    } else if !secret_column && (holds_verifiers(key) || SECRETIVE.contains(&key.name.as_str())) {
        // What the views beside them show everybody.
        (Capability::Hygiene, Precondition::Login)
    } else if holds_verifiers(key) {
        if study.has_md5_superuser() {
            (Capability::Superuser, Precondition::Login)
        } else {
            (Capability::AllRead, Precondition::Login)
        }
    } else if SECRETIVE.contains(&key.name.as_str()) {
        (Capability::AllRead, Precondition::Login)
    } else {
        (Capability::SomeData, Precondition::Login)
    }
}

fn writes(privileges: Privileges) -> bool {
    privileges.contains(Privilege::Update) || privileges.contains(Privilege::Insert)
}

fn holds_verifiers(key: &ObjectKey) -> bool {
    matches!(key.name.as_str(), "pg_authid" | "pg_shadow")
}

const SECRETIVE: [&str; 7] = [
    "pg_statistic",
    "pg_statistic_ext_data",
    "pg_subscription",
    "pg_user_mapping",
    "pg_largeobject",
    "pg_user_mappings",
    "pg_replication_origin_status",
];

/// Columns that hold what is worth hiding; of `pg_statistic`, the values and frequencies.
const SECRET_COLUMNS: [&str; 14] = [
    "rolpassword",
    "passwd",
    "subconninfo",
    "umoptions",
    "data",
    "stavalues1",
    "stavalues2",
    "stavalues3",
    "stavalues4",
    "stavalues5",
    "stxdmcv",
    "stxdexpr",
    "stxdndistinct",
    "stxddependencies",
];

use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectKey, ObjectRef};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "fdw.stored_secret",
    title: "a foreign server, a user mapping or a subscription keeps a password in the clear",
    capability: Capability::AllRead,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::UserMappingOptions, Sight::SubscriptionSecrets],
    references: &[
        Reference::page("postgres-fdw", "postgres_fdw: Connection Management and Authentication"),
        Reference::page("catalog-pg-foreign-server", "pg_foreign_server"),
        Reference::stig("V-233586", "information at rest is protected"),
        Reference::nist("IA-5", "Authenticator Management"),
        Reference::iso("A.5.17", "Authentication information"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "Options of a foreign *server* and of a wrapper are readable by every role of the database. Those of a user mapping \
are kept from most, those of a subscription from everybody but superusers and members of `pg_read_all_data`; yet both are in \
every dump and every base backup. Keep the password in a password file, or use a client certificate. Only the names of options \
are read, never their values.",
    check,
    cases: &[Case {
        shows: "passwords in the options of a server, of a mapping and in a connection string",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE fdw_stored_secret_app LOGIN;
CREATE FOREIGN DATA WRAPPER fdw_stored_secret_w;
CREATE SERVER fdw_stored_secret_s FOREIGN DATA WRAPPER fdw_stored_secret_w OPTIONS (api_key 'k');
CREATE USER MAPPING FOR fdw_stored_secret_app SERVER fdw_stored_secret_s OPTIONS ("user" 'u', password 'p');
CREATE SUBSCRIPTION fdw_stored_secret_sub CONNECTION 'host=127.0.0.1 user=u password=p' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false);"#,
        finds: &[
            ("foreign server fdw_stored_secret_s in database audited", ""),
            ("user mapping fdw_stored_secret_app@fdw_stored_secret_s in database audited", ""),
            ("subscription fdw_stored_secret_sub in database audited", ""),
        ],
        sound: r#"
CREATE ROLE fdw_stored_secret_app_ok LOGIN;
CREATE FOREIGN DATA WRAPPER fdw_stored_secret_w_ok;
CREATE SERVER fdw_stored_secret_s_ok FOREIGN DATA WRAPPER fdw_stored_secret_w_ok OPTIONS (host 'h');
CREATE USER MAPPING FOR fdw_stored_secret_app_ok SERVER fdw_stored_secret_s_ok OPTIONS ("user" 'u', sslcert 'c');
CREATE SUBSCRIPTION fdw_stored_secret_sub_ok CONNECTION 'host=127.0.0.1 user=u passfile=/f' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false);"#,
        fix: FixWorks::CannotRun("where the secret is to be kept is a decision"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        let is_providers =
            |key: &ObjectKey| contents.objects.get(key).is_some_and(|object| study.is_providers(key, object));
        for found in anatomy.foreign.iter().filter(|found| !is_providers(&found.object)) {
            let Some(options) = &found.options else { continue };
            let secrets: Vec<&str> =
                options.iter().map(String::as_str).filter(|option| is_secret(option)).collect();
            if secrets.is_empty() {
                continue;
            }
            let message = format!("{} keeps {} in the clear", found.object, secrets.join(", "));
            let fix = Fix::words(
                "keep it in a password file (passfile) or use a client certificate (sslcert, sslkey), and drop the option",
            );
            let readers = if found.object.class == Class::UserMapping {
                "superusers, the server's owner and the mapped role read it; so does whoever has a dump"
            } else {
                "every role of the database reads it"
            };
            let finding = findings
                .add(Subject::object(ObjectRef::within(database, found.object.clone())), None, message, fix)
                .shown_by(readers);
            if found.object.class == Class::UserMapping {
                finding.reaching(Capability::AllRead, Precondition::Configuration);
            }
        }
        for found in anatomy.subscriptions.iter().filter(|found| found.holds_password == Some(true)) {
            let key = ObjectKey::bare(Class::Subscription, found.name.clone());
            let message = format!("{key} keeps a password in its connection string");
            let fix = Fix::words(
                "ALTER SUBSCRIPTION ... CONNECTION with passfile= or a client certificate in place of the password",
            );
            findings
                .add(Subject::object(ObjectRef::within(database, key)), None, message, fix)
                .reaching(Capability::AllRead, Precondition::Configuration)
                .shown_by("superusers and members of pg_read_all_data read it; so does whoever has a dump");
        }
    }
}

fn is_secret(option: &str) -> bool {
    let option = option.to_lowercase();
    SECRET_WORDS.iter().any(|word| option.contains(word)) && option != "password_required"
}

const SECRET_WORDS: [&str; 10] = [
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
];

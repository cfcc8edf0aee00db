use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::setting::{is_sealed, sealed};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::rules::conf_password_encryption::{scope_in_sql, scope_in_words};
use crate::severity::{Capability, Precondition};
use crate::source_text::credential::{in_source, in_text, is_secret_name, is_secret_value};
use crate::study::Study;
use pgward_survey::anatomy::Constant;

pub(super) const RULE: Rule = Rule {
    id: "data.secret_in_source",
    title: "a credential is written down where every role can read it",
    capability: Capability::AllRead,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("catalog-pg-proc", "pg_proc"),
        Reference::page("catalog-pg-db-role-setting", "pg_db_role_setting"),
        Reference::stig("V-233586", "information at rest is protected"),
        Reference::nist(
            "IA-5(7)",
            "Authenticator Management | No Embedded Unencrypted Static Authenticators",
        ),
        Reference::iso("A.5.17", "Authentication information"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "The source of every function, every comment, the queries of views, defaults, policies, rules, checks, indexes, the \
arguments and conditions of triggers, and the settings of roles and databases can be read by whoever can \
connect, EXECUTE or not, and are in every dump. A password or key in one of them is everybody's. Change it, and keep the \
new one where privileges apply: in a table, in a foreign data wrapper's mapping, in a secret store.\n\nPasswords are known by \
their names, keys and tokens by how they look; what was found is described and never shown.",
    check,
    cases: &[
        Case {
            shows: "keys in a view, a default, a check, a policy, an index, a rule and the arguments and the condition of triggers",
            versions: Versions::ALL,
            flawed: r#"
CREATE SCHEMA data_secret_in_source_parsed;
CREATE TABLE data_secret_in_source_parsed.t (a text, api_key text DEFAULT 'zq81kk2pp07', k text DEFAULT 'AKIAIOSFODNN7EXAMPLE');
CREATE VIEW data_secret_in_source_parsed.v AS SELECT 'postgresql://admin:hunter22@db/x'::text AS url;
CREATE MATERIALIZED VIEW data_secret_in_source_parsed.m AS SELECT 'host=db password=hunter22'::text AS how WITH NO DATA;
ALTER TABLE data_secret_in_source_parsed.t ADD CONSTRAINT guarded CHECK (a <> 'password=hunter22');
CREATE POLICY p ON data_secret_in_source_parsed.t USING (a = 'postgres://u:hunter22@db/x');
CREATE INDEX i ON data_secret_in_source_parsed.t (a) WHERE a <> 'token=abcdef123456';
CREATE RULE r AS ON DELETE TO data_secret_in_source_parsed.t WHERE old.a = 'password=hunter23' DO INSTEAD NOTHING;
CREATE FUNCTION data_secret_in_source_parsed.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER hook BEFORE INSERT ON data_secret_in_source_parsed.t FOR EACH ROW EXECUTE FUNCTION data_secret_in_source_parsed.f('https://x', 'token=abcdef123456');
CREATE TRIGGER held BEFORE INSERT ON data_secret_in_source_parsed.t FOR EACH ROW WHEN (NEW.a = 'password=hunter22') EXECUTE FUNCTION data_secret_in_source_parsed.f();"#,
            finds: &[
                (
                    "default of column api_key of table data_secret_in_source_parsed.t in database audited",
                    "PUBLIC",
                ),
                ("default of column k of table data_secret_in_source_parsed.t in database audited", "PUBLIC"),
                ("view data_secret_in_source_parsed.v in database audited", "PUBLIC"),
                ("materialized view data_secret_in_source_parsed.m in database audited", "PUBLIC"),
                ("constraint guarded of table data_secret_in_source_parsed.t in database audited", "PUBLIC"),
                ("policy p of table data_secret_in_source_parsed.t in database audited", "PUBLIC"),
                ("index i of table data_secret_in_source_parsed.t in database audited", "PUBLIC"),
                ("rule r of table data_secret_in_source_parsed.t in database audited", "PUBLIC"),
                ("trigger hook of table data_secret_in_source_parsed.t in database audited", "PUBLIC"),
                ("trigger held of table data_secret_in_source_parsed.t in database audited", "PUBLIC"),
            ],
            sound: r#"
CREATE SCHEMA data_secret_in_source_parsed_ok;
CREATE TABLE data_secret_in_source_parsed_ok.t_ok (a text DEFAULT 'open', password text DEFAULT '', token text DEFAULT 'unknown', state text CHECK (state IN ('paid', 'open')));
CREATE VIEW data_secret_in_source_parsed_ok.v_ok AS SELECT 'https://example.com/x'::text AS url, a FROM data_secret_in_source_parsed_ok.t_ok WHERE a <> 'password';"#,
            fix: FixWorks::CannotRun("the credential has to be changed where it is used first"),
            needs: Needs::Nothing,
        },
        Case {
            shows: "keys in a function, in a comment and in the setting of a role",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE data_secret_in_source_app;
ALTER ROLE data_secret_in_source_app SET app.jwt_secret = 'f3a9c17be2';
CREATE SCHEMA data_secret_in_source;
CREATE FUNCTION data_secret_in_source.connect() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN 'host=db user=app password=hunter22'; END$$;
CREATE TABLE data_secret_in_source.t (a int);
COMMENT ON COLUMN data_secret_in_source.t.a IS 'login app, password: hunter22';
COMMENT ON ROLE data_secret_in_source_app IS 'pw token=abcdef123456';"#,
            finds: &[
                ("setting app.jwt_secret of role data_secret_in_source_app", "PUBLIC"),
                ("function data_secret_in_source.connect() in database audited", "PUBLIC"),
                ("comment on column a of table data_secret_in_source.t in database audited", "PUBLIC"),
                ("role data_secret_in_source_app", "PUBLIC"),
            ],
            sound: r#"
CREATE ROLE data_secret_in_source_app_ok;
ALTER ROLE data_secret_in_source_app_ok SET statement_timeout = '30s';
ALTER ROLE data_secret_in_source_app_ok SET app.jwt_secret = '';
CREATE SCHEMA data_secret_in_source_ok;
CREATE FUNCTION data_secret_in_source_ok.check_ok(password text) RETURNS bool LANGUAGE plpgsql AS $$BEGIN IF password = '' THEN RAISE EXCEPTION 'the password is empty'; END IF; RETURN true; END$$;
COMMENT ON FUNCTION data_secret_in_source_ok.check_ok(text) IS 'compares the password: see the vault';"#,
            fix: FixWorks::CannotRun("the credential has to be changed where it is used first"),
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        let is_foreign = |key: &ObjectKey| {
            contents
                .objects
                .get(key)
                .is_some_and(|object| object.origin != Origin::User || study.is_providers(key, object))
        };
        for (key, routine) in anatomy.routines.iter().filter(|(key, _)| !is_foreign(key)) {
            if routine.library.is_some() {
                continue;
            }
            if let Some(what) = in_source(&routine.source) {
                let subject = Subject::object(ObjectRef::within(database, key.clone()));
                add(findings, subject, format!("the source of {key} holds {what}"), Fix::words(MOVE));
            }
        }
        let mut seen = BTreeSet::new();
        for constant in anatomy.constants.iter().filter(|constant| !is_foreign(&constant.on)) {
            let Some(what) = in_constant(constant) else { continue };
            let at = ObjectRef::within(database, constant.on.clone());
            let place = match &constant.part {
                Some(part) => format!("the {part} of {}", constant.on),
                None => format!("the query of {}", constant.on),
            };
            // One finding for each place, however many constants it has.
            if seen.insert((&constant.on, &constant.part)) {
                let subject = match &constant.part {
                    Some(part) => Subject::part(at, part.clone()),
                    None => Subject::object(at),
                };
                add(findings, subject, format!("{place} holds {what}"), Fix::words(MOVE));
            }
        }
        for comment in anatomy.comments.iter().filter(|comment| !is_foreign(&comment.on)) {
            let Some(what) = in_text(&comment.text) else { continue };
            let part = match &comment.part {
                Some(part) => format!("comment on {part}"),
                None => "comment".to_owned(),
            };
            let at = if comment.on.class == Class::Database {
                ObjectRef::database(database)
            } else {
                ObjectRef::within(database, comment.on.clone())
            };
            add(
                findings,
                Subject::part(at, part.clone()),
                format!("the {part} of {} holds {what}", comment.on),
                Fix::words(MOVE),
            );
        }
    }
    for (role, comment) in &study.survey.server.role_comments {
        if let Some(what) = in_text(comment).filter(|_| !study.is_administrative(role)) {
            let message = format!("the comment on role {} holds {what}", role.quoted());
            let fix = Fix::sql(format!("COMMENT ON ROLE {} IS NULL", role.quoted()));
            add(findings, Subject::Role(role.clone()), message, fix);
        }
    }
    for (scope, settings) in &study.catalog.settings {
        for (name, value) in settings {
            // The value was sealed when it was read; an empty one is no secret.
            let holds =
                if is_sealed(value) { *value != sealed(name.as_str(), "") } else { is_secret_value(value) };
            let named = name.as_str().contains('.') && is_secret_name(name.as_str()) && holds;
            let what = if named { Some("a credential, by its name") } else { in_text(value) };
            let Some(what) = what else { continue };
            let words = scope_in_words(scope);
            let fix = Fix::sql(format!(
                "ALTER {} RESET {}",
                scope_in_sql(scope),
                pgward_catalog::object::quote_parameter(name.as_str())
            ));
            let subject = Subject::Setting(format!("setting {name} of {words}"));
            add(findings, subject, format!("setting {name} of {words} holds {what}"), fix);
        }
    }
}

/// By its shape or what is said in it; of a default by the name of its column as well.
fn in_constant(constant: &Constant) -> Option<&'static str> {
    let named = constant.column.as_ref().is_some_and(|column| is_secret_name(column.as_str()));
    let made_up = constant.text.chars().any(|letter| letter.is_ascii_digit());
    if named && made_up && is_secret_value(&constant.text) {
        return Some("a password or key by its column's name");
    }
    in_text(&constant.text)
        .or_else(|| constant.text.contains('\'').then(|| in_source(&constant.text)).flatten())
}

fn add(findings: &mut Findings, subject: Subject, message: String, fix: Fix) {
    findings
        .add(subject, Some(pgward_catalog::acl::Grantee::Public), message, fix)
        .shown_by("every role that can connect reads it");
}

const MOVE: &str = "change the credential where it is used, and keep the new one in a table that privileges protect, or in a secret store";

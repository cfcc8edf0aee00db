use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::dynamic::{How, injectable, takes_text};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "secdef.dynamic_sql",
    title: "a SECURITY DEFINER routine executes text put together out of unquoted values",
    capability: Capability::Superuser,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("plpgsql-statements", "Executing Dynamic Commands"),
        Reference::stig("V-233528", "dynamic code is protected from injection"),
        Reference::nist("SI-10", "Information Input Validation"),
        Reference::iso("A.8.28", "Secure coding"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "`EXECUTE 'SELECT ' || name` runs whatever `name` holds, with the privileges of the routine's owner. Give values \
with USING, names with `format('%I')` or `quote_ident`, constants with `%L` or `quote_literal`. `query_to_xml`, `ts_stat`, \
`dblink` and their like run what they are given as well; `table_to_xml` reads the relation its caller names, `database_to_xml` all of \
them.\n\nThe words of a PL/pgSQL or SQL body are read and variables followed within it. Not seen: what other functions return, text out of tables that was stored as \
`%L`, and bodies in other languages.",
    check,
    cases: &[
        Case {
            shows: "an argument concatenated, an argument in format's %s, a variable with an argument in it",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE secdef_dynamic_sql_owner NOLOGIN;
CREATE ROLE secdef_dynamic_sql_app LOGIN;
CREATE SCHEMA secdef_dynamic_sql;
GRANT USAGE ON SCHEMA secdef_dynamic_sql TO secdef_dynamic_sql_app;
CREATE FUNCTION secdef_dynamic_sql.concatenated(t text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ' || t INTO n; RETURN n; END $$;
CREATE FUNCTION secdef_dynamic_sql.formatted(t name) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE n bigint; BEGIN EXECUTE format('SELECT count(*) FROM %s', t) INTO n; RETURN n; END $$;
CREATE PROCEDURE secdef_dynamic_sql.assigned(t varchar) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE command text; BEGIN command := 'NOTIFY ' || t; EXECUTE command; END $$;
ALTER FUNCTION secdef_dynamic_sql.concatenated(text) OWNER TO secdef_dynamic_sql_owner;
ALTER FUNCTION secdef_dynamic_sql.formatted(name) OWNER TO secdef_dynamic_sql_owner;
ALTER PROCEDURE secdef_dynamic_sql.assigned(varchar) OWNER TO secdef_dynamic_sql_owner;
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA secdef_dynamic_sql FROM PUBLIC;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA secdef_dynamic_sql TO secdef_dynamic_sql_app;"#,
            finds: &[
                (
                    "function secdef_dynamic_sql.concatenated(text) in database audited",
                    "secdef_dynamic_sql_owner",
                ),
                (
                    "function secdef_dynamic_sql.formatted(name) in database audited",
                    "secdef_dynamic_sql_owner",
                ),
                (
                    "procedure secdef_dynamic_sql.assigned(character varying) in database audited",
                    "secdef_dynamic_sql_owner",
                ),
            ],
            sound: r#"
CREATE ROLE secdef_dynamic_sql_owner_ok NOLOGIN;
CREATE ROLE secdef_dynamic_sql_app_ok LOGIN;
CREATE SCHEMA secdef_dynamic_sql_ok;
GRANT USAGE ON SCHEMA secdef_dynamic_sql_ok TO secdef_dynamic_sql_app_ok;
CREATE FUNCTION secdef_dynamic_sql_ok.formatted_ok(t text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE n bigint; BEGIN EXECUTE format('SELECT count(*) FROM %I WHERE a = $1', t) INTO n USING t; RETURN n; END $$;
CREATE FUNCTION secdef_dynamic_sql_ok.quoted_ok(t text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ' || quote_ident(t) INTO n; RETURN n; END $$;
CREATE FUNCTION secdef_dynamic_sql_ok.number_ok(t integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE n bigint; BEGIN EXECUTE 'SELECT ' || t INTO n; RETURN n; END $$;
ALTER FUNCTION secdef_dynamic_sql_ok.formatted_ok(text) OWNER TO secdef_dynamic_sql_owner_ok;
ALTER FUNCTION secdef_dynamic_sql_ok.quoted_ok(text) OWNER TO secdef_dynamic_sql_owner_ok;
ALTER FUNCTION secdef_dynamic_sql_ok.number_ok(integer) OWNER TO secdef_dynamic_sql_owner_ok;
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA secdef_dynamic_sql_ok FROM PUBLIC;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA secdef_dynamic_sql_ok TO secdef_dynamic_sql_app_ok;"#,
            fix: FixWorks::CannotRun("the body has to be written anew"),
            needs: Needs::Nothing,
        },
        Case {
            shows: "functions that run what they are given, or read what they are told",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE secdef_dynamic_sql_xml_owner NOLOGIN;
CREATE ROLE secdef_dynamic_sql_xml_app LOGIN;
CREATE SCHEMA secdef_dynamic_sql_xml;
GRANT USAGE ON SCHEMA secdef_dynamic_sql_xml TO secdef_dynamic_sql_xml_app;
CREATE FUNCTION secdef_dynamic_sql_xml.query(q text) RETURNS xml LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT query_to_xml(q, true, false, '') $$;
CREATE FUNCTION secdef_dynamic_sql_xml.relation(t text) RETURNS xml LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN table_to_xml(t::regclass, true, false, ''); END $$;
CREATE FUNCTION secdef_dynamic_sql_xml.everything() RETURNS xml LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT database_to_xml(true, false, '') $$;
CREATE FUNCTION secdef_dynamic_sql_xml.words(q text) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT word FROM ts_stat($1)';
ALTER FUNCTION secdef_dynamic_sql_xml.query(text) OWNER TO secdef_dynamic_sql_xml_owner;
ALTER FUNCTION secdef_dynamic_sql_xml.relation(text) OWNER TO secdef_dynamic_sql_xml_owner;
ALTER FUNCTION secdef_dynamic_sql_xml.everything() OWNER TO secdef_dynamic_sql_xml_owner;
ALTER FUNCTION secdef_dynamic_sql_xml.words(text) OWNER TO secdef_dynamic_sql_xml_owner;"#,
            finds: &[
                (
                    "function secdef_dynamic_sql_xml.query(text) in database audited",
                    "secdef_dynamic_sql_xml_owner",
                ),
                (
                    "function secdef_dynamic_sql_xml.relation(text) in database audited",
                    "secdef_dynamic_sql_xml_owner",
                ),
                (
                    "function secdef_dynamic_sql_xml.everything() in database audited",
                    "secdef_dynamic_sql_xml_owner",
                ),
                (
                    "function secdef_dynamic_sql_xml.words(text) in database audited",
                    "secdef_dynamic_sql_xml_owner",
                ),
            ],
            sound: r#"
CREATE ROLE secdef_dynamic_sql_xml_owner_ok NOLOGIN;
CREATE ROLE secdef_dynamic_sql_xml_app_ok LOGIN;
CREATE SCHEMA secdef_dynamic_sql_xml_ok;
GRANT USAGE ON SCHEMA secdef_dynamic_sql_xml_ok TO secdef_dynamic_sql_xml_app_ok;
CREATE TABLE secdef_dynamic_sql_xml_ok.t_ok (v text);
CREATE FUNCTION secdef_dynamic_sql_xml_ok.query_ok(q text) RETURNS xml LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT query_to_xml(format('SELECT * FROM secdef_dynamic_sql_xml_ok.t_ok WHERE v = %L', q), true, false, '') $$;
CREATE FUNCTION secdef_dynamic_sql_xml_ok.relation_ok() RETURNS xml LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT table_to_xml('secdef_dynamic_sql_xml_ok.t_ok'::regclass, true, false, '') $$;
ALTER FUNCTION secdef_dynamic_sql_xml_ok.query_ok(text) OWNER TO secdef_dynamic_sql_xml_owner_ok;
ALTER FUNCTION secdef_dynamic_sql_xml_ok.relation_ok() OWNER TO secdef_dynamic_sql_xml_owner_ok;"#,
            fix: FixWorks::CannotRun("the body has to be written anew"),
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, facts) in study.definers() {
        if !matches!(facts.language.as_str(), "plpgsql" | "sql") || !study.is_run_by_others(&placed) {
            continue;
        }
        let Some(body) = study.body(&placed) else { continue };
        let textual = facts.trigger || takes_text(placed.key.signature.as_deref().unwrap_or_default());
        let Some(handed) = injectable(&body.source, textual) else { continue };
        let owner = &placed.object.owner;
        let message =
            format!("{} executes text with unquoted values in it as role {}", placed.key, owner.quoted());
        let (capability, precondition) = match handed.how {
            How::Runs => (study.power_of(owner), Precondition::Login),
            How::Reads => (study.power_of(owner).min(Capability::AllRead), Precondition::Login),
            // What the connection's user may do there is not known here.
            How::Elsewhere => (Capability::AllWrite, Precondition::Configuration),
            How::Connects if study.is_superuser(owner) => {
                (Capability::Superuser, Precondition::Configuration)
            }
            How::Connects => (Capability::SomeData, Precondition::Configuration),
        };
        let fix = Fix::words(
            "write names with format's %I or quote_ident, constants with %L or quote_literal, and give values with USING",
        );
        findings
            .add(Subject::object(placed.at()), Some(owner.clone().into()), message, fix)
            .reaching(capability, precondition)
            .shown_by(handed.words)
            .shown_by(study.runners_in_words(&placed));
    }
}

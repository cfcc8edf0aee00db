use pgward_catalog::object::RoutineFacts;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::dynamic::{How, injectable, takes_text};
use crate::source_text::naming::Gives;
use crate::study::deeds::Deed;
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "secdef.dynamic_sql",
    title: "a SECURITY DEFINER routine executes text put together out of its caller's values",
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
them; `set_config` of a superuser's with a name of the caller's sets what only superusers may, `session_replication_role` among it.\n\nQuoting keeps a name one name, and does not say which: `GRANT %I TO %I`, `ALTER ROLE %I PASSWORD %L`, \
`ALTER TABLE %I OWNER TO %I` with names of the caller give whatever the owner may give to whoever the caller says.\n\nThe words of a PL/pgSQL or SQL body are read and variables followed within it. Not seen: what other functions return, text out of tables that was stored as \
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
        Case {
            shows: "statements that give something to whoever is named, however well it is quoted",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE secdef_dynamic_sql_gives_app LOGIN;
CREATE SCHEMA secdef_dynamic_sql_gives;
GRANT USAGE ON SCHEMA secdef_dynamic_sql_gives TO secdef_dynamic_sql_gives_app;
CREATE FUNCTION secdef_dynamic_sql_gives.membership(u name, r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT %I TO %I', r, u); END $$;
CREATE FUNCTION secdef_dynamic_sql_gives.password(u name, p text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', u, p); END $$;
CREATE FUNCTION secdef_dynamic_sql_gives.parameter(n text, v text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT set_config(n, v, false)';
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA secdef_dynamic_sql_gives FROM PUBLIC;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA secdef_dynamic_sql_gives TO secdef_dynamic_sql_gives_app;"#,
            finds: &[
                ("function secdef_dynamic_sql_gives.membership(name, name) in database audited", "postgres"),
                ("function secdef_dynamic_sql_gives.parameter(text, text) in database audited", "postgres"),
                ("function secdef_dynamic_sql_gives.password(name, text) in database audited", "postgres"),
            ],
            sound: r#"
CREATE ROLE secdef_dynamic_sql_gives_app_ok LOGIN;
CREATE SCHEMA secdef_dynamic_sql_gives_ok;
GRANT USAGE ON SCHEMA secdef_dynamic_sql_gives_ok TO secdef_dynamic_sql_gives_app_ok;
CREATE ROLE secdef_dynamic_sql_gives_reader_ok NOLOGIN;
CREATE FUNCTION secdef_dynamic_sql_gives_ok.reader_ok(u name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT secdef_dynamic_sql_gives_reader_ok TO %I', u); END $$;
CREATE FUNCTION secdef_dynamic_sql_gives_ok.kept_ok(u name, r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT %I TO %I', r, u); END $$;
CREATE FUNCTION secdef_dynamic_sql_gives_ok.tenant_ok(v text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT set_config(''app.tenant'', v, false)';
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA secdef_dynamic_sql_gives_ok FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secdef_dynamic_sql_gives_ok.tenant_ok(text) TO secdef_dynamic_sql_gives_app_ok;
GRANT EXECUTE ON FUNCTION secdef_dynamic_sql_gives_ok.reader_ok(name) TO secdef_dynamic_sql_gives_app_ok;"#,
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
        let owner = &placed.object.owner;
        let Some(handed) = injectable(&body.source, textual) else {
            names(study, findings, &placed, facts);
            continue;
        };
        // What any role may set, its caller sets without it.
        if handed.how == How::Sets && !study.is_superuser(owner) {
            names(study, findings, &placed, facts);
            continue;
        }
        let does = match handed.how {
            How::Sets => "sets any parameter that its caller names",
            _ => "executes text with unquoted values in it",
        };
        let message = format!("{} {does} as role {}", placed.key, owner.quoted());
        let (capability, precondition) = match handed.how {
            How::Runs => (study.power_of(owner), Precondition::Login),
            How::Reads => (study.power_of(owner).min(Capability::AllRead), Precondition::Login),
            // session_replication_role switches triggers and foreign keys off for the caller, lo_compat_privileges opens large objects.
            How::Sets => (Capability::SomeData, Precondition::Login),
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

/// Statements that give something to whoever the caller names: nothing that is quoted is wrong with them, but who may say the names.
fn names(study: &Study<'_>, findings: &mut Findings, placed: &Placed<'_>, facts: &RoutineFacts) {
    if study.callers(placed).is_empty() {
        return;
    }
    let gives = study.deeds(placed, facts).into_iter().filter_map(|done| match done.deed {
        Deed::Gives(gives) => Some((gives, done.words)),
        Deed::Text(_) | Deed::Opens(_) => None,
    });
    let Some((gives, words)) = gives.max() else { return };
    let owner = &placed.object.owner;
    let message = format!("{} {} as role {}", placed.key, gives.words(), owner.quoted());
    let capability = match gives {
        Gives::Reading => study.power_of(owner).min(Capability::AllRead),
        Gives::Writing => study.power_of(owner).min(Capability::AllWrite),
        Gives::Ownership | Gives::Password | Gives::Membership | Gives::Superuser => study.power_of(owner),
    };
    let precondition = if facts.trigger { Precondition::Create } else { Precondition::Login };
    let fix = Fix::words(
        "compare the names with a list of those that may be said, or fix them in the body; and let only those who need it call it",
    );
    findings
        .add(Subject::object(placed.at()), Some(owner.clone().into()), message, fix)
        .reaching(capability, precondition)
        .shown_by(words)
        .shown_by(study.runners_in_words(placed));
}

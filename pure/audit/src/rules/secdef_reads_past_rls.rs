use pgward_catalog::name::RoleName;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::{Token, tokens};
use crate::study::believing::Body;
use crate::study::code::in_words;
use crate::study::mending::target;
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "secdef.reads_past_rls",
    title: "a SECURITY DEFINER routine returns rows that row security keeps from its callers",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::page("sql-createfunction", "CREATE FUNCTION: SECURITY DEFINER"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "A definer routine reads with its owner's privileges. Where the policies do not hold the owner (it is a superuser, has \
BYPASSRLS, or owns a table whose row security is not forced), the rows it returns are everybody's; an argument that says whose is the \
caller's to choose. Make it SECURITY INVOKER, force row security for an owner the policies hold, or let the body ask who called: \
`session_user`, or a setting that somebody checked. The same goes for verifiers out of `pg_authid` and `pg_shadow`.\n\nBodies are read \
by their words: a routine that returns rows, names such a table and nobody's identity is found. Scalars (a count) are not, nor are \
rows that other routines fetch.",
    check,
    cases: &[Case {
        shows: "all rows of a table that its owner's function reads, rows by a key the caller chooses, verifiers",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE secdef_reads_past_rls_owner NOLOGIN;
CREATE ROLE secdef_reads_past_rls_app LOGIN;
CREATE SCHEMA secdef_reads_past_rls;
GRANT USAGE ON SCHEMA secdef_reads_past_rls TO secdef_reads_past_rls_app;
CREATE TABLE secdef_reads_past_rls.t (tenant text, v text);
ALTER TABLE secdef_reads_past_rls.t ENABLE ROW LEVEL SECURITY;
ALTER TABLE secdef_reads_past_rls.t OWNER TO secdef_reads_past_rls_owner;
CREATE FUNCTION secdef_reads_past_rls.everything() RETURNS SETOF secdef_reads_past_rls.t LANGUAGE sql SECURITY DEFINER SET search_path = secdef_reads_past_rls, pg_temp AS 'SELECT * FROM t';
CREATE FUNCTION secdef_reads_past_rls.chosen(whose text) RETURNS TABLE (v text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN QUERY SELECT t.v FROM secdef_reads_past_rls.t WHERE t.tenant = whose; END $$;
CREATE FUNCTION secdef_reads_past_rls.verifiers(name text) RETURNS TABLE (usename name, passwd text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT usename, passwd FROM pg_shadow WHERE usename = $1';
ALTER FUNCTION secdef_reads_past_rls.everything() OWNER TO secdef_reads_past_rls_owner;
ALTER FUNCTION secdef_reads_past_rls.chosen(text) OWNER TO secdef_reads_past_rls_owner;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA secdef_reads_past_rls FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA secdef_reads_past_rls TO secdef_reads_past_rls_app;"#,
        finds: &[
            (
                "function secdef_reads_past_rls.everything() in database audited",
                "secdef_reads_past_rls_owner",
            ),
            (
                "function secdef_reads_past_rls.chosen(text) in database audited",
                "secdef_reads_past_rls_owner",
            ),
            ("function secdef_reads_past_rls.verifiers(text) in database audited", "postgres"),
        ],
        sound: r#"
CREATE ROLE secdef_reads_past_rls_owner_ok NOLOGIN;
CREATE ROLE secdef_reads_past_rls_app_ok LOGIN;
CREATE SCHEMA secdef_reads_past_rls_ok;
GRANT USAGE ON SCHEMA secdef_reads_past_rls_ok TO secdef_reads_past_rls_app_ok;
CREATE TABLE secdef_reads_past_rls_ok.t_ok (tenant text, v text);
ALTER TABLE secdef_reads_past_rls_ok.t_ok ENABLE ROW LEVEL SECURITY;
ALTER TABLE secdef_reads_past_rls_ok.t_ok OWNER TO secdef_reads_past_rls_owner_ok;
CREATE TABLE secdef_reads_past_rls_ok.forced_ok (tenant text, v text);
ALTER TABLE secdef_reads_past_rls_ok.forced_ok ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE secdef_reads_past_rls_ok.forced_ok OWNER TO secdef_reads_past_rls_owner_ok;
CREATE FUNCTION secdef_reads_past_rls_ok.count_ok() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = secdef_reads_past_rls_ok, pg_temp AS 'SELECT count(*) FROM t_ok';
CREATE FUNCTION secdef_reads_past_rls_ok.mine_ok() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = secdef_reads_past_rls_ok, pg_temp AS 'SELECT v FROM t_ok WHERE tenant = session_user';
CREATE FUNCTION secdef_reads_past_rls_ok.held_ok() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = secdef_reads_past_rls_ok, pg_temp AS 'SELECT v FROM forced_ok';
CREATE FUNCTION secdef_reads_past_rls_ok.roles_ok() RETURNS SETOF name LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT rolname FROM pg_authid';
CREATE FUNCTION secdef_reads_past_rls_ok.invoker_ok() RETURNS SETOF text LANGUAGE sql SET search_path = secdef_reads_past_rls_ok, pg_temp AS 'SELECT v FROM t_ok';
ALTER FUNCTION secdef_reads_past_rls_ok.count_ok() OWNER TO secdef_reads_past_rls_owner_ok;
ALTER FUNCTION secdef_reads_past_rls_ok.mine_ok() OWNER TO secdef_reads_past_rls_owner_ok;
ALTER FUNCTION secdef_reads_past_rls_ok.held_ok() OWNER TO secdef_reads_past_rls_owner_ok;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA secdef_reads_past_rls_ok FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA secdef_reads_past_rls_ok TO secdef_reads_past_rls_app_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, facts) in study.definers() {
        let Some(routine) = study.body(&placed).filter(|routine| routine.returns_rows) else { continue };
        let Some(contents) = study.catalog.databases.get(placed.database) else { continue };
        if facts.trigger || !matches!(facts.language.as_str(), "sql" | "plpgsql") {
            continue;
        }
        let callers = study.callers(&placed);
        let callers: Vec<_> =
            callers.into_iter().filter(|entry| study.is_outsider(&entry.grantee, placed.object)).collect();
        let words = tokens(&routine.source);
        if callers.is_empty() || asks_who(&words) {
            continue;
        }
        let owner = &placed.object.owner;
        let body = Body { key: placed.key, object: placed.object, routine };
        let hidden = study.relations_read(&placed, contents, body).into_iter().find(|key| {
            contents.objects.get(*key).is_some_and(|table| {
                table.row_security().is_some_and(|security| security.enabled && !study.is_held(owner, table))
            })
        });
        let (what, capability, precondition) = match (hidden, secret(study, &words, owner)) {
            (_, Some(catalog)) => {
                let (capability, precondition) = study.worth_of_secrets(catalog);
                (format!("secrets of {catalog}"), capability, precondition)
            }
            (Some(table), None) => (
                format!("rows of {} past its policies", table.quoted()),
                Capability::SomeData,
                Precondition::Login,
            ),
            (None, None) => continue,
        };
        let message = format!("{} returns {what}, as its owner {} sees them", placed.key, owner.quoted());
        let fix = Fix::sql(format!("ALTER {} SECURITY INVOKER", target(placed.key)));
        let finding = findings.add(Subject::object(placed.at()), Some(owner.clone().into()), message, fix);
        finding
            .reaching(capability, precondition)
            .shown_by(format!("EXECUTE is granted to {}", in_words(callers)));
        if let Some(table) = hidden {
            finding.concerning(Placed { key: table, ..placed }.at());
        }
    }
}

/// Whether anything in the body depends on who called.
fn asks_who(words: &[Token]) -> bool {
    words.iter().any(|word| {
        word.name().is_some_and(|name| {
            IDENTITIES.contains(&name)
                || name.ends_with("uid")
                || name.ends_with("jwt")
                || name.starts_with("current_")
        }) && !word.is("current_date")
            && !word.is("current_timestamp")
            && !word.is("current_time")
    })
}

/// The catalog whose secrets the body names, if its owner may see them.
fn secret(study: &Study<'_>, words: &[Token], owner: &RoleName) -> Option<&'static str> {
    let named = |name: &str| words.iter().any(|word| word.name() == Some(name));
    let everything = words.windows(2).any(|pair| {
        let [before, star] = pair else { return false };
        *star == Token::Other('*') && (before.is("select") || before.is_symbol(".") || before.is_symbol(","))
    });
    SECRETS
        .iter()
        .find(|(catalog, column)| {
            study.is_superuser(owner) && named(catalog) && (everything || named(column))
        })
        .map(|(catalog, _)| *catalog)
}

const IDENTITIES: [&str; 9] = [
    "session_user",
    "user",
    "system_user",
    "pg_has_role",
    "has_table_privilege",
    "is_superuser",
    "auth",
    "getuid",
    "row_security_active",
];

const SECRETS: [(&str, &str); 4] = [
    ("pg_authid", "rolpassword"),
    ("pg_shadow", "passwd"),
    ("pg_user_mapping", "umoptions"),
    ("pg_subscription", "subconninfo"),
];

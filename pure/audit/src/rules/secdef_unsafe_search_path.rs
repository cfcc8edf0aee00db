use pgward_catalog::name::{Name, SchemaName};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::rules::secdef_no_search_path::{MISLEADS_NOTHING, pin, reached};
use crate::severity::{Capability, Precondition};
use crate::source_text::{Token, tokens};
use crate::study::mending::target;
use crate::study::search_path::SearchPath;
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "secdef.unsafe_search_path",
    title: "the search_path of a SECURITY DEFINER routine has room for other people's objects",
    capability: Capability::Superuser,
    precondition: Precondition::Create,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createfunction", "CREATE FUNCTION: Writing SECURITY DEFINER Functions Safely"),
        Reference::cve(
            "CVE-2018-1058",
            "Uncontrolled search path element in pg_dump and other client applications",
        ),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The path is fixed, but others can put objects where it looks: into a schema in which they may create, into \
the schema that `$user` stands for, into a schema that does not exist yet, or into `pg_temp`, which is searched *first* for \
tables unless the path names it at its end. Name trusted schemas only, and `pg_temp` last. An empty path is safe for a body \
that qualifies every name; pgward reads the words of the body and speaks up if it names a system catalog without its schema.",
    check,
    cases: &[Case {
        shows: "paths with a schema in which others create, with $user, with a missing schema, and without pg_temp at the end",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE secdef_unsafe_search_path_owner NOLOGIN;
CREATE ROLE secdef_unsafe_search_path_app LOGIN;
CREATE SCHEMA secdef_unsafe_search_path;
CREATE SCHEMA secdef_unsafe_search_path_shared;
GRANT USAGE ON SCHEMA secdef_unsafe_search_path TO PUBLIC;
GRANT CREATE ON SCHEMA secdef_unsafe_search_path_shared TO secdef_unsafe_search_path_app;
CREATE FUNCTION secdef_unsafe_search_path.writable() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = secdef_unsafe_search_path_shared, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_unsafe_search_path.writable() OWNER TO secdef_unsafe_search_path_owner;
CREATE FUNCTION secdef_unsafe_search_path.follows() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = "$user", secdef_unsafe_search_path, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_unsafe_search_path.follows() OWNER TO secdef_unsafe_search_path_owner;
CREATE FUNCTION secdef_unsafe_search_path.temporary() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = secdef_unsafe_search_path AS 'SELECT 1';
ALTER FUNCTION secdef_unsafe_search_path.temporary() OWNER TO secdef_unsafe_search_path_owner;
CREATE FUNCTION secdef_unsafe_search_path.first() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp, secdef_unsafe_search_path AS 'SELECT 1';
ALTER FUNCTION secdef_unsafe_search_path.first() OWNER TO secdef_unsafe_search_path_owner;
CREATE FUNCTION secdef_unsafe_search_path.shadowed() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT count(*) FROM pg_class';
ALTER FUNCTION secdef_unsafe_search_path.shadowed() OWNER TO secdef_unsafe_search_path_owner;"#,
        finds: &[
            (
                "function secdef_unsafe_search_path.writable() in database audited",
                "secdef_unsafe_search_path_owner",
            ),
            (
                "function secdef_unsafe_search_path.follows() in database audited",
                "secdef_unsafe_search_path_owner",
            ),
            (
                "function secdef_unsafe_search_path.temporary() in database audited",
                "secdef_unsafe_search_path_owner",
            ),
            (
                "function secdef_unsafe_search_path.first() in database audited",
                "secdef_unsafe_search_path_owner",
            ),
            (
                "function secdef_unsafe_search_path.shadowed() in database audited",
                "secdef_unsafe_search_path_owner",
            ),
        ],
        sound: r#"
CREATE ROLE secdef_unsafe_search_path_owner_ok NOLOGIN;
CREATE SCHEMA secdef_unsafe_search_path_ok;
GRANT USAGE ON SCHEMA secdef_unsafe_search_path_ok TO PUBLIC;
CREATE FUNCTION secdef_unsafe_search_path_ok.last_ok() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = secdef_unsafe_search_path_ok, pg_temp AS 'SELECT 1';
ALTER FUNCTION secdef_unsafe_search_path_ok.last_ok() OWNER TO secdef_unsafe_search_path_owner_ok;
CREATE FUNCTION secdef_unsafe_search_path_ok.empty_ok() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT count(*) FROM pg_catalog.pg_class';
ALTER FUNCTION secdef_unsafe_search_path_ok.empty_ok() OWNER TO secdef_unsafe_search_path_owner_ok;
CREATE FUNCTION secdef_unsafe_search_path_ok.private_ok() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = secdef_unsafe_search_path_ok AS 'SELECT 1';
ALTER FUNCTION secdef_unsafe_search_path_ok.private_ok() OWNER TO secdef_unsafe_search_path_owner_ok;
REVOKE EXECUTE ON FUNCTION secdef_unsafe_search_path_ok.private_ok() FROM PUBLIC;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, facts) in study.definers() {
        let Some(path) = facts.settings.get(&Name::from("search_path")) else { continue };
        if !study.is_run_by_others(&placed) || study.body(&placed).is_some_and(|body| body.parsed) {
            continue;
        }
        let gaps = gaps(study, &placed, path);
        if gaps.is_empty() {
            continue;
        }
        let owner = &placed.object.owner;
        let misled = if study.has_nothing_to_mislead(&placed, facts) { MISLEADS_NOTHING } else { "" };
        let message =
            format!("{} runs as role {} along search_path {path}{misled}", placed.key, owner.quoted());
        let finding = findings
            .add(
                Subject::object(placed.at()),
                Some(owner.clone().into()),
                message,
                narrowed(study, &placed, path),
            )
            .reaching(reached(study, &placed, facts), Precondition::Create);
        for gap in gaps {
            finding.shown_by(gap);
        }
        finding.shown_by(study.runners_in_words(&placed));
    }
}

/// The schemas of the path into which nobody else can put anything, and temporary objects last.
fn narrowed(study: &Study<'_>, placed: &Placed<'_>, path: &str) -> Fix {
    let written = SearchPath::read(path);
    let schemas = written.schemas(None);
    let trusted: Vec<String> = schemas
        .iter()
        .filter(|schema| study.planters(placed.database, schema, &placed.object.owner).is_empty())
        .map(SchemaName::quoted)
        .collect();
    if trusted.is_empty() && (!schemas.is_empty() || written.follows_user()) {
        return pin(study, placed);
    }
    let first = if trusted.is_empty() { "pg_catalog".to_owned() } else { trusted.join(", ") };
    Fix::sql(format!("ALTER {} SET search_path = {first}, pg_temp", target(placed.key)))
}

/// Where others can put their objects.
fn gaps(study: &Study<'_>, placed: &Placed<'_>, path: &str) -> Vec<String> {
    let owner = &placed.object.owner;
    let path = SearchPath::read(path);
    let schemas = path.schemas(None);
    let mut gaps = Vec::new();
    if path.follows_user() {
        gaps.push("\"$user\" is whichever schema has its owner's name".to_owned());
    }
    for schema in &schemas {
        let planters = study.planters(placed.database, schema, owner);
        if !planters.is_empty() {
            let names: Vec<String> = planters.iter().map(|planter| planter.quoted()).collect();
            let how = match study.schema(placed.database, schema) {
                Some(_) => "may create objects in",
                None => "may make the missing",
            };
            gaps.push(format!("{} {how} schema {}", names.join(", "), schema.quoted()));
        }
    }
    if !path.temporary_last()
        && study.is_temporary_open(placed.database, owner)
        && (!schemas.is_empty() || path.follows_user() || names_a_system_catalog(study, placed))
    {
        gaps.push("pg_temp is not its last element, so temporary tables come first".to_owned());
    }
    gaps
}

/// Whether the body names a system catalog without its schema: along an empty path nothing else can be found by its bare
/// name, and a temporary table hides it.
fn names_a_system_catalog(study: &Study<'_>, placed: &Placed<'_>) -> bool {
    let Some(body) = study.body(placed) else { return true };
    let words = tokens(&body.source);
    words.windows(2).any(|pair| match pair {
        [before, Token::Word(name)] => {
            name.starts_with("pg_")
                && ["from", "join", "update", "into", "only"].iter().any(|word| before.is(word))
                && name != "pg_catalog"
                && name != "pg_temp"
        }
        _ => false,
    })
}

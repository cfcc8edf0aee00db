use pgward_catalog::name::SchemaName;
use pgward_catalog::object::RoutineFacts;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::mending::target;
use crate::study::{Placed, Study};
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "secdef.no_search_path",
    title: "a SECURITY DEFINER routine looks names up along its caller's search_path",
    capability: Capability::Superuser,
    precondition: Precondition::Create,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createfunction", "CREATE FUNCTION: Writing SECURITY DEFINER Functions Safely"),
        Reference::cve("CVE-2007-2138", "search_path of SECURITY DEFINER functions"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::nist("CM-6", "Configuration Settings"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "A SECURITY DEFINER routine runs with its owner's privileges. Without a `search_path` of its own it looks up \
every unqualified table, function and operator along the path of whoever calls it: the caller puts an object of the same name \
first, into a schema of its own or into `pg_temp`, and its code runs as the owner. Pin the path: \
`ALTER FUNCTION f() SET search_path = <trusted schemas>, pg_temp`. Routines whose body was parsed when it was created \
(`BEGIN ATOMIC`) are safe, unless they call routines that are not.\n\nA body in SQL that names everything in full, operators and types \
included (`1 + 1` looks an operator up), has nothing to be misled about yet: that is untidy, and no more. Bodies in PL/pgSQL are always \
taken to look something up.",
    check,
    cases: &[Case {
        shows: "functions and procedures that everybody may call, or that run by a trigger, and whose path is the caller's",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE secdef_no_search_path_owner NOLOGIN;
CREATE ROLE secdef_no_search_path_app LOGIN;
CREATE SCHEMA secdef_no_search_path;
GRANT USAGE ON SCHEMA secdef_no_search_path TO PUBLIC;
CREATE TABLE secdef_no_search_path.t (a int);
GRANT INSERT ON secdef_no_search_path.t TO secdef_no_search_path_app;
CREATE FUNCTION secdef_no_search_path."Total"(integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM pg_class';
ALTER FUNCTION secdef_no_search_path."Total"(integer) OWNER TO secdef_no_search_path_owner;
CREATE PROCEDURE secdef_no_search_path.work() LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM count(*) FROM t; END';
ALTER PROCEDURE secdef_no_search_path.work() OWNER TO secdef_no_search_path_owner;
REVOKE EXECUTE ON PROCEDURE secdef_no_search_path.work() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE secdef_no_search_path.work() TO secdef_no_search_path_app;
CREATE FUNCTION secdef_no_search_path.log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
ALTER FUNCTION secdef_no_search_path.log() OWNER TO secdef_no_search_path_owner;
REVOKE EXECUTE ON FUNCTION secdef_no_search_path.log() FROM PUBLIC;
CREATE TRIGGER log BEFORE INSERT ON secdef_no_search_path.t FOR EACH ROW EXECUTE FUNCTION secdef_no_search_path.log();"#,
        finds: &[
            (
                "function secdef_no_search_path.\"Total\"(integer) in database audited",
                "secdef_no_search_path_owner",
            ),
            ("procedure secdef_no_search_path.work() in database audited", "secdef_no_search_path_owner"),
            ("function secdef_no_search_path.log() in database audited", "secdef_no_search_path_owner"),
        ],
        sound: r#"
CREATE SCHEMA secdef_no_search_path_ok;
CREATE ROLE secdef_no_search_path_owner_ok NOLOGIN;
GRANT USAGE ON SCHEMA secdef_no_search_path_ok TO PUBLIC;
CREATE FUNCTION secdef_no_search_path_ok.pinned_ok() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT count(*) FROM pg_class';
ALTER FUNCTION secdef_no_search_path_ok.pinned_ok() OWNER TO secdef_no_search_path_owner_ok;
CREATE FUNCTION secdef_no_search_path_ok.private_ok() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM pg_class';
ALTER FUNCTION secdef_no_search_path_ok.private_ok() OWNER TO secdef_no_search_path_owner_ok;
REVOKE EXECUTE ON FUNCTION secdef_no_search_path_ok.private_ok() FROM PUBLIC;
CREATE FUNCTION secdef_no_search_path_ok.parsed_ok() RETURNS bigint LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT count(*) FROM pg_class; END;
ALTER FUNCTION secdef_no_search_path_ok.parsed_ok() OWNER TO secdef_no_search_path_owner_ok;
CREATE FUNCTION secdef_no_search_path_ok.invoker_ok() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM pg_class';"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, facts) in study.definers() {
        if facts.settings.contains_key("search_path")
            || !study.is_run_by_others(&placed)
            || is_bound(study, &placed)
        {
            continue;
        }
        let owner = &placed.object.owner;
        let takes = study.takes_to_mislead(&placed);
        let misled = match takes {
            _ if study.has_nothing_to_mislead(&placed, facts) => MISLEADS_NOTHING,
            None => NOBODY_MISLEADS,
            Some(_) => "",
        };
        let (capability, precondition) = match takes {
            Some(precondition) => (reached(study, &placed, facts), precondition),
            None => (Capability::Hygiene, Precondition::Configuration),
        };
        let message =
            format!("{} runs as role {} along its caller's search_path{misled}", placed.key, owner.quoted());
        findings
            .add(Subject::object(placed.at()), Some(owner.clone().into()), message, pin(study, &placed))
            .reaching(capability, precondition)
            .shown_by("SECURITY DEFINER without SET search_path")
            .shown_by(study.runners_in_words(&placed));
    }
}

/// What misleading it reaches: nothing, as long as it names everything in full.
pub(super) fn reached(study: &Study<'_>, placed: &Placed<'_>, facts: &RoutineFacts) -> Capability {
    if study.has_nothing_to_mislead(placed, facts) {
        Capability::Hygiene
    } else {
        study.power_of(&placed.object.owner)
    }
}

pub(super) const MISLEADS_NOTHING: &str = ", and names nothing that is looked up there";

const NOBODY_MISLEADS: &str = ", where nobody who is not trusted may make anything now";

/// Whether its names were looked up when it was created, and those of what it calls, too.
fn is_bound(study: &Study<'_>, placed: &Placed<'_>) -> bool {
    let Some(anatomy) = study.survey.databases.get(placed.database) else { return false };
    let Some(contents) = study.catalog.databases.get(placed.database) else { return false };
    if !anatomy.routines.get(placed.key).is_some_and(|routine| routine.parsed) {
        return false;
    }
    anatomy
        .uses
        .iter()
        .filter(|used| used.by == User::Routine && used.on == *placed.key && used.is_code())
        .all(|used| {
            let pinned = contents
                .objects
                .get(&used.target)
                .and_then(|object| object.routine())
                .is_none_or(|facts| facts.settings.contains_key("search_path"));
            pinned || anatomy.routines.get(&used.target).is_none_or(|routine| routine.parsed)
        })
}

/// The routine's own schema, if nobody else may put anything into it, those that its body's other names are in, and temporary objects last.
/// Where one of those is open to others, a person has to write the names out.
pub(super) fn pin(study: &Study<'_>, placed: &Placed<'_>) -> Fix {
    let is_trusted =
        |schema: &SchemaName| study.planters(placed.database, schema, &placed.object.owner).is_empty();
    let own: Option<&SchemaName> = placed.key.schema.as_ref();
    let mut path: Vec<SchemaName> = own.filter(|schema| is_trusted(schema)).cloned().into_iter().collect();
    let source = study.body(placed).filter(|body| !body.parsed).map_or("", |body| body.source.as_str());
    let others = study.schemas_of_names(placed.database, source, &path);
    match others.filter(|others| others.iter().all(is_trusted)) {
        Some(others) => path.extend(others),
        None => {
            return Fix::words(format!(
                "names in its body are in several schemas, or in one where others may create: write their schemas out in the body, and then \
                 ALTER {} SET search_path = pg_catalog, pg_temp",
                target(placed.key)
            ));
        }
    }
    let path: Vec<String> = path.iter().map(SchemaName::quoted).collect();
    let first = if path.is_empty() { "pg_catalog".to_owned() } else { path.join(", ") };
    Fix::sql(format!("ALTER {} SET search_path = {first}, pg_temp", target(placed.key)))
}

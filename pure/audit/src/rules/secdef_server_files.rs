use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::files::Opens;
use crate::study::Study;
use crate::study::deeds::Deed;

pub(super) const RULE: Rule = Rule {
    id: "secdef.server_files",
    title: "a SECURITY DEFINER routine opens the file, or runs the program, that its caller names",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("functions-admin", "Generic File Access Functions"),
        Reference::page("sql-createfunction", "CREATE FUNCTION: Writing SECURITY DEFINER Functions Safely"),
        Reference::stig("V-233593", "access to external executables is restricted"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::nist("SI-10", "Information Input Validation"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "The files of the server are its configuration, its keys and the rows of every database; a written one is its next \
configuration, and a program runs as its account. A routine that opens them with its owner's rights should fix their names, or take a \
number or a key and look the name up; quoting the name (`quote_literal`, `%L`) keeps SQL out and lets every file in.\n\nThe words of a \
PL/pgSQL or SQL body are read: calls of the functions for files and large objects, and COPY in executed text. Not seen: what other \
functions do with the name, and bodies in other languages.",
    check,
    cases: &[Case {
        shows: "a file that is read, one that is written and a program that is run, each named by the caller",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE secdef_server_files_owner NOLOGIN;
CREATE ROLE secdef_server_files_app LOGIN;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO secdef_server_files_owner;
GRANT pg_execute_server_program TO secdef_server_files_owner;
CREATE SCHEMA secdef_server_files;
GRANT USAGE ON SCHEMA secdef_server_files TO secdef_server_files_app;
CREATE FUNCTION secdef_server_files.reads(p text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT pg_read_file(p)';
ALTER FUNCTION secdef_server_files.reads(text) OWNER TO secdef_server_files_owner;
CREATE FUNCTION secdef_server_files.runs(p text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE command text; BEGIN command := format('COPY (SELECT 1) TO PROGRAM %L', p); EXECUTE command; END $$;
ALTER FUNCTION secdef_server_files.runs(text) OWNER TO secdef_server_files_owner;
CREATE FUNCTION secdef_server_files.writes(o oid, p text) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT lo_export(o, p)';
REVOKE EXECUTE ON FUNCTION secdef_server_files.writes(oid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secdef_server_files.writes(oid, text) TO secdef_server_files_app;"#,
        finds: &[
            ("function secdef_server_files.reads(text) in database audited", "secdef_server_files_owner"),
            ("function secdef_server_files.runs(text) in database audited", "secdef_server_files_owner"),
            ("function secdef_server_files.writes(oid, text) in database audited", "postgres"),
        ],
        sound: r#"
CREATE ROLE secdef_server_files_owner_ok NOLOGIN;
CREATE ROLE secdef_server_files_app_ok LOGIN;
CREATE SCHEMA secdef_server_files_ok;
GRANT USAGE ON SCHEMA secdef_server_files_ok TO secdef_server_files_app_ok;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO secdef_server_files_owner_ok;
CREATE FUNCTION secdef_server_files_ok.fixed_ok(p text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT pg_read_file('PG_VERSION') || p $$;
ALTER FUNCTION secdef_server_files_ok.fixed_ok(text) OWNER TO secdef_server_files_owner_ok;
CREATE FUNCTION secdef_server_files_ok.refused_ok(p text) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT lo_export(1, p)';
ALTER FUNCTION secdef_server_files_ok.refused_ok(text) OWNER TO secdef_server_files_owner_ok;
CREATE FUNCTION secdef_server_files_ok.closed_ok(p text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT pg_read_file(p)';
ALTER FUNCTION secdef_server_files_ok.closed_ok(text) OWNER TO secdef_server_files_owner_ok;
REVOKE EXECUTE ON FUNCTION secdef_server_files_ok.closed_ok(text) FROM PUBLIC;"#,
        fix: FixWorks::CannotRun("the body has to be written anew"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, facts) in study.definers().filter(|(placed, _)| !study.callers(placed).is_empty()) {
        let owner = &placed.object.owner;
        let openings: Vec<(Opens, String)> = study
            .deeds(&placed, facts)
            .into_iter()
            .filter_map(|done| match done.deed {
                Deed::Opens(how) => Some((how, done.words)),
                Deed::Text(_) | Deed::Gives(_) => None,
            })
            .collect();
        let Some(worst) = openings.iter().map(|(how, _)| *how).max() else { continue };
        let message = format!("{} {} as role {}", placed.key, worst.words(), owner.quoted());
        let fix = Fix::words(
            "fix the name in the body, or take a key and look the name up; and let only those who need it call it",
        );
        let finding = findings.add(Subject::object(placed.at()), Some(owner.clone().into()), message, fix);
        finding.reaching(worst.capability(), worst.precondition());
        for (_, words) in openings {
            finding.shown_by(words);
        }
        finding.shown_by(study.runners_in_words(&placed));
    }
}

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::RoleName;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::authentication::{in_words, map_of};
use pgward_survey::server::{HbaRule, IdentMapping};
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "hba.map",
    title: "a map of pg_ident.conf lets somebody in as a role that is not theirs",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::HbaRules, Sight::IdentMaps],
    references: &[
        Reference::page("auth-username-maps", "User Name Maps"),
        Reference::nist("IA-2", "Identification and Authentication (Organizational Users)"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.5", "Secure authentication"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "A line of `pg_hba.conf` with `map=` believes `pg_ident.conf` as to which role somebody may come in as. An expression that \
everybody matches, beside one fixed role, makes that role everybody's; one that does not begin with `^` and end with `$` lets in whoever has \
a longer name that contains it (`root` and `root@example.com.elsewhere.org`); `all` as the role (PostgreSQL 16) is every role. Write each \
person's name, or an expression for whole names that catches the role's own: `/^(.*)@example\\.com$ \\1`. Nobody comes in by a map that has no line. \
Only lines whose role the line of `pg_hba.conf` is about are judged.",
    check,
    cases: &[
        Case {
            shows: "everybody becomes the superuser, a name that only contains the expression passes, and a map has no line",
            versions: Versions::from(15),
            flawed: r"DO $$ BEGIN EXECUTE format('COPY (SELECT %L UNION ALL SELECT %L UNION ALL SELECT %L) TO %L',
                          'everybody /^.*$ postgres', 'loose /^(.*)@example[.]com \1', 'sound root postgres',
                          current_setting('ident_file')); END $$;",
            finds: &[
                ("line 1 of pg_hba.conf: local postgres postgres peer", "PUBLIC"),
                ("line 2 of pg_hba.conf: hostssl shop all 10.0.3.0/24 cert", "PUBLIC"),
                ("line 4 of pg_hba.conf: hostssl other all 10.0.3.0/24 cert", "PUBLIC"),
            ],
            sound: r"DO $$ BEGIN EXECUTE format('COPY (SELECT %L UNION ALL SELECT %L UNION ALL SELECT %L UNION ALL SELECT %L) TO %L',
                         'everybody root postgres', 'loose /^(.*)@example[.]com$ \1', 'missing ada ada', 'sound root postgres',
                         current_setting('ident_file')); END $$;",
            fix: FixWorks::CannotRun("pg_ident.conf is a file"),
            needs: Needs::Server {
                flawed: ServerSetup { settings: &[], hba: Some(HBA) },
                sound: ServerSetup { settings: &[], hba: Some(HBA) },
            },
        },
        Case {
            shows: "somebody may come in as every role, and whoever matches is one role; not where the line is about another role",
            versions: Versions::from(16),
            flawed: r"DO $$ BEGIN EXECUTE format('COPY (SELECT %L UNION ALL SELECT %L) TO %L',
                          'wide /^web[0-9]+$ all', 'narrow /^web[0-9]+$ hba_map_other', current_setting('ident_file')); END $$;
                      CREATE ROLE hba_map_app LOGIN;",
            finds: &[("line 1 of pg_hba.conf: local all all peer", "PUBLIC")],
            sound: r"DO $$ BEGIN EXECUTE format('COPY (SELECT %L UNION ALL SELECT %L) TO %L',
                         'wide /^(web[0-9]+)$ \1', 'narrow /^web[0-9]+$ hba_map_other', current_setting('ident_file')); END $$;",
            fix: FixWorks::CannotRun("pg_ident.conf is a file"),
            needs: Needs::Server {
                flawed: ServerSetup { settings: &[], hba: Some(WIDE) },
                sound: ServerSetup { settings: &[], hba: Some(WIDE) },
            },
        },
    ],
};

const HBA: &str = "local postgres postgres peer map=everybody
hostssl shop all 10.0.3.0/24 cert map=loose
local all postgres peer map=sound
hostssl other all 10.0.3.0/24 cert map=missing";
const WIDE: &str = "local all all peer map=wide\nlocal all hba_map_app peer map=narrow";

fn check(study: &Study<'_>, findings: &mut Findings) {
    for line in study.entrances() {
        let Some(map) = map_of(line) else { continue };
        let mappings: Vec<&IdentMapping> =
            study.survey.server.ident.iter().filter(|mapping| mapping.map == map).collect();
        let mut wrong: Vec<(Capability, String)> =
            mappings.iter().filter_map(|mapping| wrong(study, line, mapping)).collect();
        if mappings.is_empty() {
            wrong.push((
                Capability::Hygiene,
                format!("map {map} has no line in pg_ident.conf, so nobody comes in by it"),
            ));
        }
        let Some(capability) = wrong.iter().map(|(capability, _)| *capability).max() else { continue };
        let words = in_words(line);
        let why: Vec<String> = wrong.into_iter().map(|(_, why)| why).collect();
        let fix = Fix::words(
            "write in pg_ident.conf who may come in as whom, by whole names, or by an expression from ^ to $ that catches the role's own \
             name; then SELECT pg_reload_conf()",
        );
        let message = format!("{words}: {}", why.join("; "));
        let finding = findings
            .add(Subject::HbaLine(words), Some(Grantee::Public), message, fix)
            .reaching(capability, Precondition::Configuration);
        for why in why {
            finding.shown_by(why);
        }
    }
}

/// What is wrong with a line of the map, for the role that it lets in as.
fn wrong(study: &Study<'_>, line: &HbaRule, mapping: &IdentMapping) -> Option<(Capability, String)> {
    let IdentMapping { line: number, map, system_user, database_user, matches_anybody } = mapping;
    let place = format!("line {number} of map {map}");
    let pattern = system_user.strip_prefix('/');
    let words =
        study.version().major() >= 16 && (database_user == "all" || database_user.starts_with(['+', '/']));
    let caught = pattern.is_some() && database_user.contains("\\1");
    let as_whom = RoleName::from(database_user.as_str());
    if !words && !caught && !study.names(line, &as_whom) {
        return None;
    }
    let reached = match (caught, words) {
        (true, _) | (_, true) if study.lets_superusers_in(line) => Capability::OperatingSystem,
        (false, false) if study.is_superuser(&as_whom) => Capability::OperatingSystem,
        _ => Capability::AllWrite,
    };
    let whoever = match pattern {
        Some(_) if *matches_anybody => "everybody".to_owned(),
        Some(pattern) => format!("whoever matches {pattern}"),
        None => system_user.clone(),
    };
    match pattern {
        // A name that somebody wrote down: as one role, that is what maps are for.
        None if words => Some((
            Capability::Hygiene,
            format!("{place} lets {whoever} in as every role that {database_user} means"),
        )),
        None => None,
        Some(_) if words => {
            Some((reached, format!("{place} lets {whoever} in as every role that {database_user} means")))
        }
        Some(pattern) if !(pattern.starts_with('^') && pattern.ends_with('$')) => Some((
            reached,
            format!("{place} takes longer names that contain {pattern}: it is not held by ^ and $"),
        )),
        Some(_) if caught => None,
        Some(_) if *matches_anybody => {
            Some((reached, format!("{place} lets everybody in as {database_user}")))
        }
        Some(_) if study.is_superuser(&as_whom) => {
            Some((reached, format!("{place} lets {whoever} in as superuser {database_user}")))
        }
        Some(_) => None,
    }
}

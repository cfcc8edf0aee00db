use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, ObjectKey, Origin};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "ext.untrusted_present",
    title: "an extension that reaches files, pages, other servers or the operating system is installed",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("contrib", "Additional Supplied Modules and Extensions"),
        Reference::stig("V-233592", "unused components are disabled or removed"),
        Reference::nist("CM-7", "Least Functionality"),
        Reference::iso("A.8.19", "Installation of software on operational systems"),
        Reference::soc2("CC6.8", "Unauthorized software is prevented or detected"),
    ],
    explanation: "Such an extension is a door: one grant, one mistake in a function, and what is behind it is open. Drop it where \
nothing uses it; otherwise see to it that only the roles that need it hold EXECUTE and USAGE (`ext.dangerous_function`, \
`fdw.server_usage`), and accept the finding with a reason.",
    check,
    cases: &[
        Case {
            shows: "extensions that read files and pages, and connect elsewhere",
            versions: Versions::ALL,
            flawed: "CREATE EXTENSION file_fdw; CREATE EXTENSION dblink; CREATE EXTENSION pageinspect;",
            finds: &[
                ("extension file_fdw in database audited", ""),
                ("extension dblink in database audited", ""),
                ("extension pageinspect in database audited", ""),
            ],
            sound: "CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto;",
            fix: FixWorks::Runs,
            needs: Needs::Server { flawed: ServerSetup::PLAIN, sound: ServerSetup::PLAIN },
        },
        Case {
            shows: "extensions that a foreign server and a view need",
            versions: Versions::ALL,
            flawed: "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
                     CREATE EXTENSION dblink; CREATE VIEW connections AS SELECT dblink_get_connections();",
            finds: &[
                ("extension file_fdw in database audited", ""),
                ("extension dblink in database audited", ""),
            ],
            sound: "CREATE EXTENSION pgcrypto; CREATE VIEW token AS SELECT gen_random_uuid();",
            fix: FixWorks::CannotRun(
                "what needs the extension has to be replaced first, which takes a decision",
            ),
            needs: Needs::Server { flawed: ServerSetup::PLAIN, sound: ServerSetup::PLAIN },
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Facts::Extension { version, .. } = &placed.object.facts else { continue };
        let name = placed.key.name.as_str();
        let Some((_, reaches)) = DOORS.iter().find(|(door, _)| *door == name) else { continue };
        let message = format!("{} {reaches}", placed.key);
        let drop = format!("DROP EXTENSION {}", placed.key.quoted());
        let needing: Vec<String> = needing(study, &placed).iter().map(|key| format!("{key}")).collect();
        let fix = match needing.as_slice() {
            [] => Fix::sql(drop),
            some => Fix::Words(format!(
                "first replace or drop what needs it ({}), then {drop}: PostgreSQL refuses it before",
                some.join(", ")
            )),
        };
        findings
            .add(Subject::object(placed.at()), None, message, fix)
            .shown_by(format!("version {version}, owner {}", placed.object.owner.quoted()));
    }
}

/// What DROP EXTENSION would stumble over, as far as the survey tells: servers of its wrappers, routines in its languages, what
/// uses its routines and relations.
fn needing<'a>(study: &Study<'a>, extension: &Placed<'a>) -> BTreeSet<&'a ObjectKey> {
    let its = Origin::Extension(extension.key.name.clone());
    let Some((_, contents, anatomy)) = study.databases().find(|(name, ..)| *name == extension.database)
    else {
        return BTreeSet::new();
    };
    let is_its = |class: Class, name: &Name| {
        let key = ObjectKey::bare(class, name.as_str());
        contents.objects.get(&key).is_some_and(|object| object.origin == its)
    };
    let servers = anatomy
        .foreign
        .iter()
        .filter(|options| options.object.class == Class::ForeignServer)
        .filter(|options| is_its(Class::ForeignDataWrapper, &options.wrapper))
        .map(|options| &options.object);
    let routines = contents.objects.iter().filter_map(|(key, object)| match &object.facts {
        Facts::Routine(facts) if is_its(Class::Language, &facts.language) => Some(key),
        _ => None,
    });
    let users = anatomy.uses.iter().filter(|used| used.target_origin == its).map(|used| &used.on);
    let is_others = |key: &&ObjectKey| contents.objects.get(*key).is_none_or(|object| object.origin != its);
    servers.chain(routines).chain(users).filter(is_others).collect()
}

/// Extensions, and what they reach.
const DOORS: &[(&str, &str)] = &[
    ("adminpack", "writes and deletes files of the server"),
    ("aws_lambda", "calls functions outside of the server"),
    ("aws_s3", "reads and writes files outside of the server"),
    ("azure_storage", "reads and writes files outside of the server"),
    ("dblink", "connects to other databases"),
    ("file_fdw", "reads files and runs programs on the server"),
    ("http", "connects to the network"),
    ("mysql_fdw", "connects to other servers"),
    ("oracle_fdw", "connects to other servers"),
    ("pageinspect", "reads pages of every table, whatever its privileges and policies"),
    ("pg_background", "runs commands in the background"),
    ("pg_net", "connects to the network"),
    ("pg_surgery", "changes rows past every check"),
    ("pg_walinspect", "reads the write-ahead log of every database"),
    ("pljavau", "runs programs as the server's account"),
    ("plperlu", "runs programs as the server's account"),
    ("plpython2u", "runs programs as the server's account"),
    ("plpython3u", "runs programs as the server's account"),
    ("plpythonu", "runs programs as the server's account"),
    ("plr", "runs programs as the server's account"),
    ("plsh", "runs programs as the server's account"),
    ("pltclu", "runs programs as the server's account"),
    ("tds_fdw", "connects to other servers"),
];

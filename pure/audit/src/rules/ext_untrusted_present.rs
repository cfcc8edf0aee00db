use pgward_catalog::object::Facts;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

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
    cases: &[Case {
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
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Facts::Extension { version, .. } = &placed.object.facts else { continue };
        let name = placed.key.name.as_str();
        let Some((_, reaches)) = DOORS.iter().find(|(door, _)| *door == name) else { continue };
        let message = format!("{} {reaches}", placed.key);
        let fix = Fix::sql(format!("DROP EXTENSION {}", placed.key.quoted()));
        findings
            .add(Subject::object(placed.at()), None, message, fix)
            .shown_by(format!("version {version}, owner {}", placed.object.owner.quoted()));
    }
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

use pgward_catalog::acl::Grantee;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::authentication::{Origin, by_map, in_words, origin};
use pgward_survey::server::{HbaConnection, HbaRule};
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "hba.weak",
    title: "pg_hba.conf lets in by MD5, without TLS, from everywhere, everybody to everything, or by a map that is not assessed",
    capability: Capability::AllRead,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::HbaRules],
    references: &[
        Reference::page("auth-pg-hba-conf", "The pg_hba.conf File"),
        Reference::page("auth-password", "Password Authentication"),
        Reference::nist("SC-8", "Transmission Confidentiality and Integrity"),
        Reference::nist("SC-7", "Boundary Protection"),
        Reference::iso("A.8.24", "Use of cryptography"),
        Reference::soc2("CC6.6", "Logical access from outside of the boundaries is restricted"),
    ],
    explanation: "A line should say which role comes from where to which database, over TLS, by SCRAM or a certificate: \
`hostssl shop shop_app 10.0.3.0/24 scram-sha-256`. `md5` still lets MD5 verifiers in, whose hash alone is enough. `host` takes \
connections without TLS. `0.0.0.0/0` opens the door to every network that reaches the port. `all all` from a network lets \
every role, those to come too, into every database. Lines for the socket and the loopback are left alone but for `md5`. As whom a \
line with `map=` lets in stands in `pg_ident.conf`, which is not assessed: read `pg_ident_file_mappings` (PostgreSQL 15) or the file.",
    check,
    cases: &[
        MAPS,
        Case {
            shows: "MD5, connections without TLS, every address, every role to every database",
            versions: Versions::ALL,
            flawed: "SELECT 1;",
            finds: &[
                ("line 1 of pg_hba.conf: local all weak_a md5", "PUBLIC"),
                ("line 2 of pg_hba.conf: host shop weak_b 10.0.0.0/8 scram-sha-256", "PUBLIC"),
                ("line 3 of pg_hba.conf: hostssl shop weak_c 0.0.0.0/0 scram-sha-256", "PUBLIC"),
                ("line 4 of pg_hba.conf: hostssl all all 10.0.0.0/8 scram-sha-256", "PUBLIC"),
            ],
            sound: "SELECT 2;",
            fix: FixWorks::CannotRun("pg_hba.conf is a file"),
            needs: Needs::Server {
                flawed: ServerSetup {
                    settings: &[],
                    hba: Some(
                        "local all weak_a md5
host shop weak_b 10.0.0.0/8 scram-sha-256
hostssl shop weak_c 0.0.0.0/0 scram-sha-256
hostssl all all 10.0.0.0/8 scram-sha-256
host all all 127.0.0.1/32 scram-sha-256",
                    ),
                },
                sound: ServerSetup {
                    settings: &[],
                    hba: Some(
                        "local all all peer\nhostssl shop shop_app 10.0.3.0/24 scram-sha-256\nhost all nobody 0.0.0.0/0 reject",
                    ),
                },
            },
        },
    ],
};

const MAPS: Case = Case {
    shows: "a map of pg_ident.conf says as whom a line lets in, and nobody has read it",
    versions: Versions::ALL,
    flawed: "SELECT 1;",
    finds: &[
        ("line 1 of pg_hba.conf: local all app peer", "PUBLIC"),
        ("line 2 of pg_hba.conf: hostssl shop app 10.0.3.0/24 cert", "PUBLIC"),
    ],
    sound: "SELECT 2;",
    fix: FixWorks::CannotRun("pg_ident.conf is a file"),
    needs: Needs::Server {
        flawed: ServerSetup {
            settings: &[],
            hba: Some("local all app peer map=admins\nhostssl shop app 10.0.3.0/24 cert map=certificates"),
        },
        sound: ServerSetup {
            settings: &[],
            hba: Some("local all app peer\nhostssl shop app 10.0.3.0/24 cert\nlocal all nobody reject"),
        },
    },
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for line in
        study.entrances().filter(|line| !matches!(line.method.as_str(), "trust" | "password" | "ident"))
    {
        let weaknesses = weaknesses(line);
        let capability = weaknesses.iter().map(|(capability, _)| *capability).max();
        let unseen = by_map(line);
        let Some(capability) = capability.or_else(|| unseen.as_ref().map(|_| Capability::Hygiene)) else {
            continue;
        };
        let words = in_words(line);
        let fix = Fix::words(if weaknesses.is_empty() {
            "look in pg_ident.conf who comes in as whom by this map: nobody as a role that is not theirs"
        } else {
            "hostssl with the databases, the roles and the network that are meant, scram-sha-256; then SELECT pg_reload_conf()"
        });
        let why: Vec<String> = weaknesses.iter().map(|(_, why)| (*why).to_owned()).chain(unseen).collect();
        let finding = findings
            .add(
                Subject::HbaLine(words.clone()),
                Some(Grantee::Public),
                format!("{words}: {}", why.join("; ")),
                fix,
            )
            .reaching(capability, Precondition::Configuration);
        for why in why {
            finding.shown_by(why);
        }
    }
}

fn weaknesses(line: &HbaRule) -> Vec<(Capability, &'static str)> {
    let from = origin(line);
    let mut found = Vec::new();
    if line.method == "md5" {
        found.push((Capability::AllRead, "md5 takes MD5 verifiers, whose hash alone is enough"));
    }
    if from <= Origin::Loopback {
        return found;
    }
    if matches!(line.connection, HbaConnection::Host | HbaConnection::HostNoSsl | HbaConnection::HostNoGssEnc)
        && line.method != "gss"
    {
        found.push((Capability::AllRead, "connections without TLS are taken"));
    }
    if from == Origin::Anywhere {
        found.push((Capability::SomeData, "connections from everywhere are taken"));
    }
    let all = |names: &[String]| names.iter().any(|name| name == "all");
    if all(&line.databases) && all(&line.users) {
        found.push((Capability::SomeData, "every role may come in to every database"));
    }
    found
}

use pgward_catalog::acl::Grantee;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::authentication::{Leads, Origin, in_words, origin};
use pgward_survey::server::{HbaConnection, HbaRule};
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "hba.weak",
    title: "pg_hba.conf lets in by MD5, without TLS, from everywhere, or everybody to everything",
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
every role, those to come too, into every database. Lines for the socket and the loopback are left alone but for `md5`.",
    check,
    cases: &[
        PATTERNS,
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

const PATTERNS: Case = Case {
    shows: "regular expressions that match every role and every database",
    versions: Versions::from(16),
    flawed: "SELECT 1;",
    finds: &[("line 1 of pg_hba.conf: hostssl /. /. 10.0.0.0/8 scram-sha-256", "PUBLIC")],
    sound: "CREATE ROLE hba_weak_app_ok LOGIN;",
    fix: FixWorks::CannotRun("pg_hba.conf is a file"),
    needs: Needs::Server {
        flawed: ServerSetup { settings: &[], hba: Some("hostssl /. /. 10.0.0.0/8 scram-sha-256") },
        sound: ServerSetup {
            settings: &[],
            hba: Some(
                "hostssl /^post /. 10.0.0.0/8 scram-sha-256\nhostssl /. /^hba_weak_ 10.0.0.0/8 scram-sha-256",
            ),
        },
    },
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for line in
        study.entrances().filter(|line| !matches!(line.method.as_str(), "trust" | "password" | "ident"))
    {
        let weaknesses = weaknesses(study, line);
        let Some(capability) = weaknesses.iter().map(|(capability, _)| *capability).max() else { continue };
        let words = in_words(line);
        let fix = Fix::words(
            "hostssl with the databases, the roles and the network that are meant, scram-sha-256; then SELECT pg_reload_conf()",
        );
        let why: Vec<&str> = weaknesses.iter().map(|(_, why)| *why).collect();
        let message = format!("{words}: {}", why.join("; "));
        let finding = findings
            .add(Subject::HbaLine(words), Some(Grantee::Public), message, fix)
            .reaching(capability, Precondition::Configuration);
        for why in why {
            finding.shown_by(why);
        }
    }
}

fn weaknesses(study: &Study<'_>, line: &HbaRule) -> Vec<(Capability, &'static str)> {
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
    if study.leads(line) == Leads::Anywhere && !is_own(line) && study.is_for_everybody(line) {
        found.push((Capability::SomeData, "every role may come in to every database"));
    }
    found
}

/// Whether it leads everybody to their own database only.
fn is_own(line: &HbaRule) -> bool {
    line.databases.iter().all(|database| matches!(database.as_str(), "sameuser" | "samerole" | "samegroup"))
}

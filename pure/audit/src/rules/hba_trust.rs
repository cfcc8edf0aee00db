use pgward_catalog::acl::Grantee;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::authentication::{Origin, in_words, origin};
use pgward_survey::server::{HbaConnection, HbaRule};
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "hba.trust",
    title: "pg_hba.conf lets in without a proof of identity, or asks for passwords in the clear",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::HbaRules],
    references: &[
        Reference::page("auth-pg-hba-conf", "The pg_hba.conf File"),
        Reference::page("auth-trust", "Trust Authentication"),
        Reference::stig("V-233519", "passwords are sent encrypted only"),
        Reference::nist("IA-2", "Identification and Authentication (Organizational Users)"),
        Reference::nist("IA-5(1)", "Authenticator Management | Password-based Authentication"),
        Reference::iso("A.8.5", "Secure authentication"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::soc2("CC6.6", "Logical access from outside of the boundaries is restricted"),
        Reference::soc2("A1.2", "Backup processes are protected"),
    ],
    explanation: "`trust` believes everybody to be whom they say they are, a superuser if they say so. `ident` believes the client's \
machine. `password` sends the password as it is: without TLS the whole network reads it. Use `scram-sha-256` over `hostssl`, \
client certificates, or `peer` for the local machine. A line that is never reached, since an earlier one matches all it \
does, is not a finding.",
    check,
    cases: &[
        Case {
            shows: "trust for roles that a regular expression matches, none of them a superuser, and one that it does",
            versions: Versions::from(16),
            flawed: "CREATE ROLE hba_trust_app LOGIN;",
            finds: &[
                ("line 1 of pg_hba.conf: host all /^hba_trust_ 10.0.0.0/8 trust", "PUBLIC"),
                ("line 2 of pg_hba.conf: host /^po /^po.*s$ 10.0.0.0/8 trust", "PUBLIC"),
            ],
            sound: "SELECT 2;",
            fix: FixWorks::CannotRun("pg_hba.conf is a file"),
            needs: Needs::Server {
                flawed: ServerSetup {
                    settings: &[],
                    hba: Some("host all /^hba_trust_ 10.0.0.0/8 trust\nhost /^po /^po.*s$ 10.0.0.0/8 trust"),
                },
                sound: ServerSetup {
                    settings: &[],
                    hba: Some("host all /^hba_trust_ 10.0.0.0/8 scram-sha-256"),
                },
            },
        },
        Case {
            shows: "trust on the socket and from the network, ident, and passwords in the clear",
            versions: Versions::ALL,
            flawed: "SELECT 1;",
            finds: &[
                ("line 1 of pg_hba.conf: local all all trust", "PUBLIC"),
                ("line 2 of pg_hba.conf: host shop shop_app 10.0.0.0/8 trust", "PUBLIC"),
                ("line 3 of pg_hba.conf: host all all 192.168.1.0/24 ident", "PUBLIC"),
                ("line 4 of pg_hba.conf: host all all 172.16.0.0/12 password", "PUBLIC"),
            ],
            sound: "SELECT 2;",
            fix: FixWorks::CannotRun("pg_hba.conf is a file"),
            needs: Needs::Server {
                flawed: ServerSetup {
                    settings: &[],
                    hba: Some(
                        "local all all trust
host shop shop_app 10.0.0.0/8 trust
host all all 192.168.1.0/24 ident
host all all 172.16.0.0/12 password
host all nobody 0.0.0.0/0 reject
host all nobody 10.1.0.0/16 trust",
                    ),
                },
                sound: ServerSetup {
                    settings: &[],
                    hba: Some("local all all peer\nhostssl shop shop_app 10.0.0.0/8 scram-sha-256"),
                },
            },
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for line in study.entrances() {
        let from = origin(line);
        let Some((capability, precondition, why)) = reached(study, line, from) else { continue };
        let words = in_words(line);
        let fix = Fix::words(match from {
            Origin::Socket => "use peer, or scram-sha-256, then SELECT pg_reload_conf()",
            _ => "make it hostssl with scram-sha-256 or cert, then SELECT pg_reload_conf()",
        });
        findings
            .add(Subject::HbaLine(words.clone()), Some(Grantee::Public), format!("{words} {why}"), fix)
            .reaching(capability, precondition)
            .shown_by(words);
    }
}

fn reached(
    study: &Study<'_>,
    line: &HbaRule,
    from: Origin,
) -> Option<(Capability, Precondition, &'static str)> {
    let believed =
        if study.lets_superusers_in(line) { Capability::OperatingSystem } else { Capability::AllWrite };
    // Whoever has an account of the machine may come over the socket or the loopback.
    let near = if from <= Origin::Loopback { Precondition::Configuration } else { Precondition::Login };
    match line.method.as_str() {
        "trust" if line.databases.iter().all(|name| name == "replication") => {
            Some((Capability::AllRead, near, "lets everybody copy the whole cluster"))
        }
        "trust" => Some((believed, near, "lets in whoever says they are somebody")),
        "ident" if from > Origin::Socket => {
            Some((believed, Precondition::Configuration, "believes what the client's machine says"))
        }
        "password" if line.connection == HbaConnection::HostSsl => {
            Some((Capability::AllRead, Precondition::Configuration, "has the server see every password"))
        }
        "password" => {
            Some((Capability::AllRead, Precondition::Configuration, "has passwords sent in the clear"))
        }
        _ => None,
    }
}

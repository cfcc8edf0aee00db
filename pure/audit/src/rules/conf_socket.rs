use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::authentication::in_words;
use pgward_survey::server::HbaConnection;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "conf.socket",
    title: "every account of the machine may use the server's socket, and is trusted there",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::HbaRules, Sight::Settings],
    references: &[
        Reference::page(
            "runtime-config-connection",
            "Connections and Authentication: unix_socket_permissions",
        ),
        Reference::page("auth-trust", "Trust Authentication"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.5", "Secure authentication"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "With `trust` on a socket that everybody may open, any account of the machine, that of a web server included, is \
whoever it says it is in the database. Use `peer`, or keep the socket for a group (`unix_socket_permissions = 0770`, \
`unix_socket_group`).",
    check,
    cases: &[Case {
        shows: "trust on a socket for everybody",
        versions: Versions::ALL,
        flawed: "SELECT 1;",
        finds: &[("setting unix_socket_permissions", "")],
        sound: "SELECT 2;",
        fix: FixWorks::Runs,
        needs: Needs::Server {
            flawed: ServerSetup {
                settings: &[("unix_socket_permissions", "0777")],
                hba: Some("local all all trust"),
            },
            sound: ServerSetup {
                settings: &[("unix_socket_permissions", "0770")],
                hba: Some("local all all trust"),
            },
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let Some(permissions) = study.survey.server.setting("unix_socket_permissions") else { return };
    // What a file says is octal, `0777`; what the server would go back to, `reset_val`, is 511.
    let radix = if permissions.starts_with('0') { 8 } else { 10 };
    let Ok(bits) = u32::from_str_radix(permissions, radix) else { return };
    // Connecting to a socket takes write permission.
    if bits & 0o002 == 0 {
        return;
    }
    let trusted =
        study.entrances().find(|line| line.connection == HbaConnection::Local && line.method == "trust");
    if let Some(line) = trusted {
        findings
            .add(
                Subject::Setting("setting unix_socket_permissions".to_owned()),
                None,
                "every account of the machine may connect, and is trusted",
                Fix::sql("ALTER SYSTEM SET unix_socket_permissions = '0770'"),
            )
            .shown_by(format!("unix_socket_permissions is {bits:04o}"))
            .shown_by(in_words(line));
    }
}

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::Survey;

pub(super) const RULE: Rule = Rule {
    id: "conf.tls",
    title: "the server listens on a network without TLS, or with an old version of it",
    capability: Capability::AllRead,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ssl-tcp", "Secure TCP/IP Connections with SSL"),
        Reference::cis("6.8", "TLS is enabled and configured correctly"),
        Reference::nist("SC-8", "Transmission Confidentiality and Integrity"),
        Reference::iso("A.8.24", "Use of cryptography"),
        Reference::soc2("CC6.7", "Transmission and movement of information is restricted"),
    ],
    explanation: "Without TLS everybody on the way reads the data, and whoever stands in the way takes over the session after the \
password was checked. TLS 1.0 and 1.1 are broken and withdrawn (RFC 8996). A server that listens on the loopback or on a \
socket alone is left alone.",
    check,
    cases: &[
        Case {
            shows: "TLS switched off on a server that listens on the network",
            versions: Versions::ALL,
            flawed: "SELECT 1;",
            finds: &[("setting ssl", "")],
            sound: "SELECT 2;",
            fix: FixWorks::CannotRun(
                "a certificate has to be there, and whether it is one that clients trust is a decision",
            ),
            needs: Needs::Survey {
                flawed: |survey| without_tls(survey, "localhost, 10.0.0.1"),
                sound: |survey| without_tls(survey, "localhost, 127.0.0.1"),
            },
        },
        Case {
            shows: "TLS 1.1 accepted",
            versions: Versions::ALL,
            flawed: "SELECT 1;",
            finds: &[("setting ssl_min_protocol_version", "")],
            sound: "SELECT 2;",
            fix: FixWorks::Runs,
            needs: Needs::Server {
                flawed: ServerSetup {
                    settings: &[
                        ("ssl", "on"),
                        ("ssl_min_protocol_version", "TLSv1.1"),
                        ("listen_addresses", "*"),
                    ],
                    hba: None,
                },
                sound: ServerSetup { settings: &[("ssl", "on"), ("listen_addresses", "*")], hba: None },
            },
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let server = &study.survey.server;
    let listens = server.setting("listen_addresses").unwrap_or("*");
    if !is_on_a_network(listens) {
        return;
    }
    if server.setting("ssl") == Some("off") {
        findings
            .add(
                Subject::Setting("setting ssl".to_owned()),
                None,
                "connections over the network are not encrypted",
                Fix::words(
                    "install a certificate and its key (ssl_cert_file, ssl_key_file), then ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf()",
                ),
            )
            .shown_by(format!("ssl is off, listen_addresses is {listens}"));
        return;
    }
    if let Some(version @ ("" | "TLSv1" | "TLSv1.1")) = server.setting("ssl_min_protocol_version") {
        let shown = if version.is_empty() { "whatever the library takes" } else { version };
        findings
            .add(
                Subject::Setting("setting ssl_min_protocol_version".to_owned()),
                None,
                format!("TLS may be as old as {shown}"),
                Fix::Sql(vec![
                    "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2'".to_owned(),
                    "SELECT pg_catalog.pg_reload_conf()".to_owned(),
                ]),
            )
            .shown_by(format!("ssl_min_protocol_version is {shown}"));
    }
}

/// The server of a case.
fn without_tls(survey: &mut Survey, listen_addresses: &str) {
    for (name, value) in [("ssl", "off"), ("listen_addresses", listen_addresses)] {
        if let Some(setting) = survey.server.settings.get_mut(name) {
            setting.value = value.to_owned();
        }
    }
}

fn is_on_a_network(listen_addresses: &str) -> bool {
    listen_addresses.split(',').map(str::trim).any(|address| {
        !address.is_empty() && address != "localhost" && address != "::1" && !address.starts_with("127.")
    })
}

use pgward_catalog::acl::Grantee;
use pgward_catalog::object::Facts;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "fdw.public_mapping",
    title: "everybody is mapped to one account of a foreign server",
    capability: Capability::AllRead,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createusermapping", "CREATE USER MAPPING"),
        Reference::stig(
            "V-233518",
            "privileges to change functions, triggers and links to other software are limited",
        ),
        Reference::nist("IA-2", "Identification and Authentication (Organizational Users)"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.5.15", "Access control"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "`CREATE USER MAPPING FOR PUBLIC` lends the account that it names to every role without a mapping of its own, \
present and future: whoever may use a foreign table of the server is that account there, and the remote log cannot tell \
who it was. Map the roles that need it, one by one.",
    check,
    cases: &[Case {
        shows: "a mapping for everybody",
        versions: Versions::ALL,
        flawed: r#"
CREATE FOREIGN DATA WRAPPER "fdw_public_mapping_W";
CREATE SERVER "fdw_public_mapping_S" FOREIGN DATA WRAPPER "fdw_public_mapping_W";
CREATE USER MAPPING FOR PUBLIC SERVER "fdw_public_mapping_S" OPTIONS (user 'x', password 'y');"#,
        finds: &[("user mapping PUBLIC@\"fdw_public_mapping_S\" in database audited", "PUBLIC")],
        sound: r#"
CREATE ROLE fdw_public_mapping_app_ok LOGIN;
CREATE FOREIGN DATA WRAPPER fdw_public_mapping_w_ok;
CREATE SERVER fdw_public_mapping_s_ok FOREIGN DATA WRAPPER fdw_public_mapping_w_ok;
CREATE USER MAPPING FOR fdw_public_mapping_app_ok SERVER fdw_public_mapping_s_ok OPTIONS (user 'x', password 'y');"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Facts::UserMapping { server, .. } = &placed.object.facts else { continue };
        if placed.key.name.as_str() != format!("PUBLIC@{}", server.quoted()) {
            continue;
        }
        let options = study.survey.databases.get(placed.database).and_then(|anatomy| {
            let found = anatomy.foreign.iter().find(|found| found.object == *placed.key)?;
            found.options.as_ref()
        });
        let message = format!("everybody is mapped to one account of server {}", server.quoted());
        let fix = Fix::sql(format!("DROP USER MAPPING FOR PUBLIC SERVER {}", server.quoted()));
        let finding = findings.add(Subject::object(placed.at()), Some(Grantee::Public), message, fix);
        match options {
            Some(options) if options.is_empty() => {
                finding
                    .reaching(Capability::SomeData, Precondition::Configuration)
                    .shown_by("it has no options");
            }
            Some(options) => {
                let names: Vec<&str> = options.iter().map(String::as_str).collect();
                finding.shown_by(format!("options {}", names.join(", ")));
            }
            None => {}
        }
    }
}

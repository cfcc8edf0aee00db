use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectRef;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "fdw.server_usage",
    title: "a role may use a foreign server or a foreign-data wrapper",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("ddl-priv", "Privileges"),
        Reference::page("sql-createserver", "CREATE SERVER"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::nist("SC-7", "Boundary Protection"),
        Reference::iso("A.8.22", "Segregation of networks"),
        Reference::soc2("CC6.6", "Logical access from outside of the boundaries is restricted"),
    ],
    explanation: "USAGE on a wrapper lets a role define servers, that is: make the database connect to any host. USAGE on a \
server lets it define foreign tables there and map itself to an account of its choice. Selecting from an existing foreign \
table takes neither. Keep both with the role that owns the schema, and grant the tables.",
    check,
    cases: &[Case {
        shows: "a wrapper for everybody, a server for a login, the wrapper of an extension for a login",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE fdw_server_usage_app LOGIN;
CREATE FOREIGN DATA WRAPPER fdw_server_usage_w;
GRANT USAGE ON FOREIGN DATA WRAPPER fdw_server_usage_w TO PUBLIC;
CREATE SERVER fdw_server_usage_s FOREIGN DATA WRAPPER fdw_server_usage_w;
GRANT USAGE ON FOREIGN SERVER fdw_server_usage_s TO fdw_server_usage_app WITH GRANT OPTION;
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO fdw_server_usage_app;"#,
        finds: &[
            ("foreign data wrapper fdw_server_usage_w in database audited", "PUBLIC"),
            ("foreign server fdw_server_usage_s in database audited", "fdw_server_usage_app"),
            ("foreign data wrapper postgres_fdw in database audited", "fdw_server_usage_app"),
        ],
        sound: r#"
CREATE ROLE fdw_server_usage_root_ok NOLOGIN SUPERUSER;
CREATE FOREIGN DATA WRAPPER fdw_server_usage_w_ok;
CREATE SERVER fdw_server_usage_s_ok FOREIGN DATA WRAPPER fdw_server_usage_w_ok;
GRANT USAGE ON FOREIGN SERVER fdw_server_usage_s_ok TO fdw_server_usage_root_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, _) in study.databases() {
        for (key, object) in &contents.objects {
            if !matches!(key.class, Class::ForeignServer | Class::ForeignDataWrapper)
                || study.is_providers(key, object)
            {
                continue;
            }
            for excess in study.excess(key, object) {
                let grantee = &excess.entry.grantee;
                let leads = match key.class {
                    Class::ForeignDataWrapper => "make the database connect to any host",
                    _ => "define foreign tables and map itself to any account",
                };
                let message = format!("{} may {leads} by {key}", grantee.quoted());
                findings
                    .add(
                        Subject::object(ObjectRef::within(database, key.clone())),
                        Some(grantee.clone()),
                        message,
                        revoke(key, object, excess.entry, excess.privileges),
                    )
                    .shown_by(format!(
                        "USAGE granted to {} by {}",
                        grantee.quoted(),
                        excess.entry.grantor.quoted()
                    ));
            }
        }
    }
}

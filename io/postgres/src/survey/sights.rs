//! What this role may see: asked before anything is tried.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::role::PasswordKind;
use pgward_survey::sight::Sight;
use tokio_postgres::Client;

use crate::inspect::InspectError;
use crate::inspect::statement::{Statement, run};

/// What may be read with the privileges of this session.
pub(super) struct Sights {
    /// Who it is.
    pub(super) user: RoleName,
    /// `pg_read_all_settings`.
    pub(super) settings: bool,
    /// `pg_read_all_stats`.
    pub(super) statistics: bool,
    /// `pg_hba_file_rules`.
    pub(super) hba: bool,
    /// `pg_ident_file_mappings`; not there before PostgreSQL 15.
    pub(super) ident: bool,
    /// `pg_file_settings`.
    pub(super) file_settings: bool,
    /// `pg_subscription`, all but the connection strings.
    pub(super) subscriptions: bool,
    /// `pg_subscription.subconninfo`.
    pub(super) connection_strings: bool,
    /// `pg_available_extensions`.
    pub(super) available_extensions: bool,
}

impl Sights {
    /// Asks the server.
    pub(super) async fn look(client: &Client) -> Result<Sights, InspectError> {
        let mut found = None;
        let statement = Statement::new("what may be seen", LOOK, |found: &mut Option<Sights>, row| {
            *found = Some(Sights {
                user: RoleName::from(row.text(0)?),
                settings: row.flag(1)?,
                statistics: row.flag(2)?,
                hba: row.flag(3)?,
                ident: row.flag(4)?,
                file_settings: row.flag(5)?,
                subscriptions: row.flag(6)?,
                connection_strings: row.flag(7)?,
                available_extensions: row.flag(8)?,
            });
            Ok(())
        });
        run(client, &DatabaseName::from(""), &[statement], &mut found).await?;
        found.ok_or_else(|| InspectError::Form {
            reads: "what may be seen",
            column: 0,
            value: "no row".to_owned(),
        })
    }

    /// What is not seen, and why.
    pub(super) fn blind(&self, catalog: &Catalog) -> BTreeMap<Sight, String> {
        let user = self.user.quoted();
        let passwords = !catalog.roles.values().any(|role| role.password == PasswordKind::NotVisible);
        let seen = [
            (Sight::Passwords, passwords, "may not read pg_authid"),
            (Sight::Settings, self.settings, "is no member of pg_read_all_settings"),
            (Sight::Sessions, self.statistics, "is no member of pg_read_all_stats"),
            (Sight::HbaRules, self.hba, "may not read pg_hba_file_rules"),
            (Sight::Subscriptions, self.subscriptions, "may not read pg_subscription"),
            (Sight::SubscriptionSecrets, self.connection_strings, "may not read pg_subscription.subconninfo"),
        ];
        let mut blind: BTreeMap<Sight, String> = seen
            .into_iter()
            .filter(|(_, seen, _)| !seen)
            .map(|(sight, _, why)| (sight, format!("role {user} {why}")))
            .collect();
        // Whoever keeps audits knows better.
        blind.insert(Sight::Logins, "kept audits were not looked at".to_owned());
        blind.insert(Sight::ObviousPasswords, "passwords were not tried".to_owned());
        blind.insert(Sight::KeptAudits, "kept audits were not looked at".to_owned());
        blind
    }
}

const LOOK: &str = "
select current_user,
       pg_catalog.pg_has_role('pg_read_all_settings', 'usage'),
       pg_catalog.pg_has_role('pg_read_all_stats', 'usage'),
       pg_catalog.has_table_privilege('pg_catalog.pg_hba_file_rules', 'select')
         and pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'execute'),
       coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('pg_catalog.pg_ident_file_mappings'), 'select')
         and pg_catalog.has_function_privilege(pg_catalog.to_regprocedure('pg_catalog.pg_ident_file_mappings()'), 'execute'), false),
       pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'select')
         and pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'execute'),
       pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subowner', 'select')
         and pg_catalog.has_table_privilege('pg_catalog.pg_subscription_rel', 'select'),
       pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'select'),
       pg_catalog.has_table_privilege('pg_catalog.pg_available_extensions', 'select')
         and pg_catalog.has_function_privilege('pg_catalog.pg_available_extensions()', 'execute')";

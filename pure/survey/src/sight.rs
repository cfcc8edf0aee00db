//! Sights: what a rule has to be able to see. Without it the rule is not assessed, which is never a pass.

use serde::{Deserialize, Serialize};

/// Something not every role may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// What kind of password a role has: `pg_authid.rolpassword`.
    Passwords,
    /// Whether passwords are those that anybody tries first: takes the verifiers themselves, over a connection that nobody listens to.
    ObviousPasswords,
    /// Connection strings of subscriptions: `pg_subscription.subconninfo` (whether they hold a password).
    SubscriptionSecrets,
    /// Who owns subscriptions, and how they apply.
    Subscriptions,
    /// Authentication rules: `pg_hba_file_rules`.
    HbaRules,
    /// Maps of `pg_ident.conf`: `pg_ident_file_mappings`, where a line of `pg_hba.conf` goes by one.
    IdentMaps,
    /// Options of user mappings: `pg_user_mappings.umoptions` is NULL for others.
    UserMappingOptions,
    /// Settings that only superusers and members of `pg_read_all_settings` see.
    Settings,
    /// Other roles' sessions: `pg_stat_activity` in full.
    Sessions,
    /// Statements that were run: `pg_stat_statements`.
    Statements,
    /// Jobs of `pg_cron`.
    CronJobs,
    /// When roles last logged in, from audits kept over time.
    Logins,
    /// Audits of this cluster that were kept.
    KeptAudits,
    /// What is in each database that there is.
    Contents,
    /// What is lent at the desk: its leases.
    Leases,
    /// A contract to compare with.
    Contract,
}

impl Sight {
    /// Whether the server shows it, or hides it. The others are brought along by whoever asks.
    pub fn is_of_server(self) -> bool {
        !matches!(self, Sight::Logins | Sight::KeptAudits | Sight::Leases | Sight::Contract)
    }

    /// Every sight.
    pub const ALL: [Sight; 16] = [
        Sight::Passwords,
        Sight::ObviousPasswords,
        Sight::SubscriptionSecrets,
        Sight::Subscriptions,
        Sight::HbaRules,
        Sight::IdentMaps,
        Sight::UserMappingOptions,
        Sight::Settings,
        Sight::Sessions,
        Sight::Statements,
        Sight::CronJobs,
        Sight::Logins,
        Sight::KeptAudits,
        Sight::Contents,
        Sight::Leases,
        Sight::Contract,
    ];

    /// What it is, in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Sight::Passwords => "what kinds of passwords roles have",
            Sight::ObviousPasswords => "whether passwords are the names of their roles",
            Sight::SubscriptionSecrets => "connection strings of subscriptions",
            Sight::Subscriptions => "subscriptions",
            Sight::HbaRules => "authentication rules (pg_hba.conf)",
            Sight::IdentMaps => "maps of user names (pg_ident.conf)",
            Sight::UserMappingOptions => "options of user mappings",
            Sight::Settings => "all settings of the server",
            Sight::Sessions => "sessions of other roles",
            Sight::Statements => "statements that were run",
            Sight::CronJobs => "jobs of pg_cron",
            Sight::Logins => "when roles last logged in",
            Sight::KeptAudits => "audits that were kept",
            Sight::Contents => "what is in each database",
            Sight::Leases => "what is lent at the desk",
            Sight::Contract => "a contract",
        }
    }

    /// What makes it visible, in words for people.
    pub fn remedy(self) -> &'static str {
        match self {
            Sight::Passwords => {
                "run as a superuser, or GRANT SELECT (oid, rolpassword) is not advised: use a definer function"
            }
            Sight::ObviousPasswords => {
                "run as a superuser, over a Unix socket, from the machine itself, or with TLS (sslmode=require)"
            }
            Sight::SubscriptionSecrets | Sight::Subscriptions => "run as a superuser",
            Sight::HbaRules => {
                "GRANT SELECT ON pg_hba_file_rules and EXECUTE ON FUNCTION pg_hba_file_rules() to the auditing role"
            }
            Sight::IdentMaps => {
                "GRANT SELECT ON pg_ident_file_mappings and EXECUTE ON FUNCTION pg_ident_file_mappings() to the auditing role; \
                 before PostgreSQL 15 a person reads the file"
            }
            Sight::UserMappingOptions => "run as a superuser, or as the owner of the foreign server",
            Sight::Settings => "GRANT pg_read_all_settings to the auditing role",
            Sight::Sessions => "GRANT pg_read_all_stats to the auditing role",
            Sight::Statements => {
                "CREATE EXTENSION pg_stat_statements, and GRANT pg_read_all_stats to the auditing role"
            }
            Sight::CronJobs => {
                "GRANT SELECT ON cron.job to the auditing role (its row security shows a role its own jobs only)"
            }
            Sight::Logins => "keep audits (--record) for longer than the period",
            Sight::KeptAudits => "keep audits: pgward audit --record",
            Sight::Contents => "let the auditing role connect to every database",
            Sight::Leases => "name the desk that lends this server: pgward audit --desk FILE",
            Sight::Contract => "name a contract: pgward audit CONTRACT",
        }
    }
}

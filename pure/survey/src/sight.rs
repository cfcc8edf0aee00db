//! Sights: what a rule has to be able to see. Without it the rule is not assessed, which is never a pass.

use serde::{Deserialize, Serialize};

/// Something not every role may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// What kind of password a role has: `pg_authid.rolpassword`.
    Passwords,
    /// Connection strings of subscriptions: `pg_subscription.subconninfo` (whether they hold a password).
    SubscriptionSecrets,
    /// Who owns subscriptions, and how they apply.
    Subscriptions,
    /// Authentication rules: `pg_hba_file_rules`.
    HbaRules,
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
    /// A contract to compare with.
    Contract,
}

impl Sight {
    /// Every sight.
    pub const ALL: [Sight; 12] = [
        Sight::Passwords,
        Sight::SubscriptionSecrets,
        Sight::Subscriptions,
        Sight::HbaRules,
        Sight::UserMappingOptions,
        Sight::Settings,
        Sight::Sessions,
        Sight::Statements,
        Sight::CronJobs,
        Sight::Logins,
        Sight::KeptAudits,
        Sight::Contract,
    ];

    /// What it is, in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Sight::Passwords => "what kinds of passwords roles have",
            Sight::SubscriptionSecrets => "connection strings of subscriptions",
            Sight::Subscriptions => "subscriptions",
            Sight::HbaRules => "authentication rules (pg_hba.conf)",
            Sight::UserMappingOptions => "options of user mappings",
            Sight::Settings => "all settings of the server",
            Sight::Sessions => "sessions of other roles",
            Sight::Statements => "statements that were run",
            Sight::CronJobs => "jobs of pg_cron",
            Sight::Logins => "when roles last logged in",
            Sight::KeptAudits => "audits that were kept",
            Sight::Contract => "a contract",
        }
    }

    /// What makes it visible, in words for people.
    pub fn remedy(self) -> &'static str {
        match self {
            Sight::Passwords => {
                "run as a superuser, or GRANT SELECT (oid, rolpassword) is not advised: use a definer function"
            }
            Sight::SubscriptionSecrets | Sight::Subscriptions => "run as a superuser",
            Sight::HbaRules => {
                "GRANT SELECT ON pg_hba_file_rules and EXECUTE ON FUNCTION pg_hba_file_rules() to the auditing role"
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
            Sight::Contract => "name a contract: pgward audit CONTRACT",
        }
    }
}

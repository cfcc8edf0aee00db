//! "Without a tenant's context, when its setting was never made": where a setting kept for a role or a database makes it, sessions
//! begin in a tenant's context, and that nobody sees a row without one says nothing.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::role::Attribute;
use pgward_catalog::setting::SettingScope;
use pgward_proof::promises::DatabasePromises;
use pgward_proof::verdict::{Ruling, Verdict};

/// The same verdict, unless it is about a setting never made, and sessions of the role begin with it made.
pub fn judge(observed: &Catalog, database: &DatabasePromises, verdict: Verdict) -> Verdict {
    if !verdict.claim.is_about_a_setting_never_made() || verdict.ruling == Ruling::Refuted {
        return verdict;
    }
    let table = verdict.claim.object.as_ref().map(|object| &object.key);
    let rule = database.tenants.iter().find(|rule| Some(&rule.table) == table);
    let made = rule.and_then(|rule| {
        let scope = made_for(observed, &verdict.claim.role, &verdict.claim.database, &rule.setting)?;
        Some(format!(
            "its sessions begin in a tenant's context: {} is made by {}",
            rule.setting,
            words(&scope)
        ))
    });
    match made {
        Some(reason) => Verdict { ruling: Ruling::Refuted, reason, ..verdict },
        None => verdict,
    }
}

/// Whose setting gives the sessions of a role a value that is not empty. What is kept for a role counts for who logs in alone.
fn made_for(
    observed: &Catalog,
    role: &RoleName,
    database: &DatabaseName,
    setting: &str,
) -> Option<SettingScope> {
    let name = Name::from(setting.to_ascii_lowercase().as_str());
    let logs_in = observed.roles.get(role).is_some_and(|role| role.has(Attribute::Login));
    let own = Some(role.clone()).filter(|_| logs_in);
    let scope = |role: Option<RoleName>, database: Option<&DatabaseName>| SettingScope {
        role,
        database: database.cloned(),
    };
    // As PostgreSQL ranks them; for who does not log in, the first two are the last two.
    let ranked = [
        scope(own.clone(), Some(database)),
        scope(own, None),
        scope(None, Some(database)),
        scope(None, None),
    ];
    let (found, value) = ranked.into_iter().find_map(|scope| {
        let value = observed.settings.get(&scope)?.get(&name)?;
        Some((scope, value))
    })?;
    (!value.is_empty()).then_some(found)
}

fn words(scope: &SettingScope) -> String {
    match (&scope.role, &scope.database) {
        (Some(role), Some(database)) => {
            format!("ALTER ROLE {} IN DATABASE {} SET", role.quoted(), database.quoted())
        }
        (Some(role), None) => format!("ALTER ROLE {} SET", role.quoted()),
        (None, Some(database)) => format!("ALTER DATABASE {} SET", database.quoted()),
        (None, None) => "ALTER ROLE ALL SET".to_owned(),
    }
}

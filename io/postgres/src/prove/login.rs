//! Connections of the roles' own, with the right password and with a wrong one.

use std::collections::BTreeMap;
use std::time::Instant;

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_credential::Secret;
use pgward_proof::case::{Cases, Manner};
use pgward_proof::outcome::{Outcome, Via};

use crate::connect::connect;
use crate::conninfo::settings::ConnectionSettings;
use crate::prove::seen::Seen;

/// How roles log in.
#[derive(Clone)]
pub struct Logins {
    settings: ConnectionSettings,
    passwords: BTreeMap<RoleName, std::sync::Arc<Secret>>,
}

impl Logins {
    /// To the server of these settings, with these passwords.
    #[must_use]
    pub fn new(
        settings: ConnectionSettings,
        passwords: impl IntoIterator<Item = (RoleName, Secret)>,
    ) -> Self {
        let shared = |(role, secret)| (role, std::sync::Arc::new(secret));
        Self { settings, passwords: passwords.into_iter().map(shared).collect() }
    }

    async fn try_one(&self, role: &RoleName, database: &DatabaseName, manner: Manner) -> Option<Outcome> {
        let password = self.passwords.get(role)?;
        let password = match manner {
            Manner::LoginWithWrongPassword => wrong(password),
            _ => password.duplicate(),
        };
        let settings = self.settings.with_database(database).with_login(role, password);
        Some(match connect(&settings).await {
            Ok(session) => {
                // It has shown what it had to; how it ends is not what was asked.
                let _ = session.close().await;
                Outcome::Completed { rows: 0, first: None }
            }
            Err(error) => Outcome::Failed {
                sqlstate: error.sqlstate().unwrap_or(NO_CONNECTION).to_owned(),
                message: error.to_string(),
            },
        })
    }
}

/// Tries the cases and controls that are logins, one after the other.
pub(crate) async fn try_all(logins: &Logins, cases: &Cases, seen: &mut Seen) {
    let is_login = |manner| matches!(manner, Manner::Login | Manner::LoginWithWrongPassword);
    for (control, slot) in cases.controls.iter().zip(&mut seen.controls) {
        if is_login(control.statement.manner)
            && let Some(role) = &control.owner
        {
            *slot = logins.try_one(role, &control.database, control.statement.manner).await;
        }
    }
    for (case, slot) in cases.cases.iter().zip(&mut seen.cases) {
        let Some(attempt) = &case.attempt else { continue };
        if is_login(attempt.statement.manner) {
            let began = Instant::now();
            slot.outcome =
                logins.try_one(&attempt.identity, &case.claim.database, attempt.statement.manner).await;
            slot.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            slot.via = Some(Via::Login);
        }
    }
}

/// As long as the right one, and not it.
fn wrong(password: &Secret) -> Secret {
    let reversed: String = password.expose().chars().rev().collect();
    Secret::new(format!("{reversed}x"))
}

/// connection_exception: it was not the server that refused.
const NO_CONNECTION: &str = "08000";

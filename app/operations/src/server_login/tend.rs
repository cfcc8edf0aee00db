//! Keeping a login good: looking whether it has changed, prolonging it, taking another one before it ends.

use std::sync::Arc;
use std::time::Duration;

use pgward_vault::failure::VaultError;
use tokio::time::Instant;

use crate::server_login::ServerLogin;
use crate::server_login::source::{OnLoan, Source, SourceError, VaultLogin, aside, token_left};

impl ServerLogin {
    /// Keeps the login good for as long as anybody waits for this. Trouble is said once, and that it is over.
    pub async fn keep(&self, say: &(dyn Fn(&str) + Send + Sync)) {
        let mut said: Option<String> = None;
        loop {
            let Some(moment) = self.next_look(said.is_some()) else { return };
            tokio::time::sleep(moment).await;
            let before = self.generation();
            match self.tend().await {
                Ok(()) => {
                    if said.take().is_some() {
                        say(&format!("the login for {} is to be had again", self.name()));
                    }
                    if before > 0 && self.generation() != before {
                        say(&format!("the login for {} has changed; sessions go on", self.name()));
                    }
                }
                Err(error) => {
                    let words = error.to_string();
                    if said.as_deref() != Some(&words) {
                        let until = self.words_about_what_there_is();
                        say(&format!(
                            "the login for {} cannot be looked after: {words}; {until}",
                            self.name()
                        ));
                        said = Some(words);
                    }
                }
            }
        }
    }

    /// Gives back what was made for us.
    pub async fn give_back(&self) {
        let Source::Vault { vault, .. } = &self.source else { return };
        let Some(loan) = self.has().loan.take() else { return };
        let vault = Arc::clone(vault);
        // Where the vault is away, it ends the loan by itself when its time is over.
        let _ = aside(move || Ok(vault.give_back(&loan.loan)?)).await;
    }

    /// When the login is to be looked at next; never where it does not change.
    fn next_look(&self, after_failure: bool) -> Option<Duration> {
        let has = self.has();
        let left = has.since.zip(has.length).map(|(since, length)| length.saturating_sub(since.elapsed()));
        let calm = match &self.source {
            Source::Written => return None,
            Source::File(_) | Source::Given(_) => GIVEN_AGAIN,
            // The vault rotates when the time is over, not before.
            Source::Vault { login: VaultLogin::Rotated { .. }, .. } => {
                left.map_or(VAULT_AGAIN, |left| VAULT_AGAIN.min(left + MOMENT))
            }
            Source::Vault { login: VaultLogin::Kept(_), .. } => VAULT_AGAIN,
            Source::Vault { login: VaultLogin::Lent { .. }, .. } => {
                left.map_or(VAULT_AGAIN, |left| (left / 3).clamp(MOMENT, LENT_AGAIN))
            }
        };
        Some(if after_failure || has.settings.is_none() { calm.min(AFTER_FAILURE) } else { calm })
    }

    async fn tend(&self) -> Result<(), SourceError> {
        if let Source::File(file) = &self.source
            && file.is_overdue()
        {
            return self.rotate().await.map_err(|error| SourceError::Given(chain(&error)));
        }
        let _turn = self.turn.lock().await;
        let Source::Vault { vault, .. } = &self.source else { return self.ask().await.map(drop) };
        let (whole, known) = {
            let has = self.has();
            (has.whole.unwrap_or_default(), has.loan.clone())
        };
        let shared = Arc::clone(vault);
        let left = aside(move || {
            let token = token_left(&shared)?;
            let Some(OnLoan { loan, entry }) = known else { return Ok(None) };
            if !loan.is_renewable || entry != shared.entries() {
                return Ok(None);
            }
            match shared.prolong(&loan) {
                Ok(length) => Ok(Some(token.map_or(length, |token| token.min(length)))),
                Err(error @ (VaultError::Unreachable(_) | VaultError::Sealed { .. })) => Err(error.into()),
                // It was taken back.
                Err(_) => Ok(None),
            }
        })
        .await?;
        if let Some(left) = left {
            if left >= whole / 2 {
                let mut has = self.has();
                (has.since, has.length) = (Some(Instant::now()), Some(left));
                return Ok(());
            }
            // What a token was given ends with the token: where its end is near, another one is needed as well.
            vault.come_in_anew();
        }
        self.ask().await.map(drop)
    }

    fn words_about_what_there_is(&self) -> String {
        let has = self.has();
        if has.settings.is_none() {
            return "there is none yet".to_owned();
        }
        match has.since.zip(has.length) {
            Some((since, length)) => {
                let left = length.saturating_sub(since.elapsed()).as_secs();
                format!("the one there is goes on, for {left} s at least")
            }
            None => "the one there is goes on".to_owned(),
        }
    }

    fn name(&self) -> String {
        format!("database \"{}\"", self.way().dbname())
    }
}

/// An error with what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let behind = std::iter::successors(error.source(), |error| error.source());
    behind.fold(error.to_string(), |words, error| format!("{words}: {error}"))
}

/// How often a file is looked at.
const GIVEN_AGAIN: Duration = Duration::from_secs(5);
/// How often a vault is asked whether a login has changed.
const VAULT_AGAIN: Duration = Duration::from_secs(10);
/// How often what is lent is prolonged at least.
const LENT_AGAIN: Duration = Duration::from_secs(3600);
/// How often it is tried again after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// The shortest time between two looks.
const MOMENT: Duration = Duration::from_millis(500);

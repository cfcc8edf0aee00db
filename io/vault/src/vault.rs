//! A vault, and how we get in there: by a token somebody gave us, or as an application of its own (AppRole).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pgward_credential::Secret;
use pgward_web::address::Address;
use pgward_web::client::{Method, Question, Web};
use pgward_web::form::escaped;
use serde_json::json;
use zeroize::Zeroizing;

use crate::answer::Said;
use crate::failure::VaultError;

/// A vault. Every question is asked on the thread that asks it, and takes no longer than the web's patience.
pub struct Vault {
    web: Web,
    address: Address,
    /// Its name and port, for people.
    name: String,
    namespace: Option<String>,
    way_in: WayIn,
    entry: Mutex<Entry>,
}

/// What logging in has given.
#[derive(Default)]
struct Entry {
    token: Option<Secret>,
    /// Counts the tokens there were.
    count: u64,
}

/// A secret that is read when it is needed, as it is then: somebody may rotate it. Why not, in words.
pub type Given = Box<dyn Fn() -> Result<Secret, String> + Send + Sync>;

/// How we get in.
pub enum WayIn {
    /// By a token.
    Token(Given),
    /// As an application.
    AppRole {
        /// Where that is mounted: usually `approle`.
        mount: String,
        /// Which application.
        role: String,
        /// What it shows.
        secret: Given,
    },
}

impl Vault {
    /// The vault at this address.
    #[must_use]
    pub fn at(web: Web, address: Address, namespace: Option<String>, way_in: WayIn) -> Vault {
        let name = address.as_str().split("://").nth(1).unwrap_or_default();
        let name = name.split('/').next().unwrap_or_default().to_owned();
        Vault { web, address, name, namespace, way_in, entry: Mutex::default() }
    }

    /// Its name and port.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Prolongs what we came in with, where that can be. How long it is good for from now on: none where it does not end.
    ///
    /// # Errors
    /// The vault does not answer, or does not know it any more.
    pub fn prolong_token(&self) -> Result<Option<Duration>, VaultError> {
        let found = self.get("auth/token/lookup-self")?;
        if !found.is_true("/data/renewable") {
            return Ok(found.seconds("/data/ttl"));
        }
        let renewed = self.post("auth/token/renew-self", "{}")?;
        Ok(renewed.seconds("/auth/lease_duration"))
    }

    /// Comes in anew at the next question, where that is done by logging in: what was given before stays with its token.
    pub fn come_in_anew(&self) {
        self.entry().token = None;
    }

    /// How often we have logged in: what was given by an earlier token ends when that does.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entry().count
    }

    /// Whether coming in anew gives another token.
    #[must_use]
    pub fn logs_in(&self) -> bool {
        matches!(self.way_in, WayIn::AppRole { .. })
    }

    pub(crate) fn get(&self, path: &str) -> Result<Said, VaultError> {
        self.ask(path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Result<Said, VaultError> {
        self.ask(path, Some(body))
    }

    fn ask(&self, path: &str, body: Option<&str>) -> Result<Said, VaultError> {
        let (shown, logged_in) = self.shown()?;
        match self.ask_with(path, body, Some(shown)) {
            // A token from logging in may have ended: then logging in gives another one.
            Err(VaultError::Refused { .. }) if self.logs_in() && logged_in == LoggedIn::Before => {
                self.come_in_anew();
                let (shown, _) = self.shown()?;
                self.ask_with(path, body, Some(shown))
            }
            asked => asked,
        }
    }

    fn shown(&self) -> Result<(Secret, LoggedIn), VaultError> {
        match &self.way_in {
            WayIn::Token(given) => Ok((given().map_err(VaultError::Shown)?, LoggedIn::Before)),
            WayIn::AppRole { mount, role, secret } => {
                if let Some(token) = &self.entry().token {
                    return Ok((token.duplicate(), LoggedIn::Before));
                }
                let secret = secret().map_err(VaultError::Shown)?;
                let body = Zeroizing::new(json!({"role_id": role, "secret_id": secret.expose()}).to_string());
                let said = self.ask_with(&format!("auth/{}/login", segments(mount)), Some(&body), None)?;
                let token = said.secret("/auth/client_token")?;
                let mut entry = self.entry();
                entry.token = Some(token.duplicate());
                entry.count += 1;
                Ok((token, LoggedIn::Now))
            }
        }
    }

    fn ask_with(&self, path: &str, body: Option<&str>, token: Option<Secret>) -> Result<Said, VaultError> {
        // Without this a browser's form could ask in somebody's name; agents insist on it.
        let mut headers = vec![("x-vault-request", Secret::new("true".to_owned()))];
        headers.extend(token.map(|token| ("x-vault-token", token)));
        headers.extend(self.namespace.as_ref().map(|name| ("x-vault-namespace", Secret::new(name.clone()))));
        let to = self.address.below(&format!("v1/{path}"));
        let method = body.map_or(Method::Get, Method::Json);
        let answer = self.web.ask(&Question { to: &to, method, headers })?;
        Said::of(&self.name, path, answer)
    }

    fn entry(&self) -> MutexGuard<'_, Entry> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(PartialEq, Eq)]
enum LoggedIn {
    Before,
    Now,
}

/// A path of which every part means only itself.
pub(crate) fn segments(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    // Dots alone would lead elsewhere.
    let parts = parts
        .map(|part| if part.chars().all(|c| c == '.') { "%2E".repeat(part.len()) } else { escaped(part) });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_path_leads_where_it_says() {
        assert_eq!(segments("/shop/desk/"), "shop/desk");
        assert_eq!(segments("shop/../sys?x#y"), "shop/%2E%2E/sys%3Fx%23y");
    }
}

//! A login on another device (RFC 8628): a code is shown here and typed there.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use pgward_credential::Secret;
use serde::Deserialize;

use crate::failure::SignOnError;
use crate::provider::{Provider, SignedOn, code, refusal, understood};

/// A login that waits for somebody on another device.
pub struct DeviceLogin<'a> {
    provider: &'a Provider,
    /// Where they go.
    pub address: String,
    /// What they type there.
    pub code: String,
    device_code: Secret,
    interval: Duration,
    lasts: Duration,
}

#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: u64,
    interval: Option<u64>,
}

impl<'a> DeviceLogin<'a> {
    /// Begins a login.
    ///
    /// # Errors
    /// The provider refused, or offers no such logins.
    pub fn begin(provider: &'a Provider) -> Result<DeviceLogin<'a>, SignOnError> {
        let endpoint = provider.described.device_authorization_endpoint.as_deref();
        let endpoint = endpoint.ok_or(SignOnError::NotOffered { what: "login on another device" })?;
        // A public client says who it is in the form, one with a secret in both places.
        let scope = provider.scope();
        let mut fields = vec![("scope", &*scope)];
        if provider.client.secret.is_some() {
            fields.push(("client_id", &provider.client.id));
        }
        let begun: Begun = understood(&provider.post(endpoint, &fields)?)?;
        let printable = |text: String| text.chars().filter(|c| !c.is_control()).collect();
        Ok(DeviceLogin {
            provider,
            address: printable(begun.verification_uri),
            code: printable(begun.user_code),
            device_code: Secret::new(begun.device_code),
            interval: Duration::from_secs(begun.interval.unwrap_or(INTERVAL).clamp(1, 60)),
            lasts: Duration::from_secs(begun.expires_in),
        })
    }

    /// Asks now and then, as often as the provider allows, until somebody has logged in there.
    ///
    /// # Errors
    /// Nobody has in time, the provider refused, or what it gave is not believed.
    pub fn finish(self, patience: Duration, now: impl Fn() -> Timestamp) -> Result<SignedOn, SignOnError> {
        let deadline = Instant::now() + patience.min(self.lasts);
        let mut interval = self.interval;
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", self.device_code.expose()),
        ];
        while Instant::now() < deadline {
            std::thread::sleep(interval);
            let answer = self.provider.post(&self.provider.described.token_endpoint, &fields)?;
            match code(&answer).as_deref() {
                None => return self.provider.believe_given(&answer, None, now()),
                Some("authorization_pending") => {}
                Some("slow_down") => interval += SLOWER,
                Some("expired_token") => return Err(SignOnError::Late),
                Some(_) => return Err(SignOnError::Refused { error: refusal(&answer) }),
            }
        }
        Err(SignOnError::Late)
    }
}

/// In seconds, where the provider does not say.
const INTERVAL: u64 = 5;
const SLOWER: Duration = Duration::from_secs(5);

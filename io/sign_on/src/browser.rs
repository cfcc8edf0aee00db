//! A login in a browser on this machine: authorization code with PKCE (S256), state and nonce.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use pgward_web::address::Address;
use pgward_web::form::spelled;
use sha2::{Digest as _, Sha256};

use crate::callback::{Callback, Came};
use crate::failure::SignOnError;
use crate::provider::{Provider, SignedOn, drawn};

/// A login that waits for a browser.
pub struct BrowserLogin<'a> {
    provider: &'a Provider,
    callback: Callback,
    state: String,
    nonce: String,
    verifier: String,
}

impl<'a> BrowserLogin<'a> {
    /// Begins a login: listens on this port of the loopback address, or on one that is free.
    ///
    /// # Errors
    /// Nobody can listen there.
    pub fn begin(provider: &'a Provider, port: u16) -> Result<BrowserLogin<'a>, SignOnError> {
        let callback = Callback::listen(port).map_err(SignOnError::Listen)?;
        let (state, nonce, verifier) = (drawn()?, drawn()?, drawn()?);
        Ok(BrowserLogin { provider, callback, state, nonce, verifier })
    }

    /// The address that the browser has to go to.
    ///
    /// # Errors
    /// The provider's is none.
    pub fn address(&self) -> Result<String, SignOnError> {
        let endpoint = &self.provider.described.authorization_endpoint;
        Address::parse(endpoint)?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()));
        let fields = [
            ("response_type", "code"),
            ("client_id", &*self.provider.client.id),
            ("redirect_uri", &*self.callback.address()),
            ("scope", &*self.provider.scope()),
            ("state", &*self.state),
            ("nonce", &*self.nonce),
            ("code_challenge", &*challenge),
            ("code_challenge_method", "S256"),
            // Without it some providers give nothing to renew the login with.
            ("prompt", "consent"),
        ];
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{joint}{}", spelled(&fields)))
    }

    /// Waits until the browser has come back, and asks the provider who it was.
    ///
    /// # Errors
    /// Nobody came in time, the provider refused, or what it gave is not believed.
    pub fn finish(self, patience: Duration, now: impl Fn() -> Timestamp) -> Result<SignedOn, SignOnError> {
        let redirect = self.callback.address();
        let came = self.callback.wait(&self.state, patience).map_err(SignOnError::Listen)?;
        let Came { code, error, issuer } = came.ok_or(SignOnError::Late)?;
        // Who answers is who was asked (RFC 9207).
        let expected = &self.provider.client.issuer;
        let is_required = self.provider.described.authorization_response_iss_parameter_supported;
        if issuer.as_ref().map_or(is_required, |issuer| issuer != expected) {
            let found = issuer.unwrap_or_default();
            return Err(SignOnError::Issuer { found, expected: expected.clone() });
        }
        let Some(code) = code else {
            return Err(SignOnError::Refused {
                error: error.unwrap_or_else(|| "it gave no code".to_owned()),
            });
        };
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", &*redirect),
            ("code_verifier", &*self.verifier),
        ];
        self.provider.redeem(&fields, Some(&self.nonce), now())
    }
}

//! The provider, as it describes itself, and what it gives to whoever has logged in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::id_token::{Claims, Expected, believe};
use pgward_identity::signing_key::Keys;
use pgward_secrets::random_bytes;
use pgward_web::address::Address;
use pgward_web::client::{Answer, Method, Question, Web};
use pgward_web::form::escaped;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::failure::SignOnError;

/// What the provider knows us as.
pub struct Client {
    /// The provider, by its own name, which is its address.
    pub issuer: String,
    /// Our name there.
    pub id: String,
    /// Our secret; a client without one is a public client.
    pub secret: Option<Secret>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
}

/// A provider that has described itself.
pub struct Provider {
    pub(crate) web: Web,
    pub(crate) client: Client,
    pub(crate) described: Described,
}

/// What the provider says about itself.
#[derive(Deserialize)]
pub(crate) struct Described {
    issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    jwks_uri: String,
    pub(crate) device_authorization_endpoint: Option<String>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// What somebody has who has logged in.
pub struct SignedOn {
    /// What the provider says of them.
    pub claims: Claims,
    /// What the login is renewed with, if it can be: a secret of theirs.
    pub renewal: Option<Secret>,
}

#[derive(Deserialize)]
struct Given {
    id_token: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    error_description: Option<String>,
}

impl Provider {
    /// Lets a provider describe itself.
    ///
    /// # Errors
    /// It does not answer, or not as itself.
    pub fn discover(web: Web, client: Client) -> Result<Provider, SignOnError> {
        let issuer = Address::parse(&client.issuer)?;
        let described: Described = get(&web, &issuer.below(".well-known/openid-configuration"))?;
        // Exactly: another spelling would be another issuer of tokens.
        if described.issuer != client.issuer {
            return Err(SignOnError::Issuer { found: described.issuer, expected: client.issuer });
        }
        Ok(Provider { web, client, described })
    }

    /// Renews a login without anybody's doing: the provider says again who it is, and what their groups are now.
    ///
    /// # Errors
    /// It refused, which ends the login, or does not answer, which does not.
    pub fn renew(&self, renewal: &Secret, now: Timestamp) -> Result<SignedOn, SignOnError> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", renewal.expose())];
        let signed_on = self.redeem(&fields, None, now)?;
        // One that does not rotate stays.
        Ok(SignedOn { renewal: signed_on.renewal.or_else(|| Some(renewal.duplicate())), ..signed_on })
    }

    /// Exchanges what a login gave for what the provider says of whoever logged in.
    pub(crate) fn redeem(
        &self,
        fields: &[(&str, &str)],
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<SignedOn, SignOnError> {
        let answer = self.post(&self.described.token_endpoint, fields)?;
        self.believe_given(&answer, nonce, now)
    }

    /// What the provider says of whoever logged in, checked.
    pub(crate) fn believe_given(
        &self,
        answer: &Answer,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<SignedOn, SignOnError> {
        let given: Given = understood(answer)?;
        let missing = || SignOnError::Answer { what: "it gave no id_token".to_owned() };
        let token = given.id_token.ok_or_else(missing)?;
        // Read anew each time: keys rotate.
        let keys: serde_json::Value = get(&self.web, &Address::parse(&self.described.jwks_uri)?)?;
        let keys = Keys::read(&keys.to_string())
            .ok_or_else(|| SignOnError::Answer { what: "its keys are no JSON Web Key Set".to_owned() })?;
        let expected = Expected { issuer: &self.client.issuer, client: &self.client.id, nonce, now };
        let claims = believe(&token, &keys, expected)?;
        Ok(SignedOn { claims, renewal: given.refresh_token.map(Secret::new) })
    }

    /// Asks as the client that we are.
    pub(crate) fn post(&self, to: &str, fields: &[(&str, &str)]) -> Result<Answer, SignOnError> {
        let to = Address::parse(to)?;
        let Client { id, secret, .. } = &self.client;
        let (mut all, mut headers) = (fields.to_vec(), Vec::new());
        match secret {
            Some(secret) => {
                // Both are spelled as in a form first (RFC 6749, 2.3.1).
                let pair = format!("{}:{}", escaped(id), escaped(secret.expose()));
                headers.push(("authorization", Secret::new(format!("Basic {}", STANDARD.encode(pair)))));
            }
            None => all.push(("client_id", id)),
        }
        Ok(self.web.ask(&Question { to: &to, method: Method::Form(&all), headers })?)
    }

    /// What is asked for.
    pub(crate) fn scope(&self) -> String {
        let more = self.client.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
        ["openid"].into_iter().chain(more).collect::<Vec<_>>().join(" ")
    }
}

/// What was given; or the provider's refusal.
pub(crate) fn understood<T: DeserializeOwned>(answer: &Answer) -> Result<T, SignOnError> {
    if answer.is_success() {
        // The text has secrets in it: of what is wrong with it nothing is repeated.
        return serde_json::from_str(&answer.text)
            .map_err(|_| SignOnError::Answer { what: "something is missing in what it gave".to_owned() });
    }
    Err(SignOnError::Refused { error: refusal(answer) })
}

/// Why it refused, as it says: a code and, perhaps, words.
pub(crate) fn refusal(answer: &Answer) -> String {
    let Ok(refused) = serde_json::from_str::<Refused>(&answer.text) else {
        return format!("status {}", answer.status);
    };
    let words = refused.error_description.map_or(String::new(), |words| format!(": {words}"));
    format!("{}{words}", refused.error).chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// The code of a refusal.
pub(crate) fn code(answer: &Answer) -> Option<String> {
    serde_json::from_str::<Refused>(&answer.text).ok().map(|refused| refused.error)
}

fn get<T: DeserializeOwned>(web: &Web, from: &Address) -> Result<T, SignOnError> {
    let answer = web.ask(&Question { to: from, method: Method::Get, headers: Vec::new() })?;
    let wrong = |what: String| SignOnError::Answer { what };
    if !answer.is_success() {
        return Err(wrong(format!("{from} answers with status {}", answer.status)));
    }
    serde_json::from_str(&answer.text).map_err(|error| wrong(format!("{from}: {error}")))
}

/// A text that nobody guesses.
pub(crate) fn drawn() -> Result<String, SignOnError> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?))
}

/// How much of a refusal is repeated.
const SHOWN: usize = 300;

//! Somebody whom the identity provider vouches for, at their login and whenever it is renewed.

use jiff::Timestamp;
use pgward_identity::token::Token;
use pgward_lease::name::PersonId;
use pgward_lease::policy::Policy;
use pgward_operations::desk_setup::SignOnSetup;
use pgward_operations::sign_on::{NotWelcome, Reading, welcome};
use pgward_sign_on::failure::SignOnError;
use pgward_sign_on::provider::{Client, Provider, SignedOn};
use pgward_store::accounts::Accounts;
use pgward_web::client::Web;

use crate::exit::Failure;
use crate::verb::kept_tokens::KeptTokens;

/// Renews a login that was good until now: the provider says again who it is, and what their groups are.
pub(crate) async fn renew(
    written: Option<SignOnSetup>,
    accounts: &mut Accounts,
    policy: &Policy,
    before: &PersonId,
    kept: &KeptTokens,
) -> Result<Option<Token>, Failure> {
    let Some(renewal) = kept.renewal()? else { return Ok(None) };
    let (provider, reading, _) = provider(written)?;
    let signed_on = provider.renew(&renewal, Timestamp::now()).map_err(failure)?;
    let_in(accounts, policy, &reading, &signed_on, Some(before), kept).await.map(Some)
}

/// Lets somebody in whom the provider has vouched for, and keeps their login on this machine.
pub(crate) async fn let_in(
    accounts: &mut Accounts,
    policy: &Policy,
    reading: &Reading,
    signed_on: &SignedOn,
    before: Option<&PersonId>,
    kept: &KeptTokens,
) -> Result<Token, Failure> {
    let welcome = welcome(accounts, policy, reading, &signed_on.claims, before, Timestamp::now()).await;
    let (token, secret) = welcome.map_err(|refused| match refused {
        NotWelcome::Random(_) | NotWelcome::Accounts(_) => Failure::world(&refused),
        NotWelcome::Nobody { .. } => Failure::asked(format!("not let in: {refused}"))
            .hint("write them under `access.people` of the contract, or the name under their `also`"),
        refused => Failure::asked(format!("not let in: {refused}")),
    })?;
    kept.keep_login(&secret)?;
    // What renewed the last one renews this one only if it was given anew: else it may be somebody else's.
    kept.keep_renewal(signed_on.renewal.as_ref())?;
    Ok(token)
}

/// The provider that the desk's file names, how what it says is understood, and the port that a browser comes back to.
pub(crate) fn provider(written: Option<SignOnSetup>) -> Result<(Provider, Reading, u16), Failure> {
    let SignOnSetup { client, secret, authority, scopes, port, reading } = written.ok_or_else(|| {
        Failure::asked("this desk has no single sign-on")
            .hint("write `sign_on` into its file, or show a password")
    })?;
    let web = Web::trusting(authority.as_deref()).map_err(|error| failure(error.into()))?;
    let client = Client { issuer: reading.issuer.clone(), id: client, secret, scopes };
    let provider = Provider::discover(web, client).map_err(failure)?;
    Ok((provider, reading, port))
}

/// What to say where nobody was signed on.
pub(crate) fn failure(error: SignOnError) -> Failure {
    let said = Failure::world(&error);
    match error {
        SignOnError::Refused { .. } | SignOnError::Late => said.hint("log in again: pgward login --oidc"),
        SignOnError::Web(_) => {
            said.hint("nobody is let in without it; a password still does: PGWARD_PASSWORD")
        }
        SignOnError::Address(_) | SignOnError::Issuer { .. } => {
            said.hint("is `sign_on.issuer` of the desk's file the provider's own name, to the letter?")
        }
        _ => said,
    }
}

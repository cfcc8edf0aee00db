//! Why nobody is signed on.

use std::io;

use pgward_identity::id_token::NotBelieved;
use pgward_secrets::random::RandomError;
use pgward_web::address::AddressFlaw;
use pgward_web::client::WebError;

/// Why nobody is signed on.
#[derive(Debug, thiserror::Error)]
pub enum SignOnError {
    /// The provider cannot be asked.
    #[error("the identity provider does not answer")]
    Web(#[from] WebError),
    /// An address of it will not do.
    #[error("the identity provider has an address that is not asked")]
    Address(#[from] AddressFlaw),
    /// It says something else than it should.
    #[error("the identity provider does not answer as OpenID Connect says: {what}")]
    Answer {
        /// What is wrong with it.
        what: String,
    },
    /// It describes itself as somebody else.
    #[error("the identity provider calls itself `{found}`, and not `{expected}`")]
    Issuer {
        /// What it says.
        found: String,
        /// What the desk's file says.
        expected: String,
    },
    /// It offers no such way to log in.
    #[error("the identity provider offers no {what}")]
    NotOffered {
        /// Which way.
        what: &'static str,
    },
    /// It refused.
    #[error("the identity provider refused: {error}")]
    Refused {
        /// In its own words.
        error: String,
    },
    /// What it gave is not believed.
    #[error("what the identity provider gave is not believed")]
    NotBelieved(#[from] NotBelieved),
    /// Nobody has logged in in time.
    #[error("nobody has logged in in time")]
    Late,
    /// The browser could not come back to us.
    #[error("cannot listen on a loopback address for the browser")]
    Listen(#[source] io::Error),
    /// Nothing can be drawn at random.
    #[error(transparent)]
    Random(#[from] RandomError),
}

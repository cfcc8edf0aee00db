//! The desk's certificate, and what logins are bound to.

use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// The desk's certificate and its key, ready for any number of connections.
#[derive(Clone)]
pub struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    /// The hash that SCRAM-SHA-256-PLUS is bound to; none where RFC 5929 defines none for the certificate's signature.
    pub(crate) end_point: Option<Vec<u8>>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The text holds no certificate or no key.
    #[error("cannot read the {what} as PEM")]
    Pem {
        /// Which of the two.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// There is no certificate in the text.
    #[error("there is no certificate in the PEM text")]
    None,
    /// The key is not this certificate's, or TLS does not speak its kind.
    #[error("the certificate and its key cannot be used")]
    Unusable(#[source] rustls::Error),
}

impl Identity {
    /// Takes a chain of certificates, the desk's own first, and the key of the first one, both in PEM.
    ///
    /// # Errors
    /// Everything in [`IdentityError`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Identity, IdentityError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|source| IdentityError::Pem { what: "certificate", source })?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|source| IdentityError::Pem { what: "private key", source })?;
        let end_point = end_point(chain.first().ok_or(IdentityError::None)?);
        // Always ours, never the process's default: the choice must not depend on who else links rustls.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(IdentityError::Unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(IdentityError::Unusable)?;
        config.alpn_protocols = vec![pgward_wire::opening::ALPN.to_vec()];
        // libpq does not resume sessions, as the server does not.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Identity { config: Arc::new(config), end_point })
    }
}

/// `tls-server-end-point` of RFC 5929: the certificate hashed as its signature is, with SHA-256 in place of weaker ones.
pub(crate) fn end_point(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let signed = Certificate::from_der(certificate).ok()?.signature_algorithm.oid.to_string();
    let hash = match signed.as_str() {
        // RSA with MD5, SHA-1, SHA-256; ECDSA with SHA-1, SHA-256.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => &ring::digest::SHA256,
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => &ring::digest::SHA384,
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => &ring::digest::SHA512,
        _ => return None,
    };
    Some(ring::digest::digest(hash, certificate).as_ref().to_vec())
}

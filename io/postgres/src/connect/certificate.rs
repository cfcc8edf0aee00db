//! Whether a server's certificate is good enough.
//!
//! The chain is verified by webpki, the web's rules. libpq verifies by OpenSSL's, which are wider in three ways people
//! rely on; those are added here and no more: a self-signed server certificate that is itself the root
//! certificate; a common name where the certificate has no alternative names; and, where nobody verifies anything,
//! certificates of X.509 version 1.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{
    CryptoProvider, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc4519::CN;
use x509_cert::der::oid::db::rfc5280::ID_CE_SUBJECT_ALT_NAME;
use x509_cert::der::{Decode as _, Encode as _};

/// Decides about a server's certificate.
#[derive(Debug)]
pub(crate) struct CertificateVerifier {
    provider: Arc<CryptoProvider>,
    trust: Trust,
}

#[derive(Debug)]
enum Trust {
    /// Every certificate will do.
    Anyone,
    /// One whose chain ends at a root, and whose name fits where that is wanted.
    Roots { chain: Arc<WebPkiServerVerifier>, roots: Vec<CertificateDer<'static>>, names: NameCheck },
}

/// Whether the certificate must be for the host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameCheck {
    Wanted,
    Waived,
}

/// The operating system's authorities.
pub(crate) struct SystemRoots(Vec<CertificateDer<'static>>);

impl SystemRoots {
    pub(crate) fn load() -> Result<SystemRoots, String> {
        let found = rustls_native_certs::load_native_certs();
        match found.errors.first() {
            Some(error) if found.certs.is_empty() => Err(error.to_string()),
            _ if found.certs.is_empty() => Err("there are none".to_owned()),
            _ => Ok(SystemRoots(found.certs)),
        }
    }
}

impl CertificateVerifier {
    pub(crate) fn trusting_anyone(provider: &Arc<CryptoProvider>) -> CertificateVerifier {
        CertificateVerifier { provider: provider.clone(), trust: Trust::Anyone }
    }

    /// Of the operating system's many, those webpki cannot read are left out.
    pub(crate) fn of_system(
        provider: &Arc<CryptoProvider>,
        SystemRoots(roots): SystemRoots,
    ) -> Result<CertificateVerifier, String> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots);
        CertificateVerifier::of_store(provider, store, Vec::new(), NameCheck::Wanted)
    }

    /// Of a file somebody pointed to, every certificate must be readable.
    pub(crate) fn of_file(
        provider: &Arc<CryptoProvider>,
        roots: Vec<CertificateDer<'static>>,
        names: NameCheck,
    ) -> Result<CertificateVerifier, String> {
        let mut store = RootCertStore::empty();
        for root in &roots {
            store
                .add(root.clone())
                .map_err(|error| format!("one of its certificates is invalid ({error})"))?;
        }
        CertificateVerifier::of_store(provider, store, roots, names)
    }

    fn of_store(
        provider: &Arc<CryptoProvider>,
        store: RootCertStore,
        roots: Vec<CertificateDer<'static>>,
        names: NameCheck,
    ) -> Result<CertificateVerifier, String> {
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(CertificateVerifier { provider: provider.clone(), trust: Trust::Roots { chain, roots, names } })
    }
}

impl ServerCertVerifier for CertificateVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trust::Roots { chain, roots, names } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        // webpki verifies the name last, so that a complaint about the name means that the chain is good.
        match chain.verify_server_cert(certificate, intermediates, server, &[], now) {
            Ok(verified) => Ok(verified),
            Err(Error::InvalidCertificate(error)) if is_about_the_name(&error) => match names {
                NameCheck::Waived => Ok(ServerCertVerified::assertion()),
                NameCheck::Wanted if common_name_fits(certificate, server) => {
                    Ok(ServerCertVerified::assertion())
                }
                NameCheck::Wanted => Err(Error::InvalidCertificate(error)),
            },
            Err(_) if roots.iter().any(|root| root == certificate) => {
                in_force(certificate, now)?;
                if *names == NameCheck::Wanted && !common_name_fits(certificate, server) {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, server)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            Err(error) => Err(error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        match public_key_of_version_1(certificate) {
            Some(key) if matches!(self.trust, Trust::Anyone) => {
                let key = SubjectPublicKeyInfoDer::from(key);
                verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
            }
            _ => verify_tls13_signature(message, certificate, signature, algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn is_about_the_name(error: &CertificateError) -> bool {
    matches!(error, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
}

/// What was common before alternative names were: a certificate without any names its host in its subject.
fn common_name_fits(certificate: &CertificateDer<'_>, server: &ServerName<'_>) -> bool {
    let Ok(certificate) = Certificate::from_der(certificate) else { return false };
    let extensions = certificate.tbs_certificate.extensions.as_deref().unwrap_or_default();
    if extensions.iter().any(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME) {
        return false;
    }
    let attributes = certificate.tbs_certificate.subject.0.iter().flat_map(|names| names.0.iter());
    let mut names =
        attributes.filter(|attribute| attribute.oid == CN).map(|attribute| attribute.value.value());
    let host = server.to_str();
    names
        .next_back()
        .and_then(|name| std::str::from_utf8(name).ok())
        .is_some_and(|name| name_fits(name, &host))
}

/// A star stands for one label, the first, as libpq has it.
fn name_fits(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(domain) => {
            domain.contains('.')
                && host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain))
        }
        None => name.eq_ignore_ascii_case(host),
    }
}

fn in_force(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = Certificate::from_der(certificate);
    let validity = parsed.map_err(|_| CertificateError::BadEncoding)?.tbs_certificate.validity;
    let (begin, end) = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
    match now.as_secs() {
        now if now < begin.as_secs() => Err(CertificateError::NotValidYet.into()),
        now if now > end.as_secs() => Err(CertificateError::Expired.into()),
        _ => Ok(()),
    }
}

fn public_key_of_version_1(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(certificate).ok()?.tbs_certificate;
    let old = certificate.version == x509_cert::Version::V1;
    old.then(|| certificate.subject_public_key_info.to_der().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{common_name_fits, in_force, name_fits, public_key_of_version_1};
    use rustls_pki_types::pem::PemObject as _;
    use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
    use std::time::Duration;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(name_fits("db.example.com", "DB.example.com"));
        assert!(name_fits("*.example.com", "db.example.com"));
        assert!(!name_fits("*.example.com", "a.db.example.com"));
        assert!(!name_fits("*.example.com", "example.com"));
        assert!(!name_fits("*.com", "example.com"));
        assert!(!name_fits("d*.example.com", "db.example.com"));
        assert!(name_fits("127.0.0.1", "127.0.0.1"));
    }

    #[test]
    fn version_1_certificates_are_known_by_their_key_and_common_name() {
        let certificate = CertificateDer::from_pem_slice(VERSION_1).unwrap();
        let key = public_key_of_version_1(&certificate).unwrap();
        assert_eq!(key.len(), 91, "a P-256 key with its algorithm");
        assert!(common_name_fits(&certificate, &ServerName::try_from("localhost").unwrap()));
        assert!(!common_name_fits(&certificate, &ServerName::try_from("elsewhere").unwrap()));
    }

    #[test]
    fn a_certificate_is_in_force_between_its_dates_only() {
        let certificate = CertificateDer::from_pem_slice(VERSION_1).unwrap();
        let at = |seconds| in_force(&certificate, UnixTime::since_unix_epoch(Duration::from_secs(seconds)));
        assert!(at(1_800_000_000).is_ok());
        assert!(at(1_700_000_000).is_err() && at(10_000_000_000).is_err());
    }

    /// Made by `openssl x509 -req -signkey` as PostgreSQL's manual shows it; its key is forgotten.
    const VERSION_1: &[u8] = b"\
-----BEGIN CERTIFICATE-----
MIIBJDCBywIUAKeJzM1FHc1wU/y21cE5cyzy6RgwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA0NTEyMFoYDzIxMjYxMDI5MDQ1MTIw
WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASZRvJhryo6t7MfA2vzzU2dLPrSf7lfyG98CLJcnO+5x8aHD7ZhHqWGV0659c1T
GkFBUBKDi7e6X106rOm65fHSMAoGCCqGSM49BAMCA0gAMEUCIEgGHmeP+G7N/jt3
ONOeY0op6VnWKLQ5FzELOMC7GEWhAiEA6Rigary/1ySlB012+eKy0Jq7mWeppZsp
bsWAkT0A6jY=
-----END CERTIFICATE-----";
}

//! A scratch server's TLS: an authority of its own, and the server's certificate signed by it.
//!
//! The server's certificate is not self-signed: clients that follow the web's rules accept no authority as a server.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// The PEM texts a server and its clients need. The authority's key is forgotten at once: it signs nothing else.
pub(crate) struct Certificates {
    /// What clients trust: `sslrootcert`.
    pub(crate) authority: String,
    /// The server's certificate: `ssl_cert_file`.
    pub(crate) server: String,
    /// The server's key: `ssl_key_file`.
    pub(crate) server_key: String,
}

impl Certificates {
    /// Makes a new authority and a certificate for the loopback addresses.
    pub(crate) fn make() -> Result<Certificates, rcgen::Error> {
        let mut authority_params = CertificateParams::default();
        authority_params.distinguished_name.push(DnType::CommonName, "pgward scratch authority");
        authority_params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority_params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(authority_params, KeyPair::generate()?)?;

        let mut server_params = CertificateParams::new(NAMES.map(str::to_owned))?;
        server_params.distinguished_name.push(DnType::CommonName, "localhost");
        server_params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server_params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let server_key = KeyPair::generate()?;
        let server = server_params.signed_by(&server_key, &authority)?;
        Ok(Certificates {
            authority: authority.pem(),
            server: server.pem(),
            server_key: server_key.serialize_pem(),
        })
    }
}

/// Every name under which a scratch server is reached.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

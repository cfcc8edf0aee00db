//! A certificate for a desk that is only tried: made when it starts, gone when it ends.

use pgward_credential::Secret;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// A certificate for this machine, and the authority that signed it and will sign no other: its key is forgotten.
pub struct Provisional {
    /// The certificate, in PEM.
    pub certificate: String,
    /// Its key, in PEM.
    pub key: Secret,
    /// The certificate of the authority, in PEM: clients check with it.
    pub authority: String,
}

impl Provisional {
    /// Makes one for the names of the local machine.
    ///
    /// # Errors
    /// The library could not make it.
    pub fn make() -> Result<Provisional, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "pgward, for one run");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let own = params.signed_by(&key, &authority)?;
        let key = Secret::new(key.serialize_pem());
        Ok(Provisional { certificate: own.pem(), key, authority: authority.pem() })
    }
}

const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

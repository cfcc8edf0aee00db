//! TLS as the settings ask for it.

use crate::connect::certificate::{CertificateVerifier, NameCheck, SystemRoots};
use crate::conninfo::choice::{ServerName, SslMode, SslNegotiation, TlsMax, TlsMin};
use crate::conninfo::settings::{ClientFiles, Roots, TlsSettings};
use rustix::process::geteuid;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Certificates and keys read, ready for any number of connections.
#[derive(Clone)]
pub(crate) struct TlsContext {
    config: Arc<ClientConfig>,
}

impl TlsContext {
    pub(crate) fn load(settings: &TlsSettings) -> Result<TlsContext, TlsSetupError> {
        // Always ours, never the process's default: the choice must not depend on who else links rustls.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = verifier(settings, &provider)?;
        let versions = versions(settings.min, settings.max);
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&versions);
        let builder = builder.map_err(TlsSetupError::Rustls)?.dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &settings.identity {
            None => builder.with_no_client_auth(),
            Some(files) => {
                let (chain, key) = read_identity(files)?;
                builder.with_client_auth_cert(chain, key).map_err(|source| TlsSetupError::Identity {
                    certificate: files.certificate.clone(),
                    source,
                })?
            }
        };
        config.enable_sni = settings.server_name == ServerName::Sent;
        Ok(TlsContext { config: Arc::new(config) })
    }

    /// The configuration itself, for connections that begin with the question.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// What makes encrypted connections. Without a question first, the server must hear which protocol is meant.
    pub(crate) fn connector(&self, negotiation: SslNegotiation) -> MakeRustlsConnect {
        let mut config = ClientConfig::clone(&self.config);
        if negotiation == SslNegotiation::Direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        MakeRustlsConnect::new(config)
    }
}

fn versions(min: TlsMin, max: TlsMax) -> Vec<&'static rustls::SupportedProtocolVersion> {
    let newest = (max == TlsMax::Tls13).then_some(&rustls::version::TLS13);
    let older = (min != TlsMin::Tls13).then_some(&rustls::version::TLS12);
    newest.into_iter().chain(older).collect()
}

/// As with libpq, a root certificate that is there is used in every mode; only `verify-ca` and `verify-full` need one.
fn verifier(
    settings: &TlsSettings,
    provider: &Arc<CryptoProvider>,
) -> Result<CertificateVerifier, TlsSetupError> {
    let names = if settings.mode == SslMode::VerifyFull { NameCheck::Wanted } else { NameCheck::Waived };
    match &settings.roots {
        Roots::None { looked_for } if settings.mode >= SslMode::VerifyCa => {
            Err(TlsSetupError::NoRoots { mode: settings.mode.word(), looked_for: looked_for.clone() })
        }
        Roots::None { .. } => Ok(CertificateVerifier::trusting_anyone(provider)),
        Roots::System => {
            let roots = SystemRoots::load().map_err(TlsSetupError::SystemRoots)?;
            CertificateVerifier::of_system(provider, roots).map_err(TlsSetupError::SystemRoots)
        }
        Roots::File(file) => {
            let certificates = read_certificates(file)?;
            let usable = CertificateVerifier::of_file(provider, certificates, names);
            usable.map_err(|what| TlsSetupError::Unusable { file: file.clone(), what })
        }
    }
}

fn read_identity(
    files: &ClientFiles,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsSetupError> {
    let chain = read_certificates(&files.certificate)?;
    let key = &files.key;
    let unreadable = |source| TlsSetupError::File { file: key.clone(), source };
    let stat = std::fs::metadata(key).map_err(unreadable)?;
    // libpq's rule: ours for us alone, or root's with its group reading.
    let spare = if stat.uid() == geteuid().as_raw() { 0o077 } else { 0o027 };
    let owned = [0, geteuid().as_raw()].contains(&stat.uid());
    if !stat.is_file() || !owned || stat.mode() & spare != 0 {
        return Err(TlsSetupError::KeyOpenToOthers { file: key.clone() });
    }
    let text = zeroize::Zeroizing::new(std::fs::read(key).map_err(unreadable)?);
    let parsed = PrivateKeyDer::from_pem_slice(&text);
    let unusable = |_| TlsSetupError::Unusable { file: key.clone(), what: NO_KEY.to_owned() };
    Ok((chain, parsed.map_err(unusable)?))
}

const NO_KEY: &str = "no unencrypted private key in PEM form is in it";

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let text = std::fs::read(file).map_err(|source| TlsSetupError::File { file: file.to_owned(), source })?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect();
    if certificates.is_empty() {
        let what = "no certificate in PEM form is in it".to_owned();
        return Err(TlsSetupError::Unusable { file: file.to_owned(), what });
    }
    Ok(certificates)
}

/// Why connections cannot be encrypted as the settings ask for.
#[derive(Debug, thiserror::Error)]
pub enum TlsSetupError {
    /// The server is to be verified, and nobody says by whom.
    #[error("sslmode {mode:?} needs a root certificate, and {} does not exist",
        looked_for.as_ref().map_or("~/.postgresql/root.crt".to_owned(), |file| file.display().to_string()))]
    NoRoots {
        /// The mode.
        mode: &'static str,
        /// Where it was looked for.
        looked_for: Option<PathBuf>,
    },
    /// The operating system has no authorities.
    #[error("the operating system's certificate authorities cannot be used: {0}")]
    SystemRoots(String),
    /// A certificate or key file that cannot be read.
    #[error("could not read {}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// A certificate or key file with something else in it.
    #[error("{} cannot be used: {what}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A private key that is not private.
    #[error("private key file {} has group or world access, or belongs to somebody else", file.display())]
    KeyOpenToOthers {
        /// The file.
        file: PathBuf,
    },
    /// A certificate and a key that do not belong together.
    #[error("client certificate {} cannot be used with its key", certificate.display())]
    Identity {
        /// The certificate's file.
        certificate: PathBuf,
        /// What is wrong.
        #[source]
        source: rustls::Error,
    },
    /// TLS versions that exclude each other.
    #[error("TLS cannot be set up")]
    Rustls(#[source] rustls::Error),
}

impl TlsSetupError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            TlsSetupError::NoRoots { .. } => Some(
                "give sslrootcert=FILE with the authority's certificate, sslrootcert=system for the operating \
                 system's, or sslmode=require to encrypt without knowing the server"
                    .to_owned(),
            ),
            TlsSetupError::KeyOpenToOthers { file } => Some(format!("chmod 600 {}", file.display())),
            _ => None,
        }
    }
}

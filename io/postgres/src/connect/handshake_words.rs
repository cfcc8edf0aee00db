//! What went wrong with TLS, as people say it.

use rustls::{AlertDescription, CertificateError, Error};
use std::io;

/// The failure of a handshake.
pub(crate) fn describe(error: &io::Error) -> String {
    match tls_error(error) {
        Some(error) => words(error),
        None => error.to_string(),
    }
}

/// What the other side complained about after the handshake seemed done, such as our certificate.
pub(crate) fn describe_alert(error: &io::Error) -> Option<String> {
    tls_error(error).map(words)
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::AlertReceived(AlertDescription::UnknownCA) => {
            "the server does not know the authority of our certificate".to_owned()
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server requires a client certificate (sslcert, sslkey)".to_owned()
        }
        Error::AlertReceived(alert) => format!("the server ended TLS with the alert {alert:?}"),
        other => other.to_string(),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "the server's certificate is not signed by an authority in sslrootcert".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<_> = presented.iter().map(|name| bare(name)).collect();
            let presented = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            format!("the server's certificate is for {presented}, not for {:?}", expected.to_str())
        }
        CertificateError::NotValidForName => "the server's certificate is for another host".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet".to_owned()
        }
        CertificateError::Other(other) if other.to_string() == "UnsupportedCertVersion" => {
            "a certificate of X.509 version 1 cannot be verified: give the server one of version 3, with a \
             subjectAltName"
                .to_owned()
        }
        CertificateError::Other(other) => format!("the server's certificate is not acceptable ({other})"),
        other => format!("the server's certificate is not acceptable ({other:?})"),
    }
}

/// `localhost` out of webpki's `DnsName("localhost")`.
fn bare(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(presented).trim_matches('"')
}

//! Asking: one question, one answer of a bounded length, within a bounded time.

use std::sync::Arc;
use std::time::Duration;

use pgward_credential::Secret;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use ureq::Agent;
use ureq::http::{Request, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::address::Address;
use crate::form::spelled;

/// Asks other services. It follows nobody elsewhere, and goes through no proxy.
pub struct Web {
    agent: Agent,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The text. It may have secrets in it: it is not for messages.
    pub text: String,
}

/// A question.
pub struct Question<'a> {
    /// To whom.
    pub to: &'a Address,
    /// What is asked with.
    pub method: Method<'a>,
    /// Headers; their values are not written down anywhere.
    pub headers: Vec<(&'static str, Secret)>,
}

/// What is asked with.
#[derive(Clone, Copy)]
pub enum Method<'a> {
    /// Nothing.
    Get,
    /// A form.
    Form(&'a [(&'a str, &'a str)]),
    /// JSON.
    Json(&'a str),
    /// A text.
    Text(&'a str),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The file of an authority holds no certificate.
    #[error("there is no certificate in the PEM text of the authority")]
    Authority,
    /// The service cannot be reached, or its certificate is not one that is trusted, or it does not answer in time.
    #[error("{host} cannot be asked: {why}")]
    Unreachable {
        /// Which service.
        host: String,
        /// Why.
        why: String,
    },
}

impl Web {
    /// Asks services whose certificates this authority signed, or one that the system trusts.
    ///
    /// # Errors
    /// The authority's text is not PEM.
    pub fn trusting(authority: Option<&str>) -> Result<Web, WebError> {
        Web::patient(authority, PATIENCE)
    }

    /// The same, where a question and its answer may take this long.
    ///
    /// # Errors
    /// The authority's text is not PEM.
    pub fn patient(authority: Option<&str>, patience: Duration) -> Result<Web, WebError> {
        let certificates: Vec<Certificate<'static>> = match authority {
            Some(text) => {
                let read: Result<Vec<CertificateDer<'static>>, _> =
                    CertificateDer::pem_slice_iter(text.as_bytes()).collect();
                let read = read.ok().filter(|read| !read.is_empty()).ok_or(WebError::Authority)?;
                read.iter().map(|one| Certificate::from_der(one).to_owned()).collect()
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                found.certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect()
            }
        };
        // Always ours, never the process's default: the choice must not depend on who else links rustls.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(patience))
            .max_idle_connections(0)
            .user_agent("pgward")
            .build();
        Ok(Web { agent: agent.into() })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// There is none.
    pub fn ask(&self, question: &Question<'_>) -> Result<Answer, WebError> {
        let host = host(question.to);
        let unreachable = |why: String| WebError::Unreachable { host: host.clone(), why };
        let (method, body, kind) = match question.method {
            Method::Get => ("GET", String::new(), None),
            Method::Form(fields) => ("POST", spelled(fields), Some("application/x-www-form-urlencoded")),
            Method::Json(text) => ("POST", text.to_owned(), Some("application/json")),
            Method::Text(text) => ("POST", text.to_owned(), Some("text/plain; charset=utf-8")),
        };
        let accepted =
            if matches!(question.method, Method::Text(_)) { "text/plain" } else { "application/json" };
        let mut request =
            Request::builder().method(method).uri(question.to.as_str()).header("accept", accepted);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        for (name, value) in &question.headers {
            request = request.header(*name, value.expose());
        }
        // What is wrong with a header would show it.
        let wrong = || unreachable("the question cannot be written as HTTP".to_owned());
        let answered = match kind {
            Some(_) => self.agent.run(request.body(body).map_err(|_| wrong())?),
            None => self.agent.run(request.body(()).map_err(|_| wrong())?),
        };
        let mut answer = answered.map_err(|error| unreachable(error.to_string()))?;
        let text = answer.body_mut().with_config().limit(ANSWER_MAX).read_to_string();
        let text = text.map_err(|error| unreachable(error.to_string()))?;
        Ok(Answer { status: answer.status().as_u16(), text })
    }
}

impl Answer {
    /// Whether what was asked for was done.
    #[must_use]
    pub fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }
}

fn host(address: &Address) -> String {
    let after = address.as_str().split_once("://").map_or(address.as_str(), |(_, after)| after);
    after.split('/').next().unwrap_or(after).to_owned()
}

/// How long a question and its answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer may be, in bytes.
const ANSWER_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    /// A service that answers once with this, and what it was asked.
    fn served(answer: String) -> (Address, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
            loop {
                let read = stream.read(&mut piece).unwrap();
                bytes.extend(piece.iter().take(read));
                let text = String::from_utf8_lossy(&bytes).to_lowercase();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if read == 0 || length.map_or(0, |length| length.parse().unwrap()) <= body.len() {
                    break;
                }
            }
            // Whoever has read enough hangs up.
            let _ = stream.write_all(answer.as_bytes());
            String::from_utf8(bytes).unwrap()
        });
        (address, asked)
    }

    fn answer(head: &str, body: &str) -> String {
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    }

    #[test]
    fn forms_are_sent_with_their_headers_and_answers_come_back_whatever_they_are() {
        let (address, asked) = served(answer("400 Bad Request", "{\"error\":\"no\"}"));
        let question = Question {
            to: &address.below("token"),
            method: Method::Form(&[("code", "a b")]),
            headers: vec![("authorization", Secret::new("Basic eA==".to_owned()))],
        };
        let answer = Web::trusting(None).unwrap().ask(&question).unwrap();
        assert_eq!(
            (answer.status, answer.text.as_str(), answer.is_success()),
            (400, "{\"error\":\"no\"}", false)
        );
        let asked = asked.join().unwrap();
        for part in ["POST /token HTTP/1.1", "authorization: Basic eA==", "\r\n\r\ncode=a%20b"] {
            assert!(asked.contains(part), "{part}: {asked}");
        }
    }

    #[test]
    fn nobody_is_followed_elsewhere_and_no_answer_is_too_long() {
        let get = |address: &Address| {
            Web::trusting(None).unwrap().ask(&Question {
                to: address,
                method: Method::Get,
                headers: Vec::new(),
            })
        };
        let (address, asked) = served(answer("302 Found\r\nlocation: http://127.0.0.1:1/", ""));
        assert_eq!(get(&address).unwrap().status, 302);
        asked.join().unwrap();
        let (address, asked) = served(answer("200 OK", &"x".repeat((1 << 20) + 1)));
        assert!(get(&address).is_err());
        asked.join().unwrap();
    }

    #[test]
    fn a_service_that_is_away_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        drop(listener);
        let address = Address::parse(&format!("http://{at}/x")).unwrap();
        let asked = Web::trusting(None).unwrap().ask(&Question {
            to: &address,
            method: Method::Get,
            headers: Vec::new(),
        });
        let Err(error) = asked else { panic!("somebody answered") };
        assert!(error.to_string().starts_with(&format!("{at} cannot be asked: ")), "{error}");
        assert!(Web::trusting(Some("no certificate")).is_err());
    }
}

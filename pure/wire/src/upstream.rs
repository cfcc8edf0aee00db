//! Logging in at a server, as the role of a lease.

use crate::backend::{Authentication, Backend};
use crate::cancel::CancelKey;
use crate::fields;
use crate::frame::Frame;
use crate::report::Report;
use crate::scram::client::{Hello, NotTrusted, Proven};
use crate::scram::server::Binding;
use crate::violation::Violation;
use pgward_credential::LoginPassword;

/// How far the login has come.
enum State {
    /// The StartupMessage was sent.
    Started,
    /// The first message of SCRAM was sent.
    Hello(Hello),
    /// The proof was sent.
    Proven(Proven),
    /// The server has proven itself, and has yet to say that all is well.
    Trusted,
    /// It was said; parameters and the key come.
    LetIn,
    /// It has ended, well or badly.
    Over,
}

/// What to do about a server's message.
pub enum Step {
    /// Nothing yet.
    Wait,
    /// Send this.
    Send(Vec<u8>),
    /// The session's parameter, or a remark about it: the client is to know it. It is the message as it came.
    Tell,
    /// The key to cancel with.
    Key(CancelKey),
    /// The session has begun.
    Ready,
}

/// Why the server does not let us in, or we not it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLetIn {
    /// It said no.
    #[error("the server refuses the session: {}", .0.message())]
    Refused(Report),
    /// It is not the server that knows this role's password.
    #[error(transparent)]
    NotTrusted(#[from] NotTrusted),
    /// It asks for something else than SCRAM: a password that would travel, or be seen by whoever listens.
    #[error("the server asks for authentication method {0}, the desk logs in with SCRAM-SHA-256 only")]
    Method(i32),
    /// It breaks the protocol.
    #[error(transparent)]
    Violation(#[from] Violation),
}

/// A login at a server.
pub struct Upstream<'a> {
    state: State,
    password: &'a LoginPassword,
    nonce: &'a str,
    binding: Binding<'a>,
}

impl<'a> Upstream<'a> {
    /// A login whose StartupMessage was sent. The nonce is fresh for every login.
    #[must_use]
    pub fn new(password: &'a LoginPassword, nonce: &'a str, binding: Binding<'a>) -> Upstream<'a> {
        Upstream { state: State::Started, password, nonce, binding }
    }

    /// Takes the server's next message.
    ///
    /// # Errors
    /// Everything in [`NotLetIn`]; the connection is of no use then.
    pub fn next(&mut self, frame: &Frame<'_>) -> Result<Step, NotLetIn> {
        let message = Backend::read(frame)?;
        match (std::mem::replace(&mut self.state, State::Over), message) {
            (_, Backend::Error(report)) => Err(NotLetIn::Refused(report)),
            // What the server remarks about the session: a name that it cuts off, a collation that has changed.
            (State::LetIn, Backend::Notice) => self.stay(Step::Tell),
            (state, Backend::Notice) => {
                self.state = state;
                Ok(Step::Wait)
            }
            (state, Backend::Authentication(step)) => self.authentication(state, step),
            (State::LetIn, Backend::ParameterStatus { .. }) => self.stay(Step::Tell),
            (State::LetIn, Backend::KeyData(key)) => self.stay(Step::Key(key)),
            (State::LetIn, Backend::Ready(_)) => Ok(Step::Ready),
            _ => Err(unexpected(frame.tag)),
        }
    }

    fn authentication(&mut self, state: State, step: Authentication<'_>) -> Result<Step, NotLetIn> {
        match (state, step) {
            (State::Started, Authentication::Sasl(offered)) => {
                let (hello, initial) = Hello::new(self.nonce, offered, self.binding)?;
                self.state = State::Hello(hello);
                Ok(Step::Send(sasl(&initial)))
            }
            (State::Hello(hello), Authentication::SaslContinue(challenge)) => {
                let (proven, response) = hello.answer(challenge, self.password)?;
                self.state = State::Proven(proven);
                Ok(Step::Send(sasl(response.as_bytes())))
            }
            (State::Proven(proven), Authentication::SaslFinal(last)) => {
                proven.end(last)?;
                self.state = State::Trusted;
                Ok(Step::Wait)
            }
            // INVARIANT: nobody is let in who has not proven itself: "all is well" right after the start is refused below.
            (State::Trusted, Authentication::Ok) => self.stay(Step::Wait),
            (State::Started, Authentication::Ok) => Err(NotLetIn::Method(0)),
            (State::Started, Authentication::Cleartext) => Err(NotLetIn::Method(3)),
            (State::Started, Authentication::Other(method)) => Err(NotLetIn::Method(method)),
            _ => Err(unexpected(b'R')),
        }
    }

    fn stay(&mut self, step: Step) -> Result<Step, NotLetIn> {
        self.state = State::LetIn;
        Ok(step)
    }
}

fn sasl(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    fields::write(&mut out, b'p', |body| body.extend_from_slice(content));
    out
}

fn unexpected(tag: u8) -> NotLetIn {
    Violation::Unexpected { tag, here: "from a server at this point of a login" }.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
    use super::{NotLetIn, Step, Upstream};
    use crate::backend::{Authentication, write_ready};
    use crate::cancel::CancelKey;
    use crate::frame::Frame;
    use crate::report::Report;
    use crate::scram::server::{Binding, Challenged};
    use crate::status::TransactionStatus;
    use pgward_credential::{ScramVerifier, Secret};
    use std::num::NonZeroU32;

    fn secret() -> Secret {
        Secret::new("pencil".to_owned())
    }

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = vec![];
        write(&mut out);
        out
    }

    fn next(upstream: &mut Upstream<'_>, whole: &[u8]) -> Result<Step, NotLetIn> {
        upstream.next(&Frame { tag: whole[0], whole })
    }

    #[test]
    fn a_server_that_knows_the_password_lets_us_in() {
        let password = secret().into();
        let mut upstream = Upstream::new(&password, "mine", Binding::None);
        let offer = written(|out| Authentication::Sasl(b"SCRAM-SHA-256\0\0").write(out));
        let Step::Send(initial) = next(&mut upstream, &offer).unwrap() else { panic!("no answer") };
        let verifier = ScramVerifier::derive(&secret(), [1; 16], NonZeroU32::MIN).unwrap();
        let (challenged, challenge) =
            Challenged::new(&initial[5..], verifier, "theirs", Binding::None).unwrap();
        let challenge = written(|out| Authentication::SaslContinue(challenge.as_bytes()).write(out));
        let Step::Send(response) = next(&mut upstream, &challenge).unwrap() else { panic!("no answer") };
        let signature = challenged.prove(&response[5..]).unwrap();
        let last = written(|out| Authentication::SaslFinal(signature.as_bytes()).write(out));
        assert!(matches!(next(&mut upstream, &last).unwrap(), Step::Wait));
        let remark = written(|out| Report::notice("from nobody that was let in").write_as_notice(out));
        assert!(matches!(next(&mut upstream, &remark).unwrap(), Step::Wait));
        let well = written(|out| Authentication::Ok.write(out));
        assert!(matches!(next(&mut upstream, &well).unwrap(), Step::Wait));
        assert!(matches!(next(&mut upstream, b"S\0\0\0\x08a\0b\0").unwrap(), Step::Tell));
        let remark = written(|out| Report::notice("the name is cut off").write_as_notice(out));
        assert!(matches!(next(&mut upstream, &remark).unwrap(), Step::Tell));
        let key = written(|out| CancelKey::new(9, vec![1; 4]).write(out));
        assert!(matches!(next(&mut upstream, &key).unwrap(), Step::Key(key) if key.process() == 9));
        let ready = written(|out| write_ready(out, TransactionStatus::Idle));
        assert!(matches!(next(&mut upstream, &ready).unwrap(), Step::Ready));
        assert!(next(&mut upstream, &ready).is_err());
    }

    #[track_caller]
    fn refused(whole: &[u8], words: &str) {
        let password = secret().into();
        let mut upstream = Upstream::new(&password, "mine", Binding::None);
        let Err(refused) = next(&mut upstream, whole) else { panic!("let in") };
        assert_eq!(refused.to_string(), words);
    }

    #[test]
    fn a_server_that_proves_nothing_is_not_used() {
        let only = |method: i32| {
            format!(
                "the server asks for authentication method {method}, the desk logs in with SCRAM-SHA-256 only"
            )
        };
        refused(&written(|out| Authentication::Ok.write(out)), &only(0));
        refused(&written(|out| Authentication::Cleartext.write(out)), &only(3));
        refused(&written(|out| Authentication::Other(5).write(out)), &only(5));
        refused(
            &written(|out| write_ready(out, TransactionStatus::Idle)),
            "message of type 'Z' is not expected from a server at this point of a login",
        );
        refused(
            &written(|out| Report::fatal("53300", "too many clients").write(out)),
            "the server refuses the session: too many clients",
        );
    }
}

//! Who is there? From the first byte of a connection to the proof of who it is.

use crate::lease::Lease;
use crate::office::Office;
use crate::stream::{Stream, receive, send};
use pgward_credential::ScramVerifier;
use pgward_secrets::random_bytes;
use pgward_wire::backend::Authentication;
use pgward_wire::cancel::CancelKey;
use pgward_wire::frame::{Framer, Piece, Side};
use pgward_wire::opening::{Encryption, NotOpened, Opened, Opening};
use pgward_wire::report::Report;
use pgward_wire::scram::message::nonce;
use pgward_wire::scram::server::{Binding, Challenged, NotProven};
use pgward_wire::startup::Startup;
use pgward_wire::version::Version;
use std::borrow::Borrow;
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Who a connection turned out to be.
pub(crate) enum Visitor {
    /// Somebody with a lease.
    Session(Box<Admitted>),
    /// Somebody who wants a statement cancelled.
    Cancel(CancelKey),
}

/// Somebody who has proven who they are.
pub(crate) struct Admitted {
    pub(crate) stream: Stream,
    /// What has come behind the proof.
    pub(crate) rest: Vec<u8>,
    pub(crate) lease: Arc<Lease>,
    pub(crate) startup: Startup,
    pub(crate) version: Version,
}

/// Why a connection got no further. Its last words were said already.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Turned {
    #[error("the connection broke, or stalled")]
    Broken(#[from] io::Error),
    #[error("refused: {0}")]
    Refused(String),
}

/// Finds out who is there.
pub(crate) async fn admit(tcp: TcpStream, office: &Office) -> Result<Visitor, Turned> {
    let opened = timeout(office.bounds.opening, open(tcp, office)).await.map_err(late)?;
    let (mut door, startup) = match opened? {
        Arrival::Cancel(key) => return Ok(Visitor::Cancel(key)),
        Arrival::Startup(door, startup) => (door, startup),
    };
    match timeout(office.bounds.login, log_in(&mut door, &startup, office)).await.map_err(late)? {
        Ok(lease) => {
            let Door { stream, bytes, .. } = door;
            let version = startup.version.spoken();
            Ok(Visitor::Session(Box::new(Admitted { stream, rest: bytes, lease, startup, version })))
        }
        Err(Refusal::Io(broken)) => Err(broken.into()),
        Err(Refusal::Report(report)) => Err(turn_away(&mut door, office, &report).await),
    }
}

/// A connection and what has come on it.
struct Door {
    stream: Stream,
    bytes: Vec<u8>,
}

enum Arrival {
    Cancel(CancelKey),
    Startup(Door, Startup),
}

enum Refusal {
    Io(io::Error),
    Report(Report),
}

impl From<io::Error> for Refusal {
    fn from(broken: io::Error) -> Refusal {
        Refusal::Io(broken)
    }
}

/// Up to the StartupMessage.
async fn open(tcp: TcpStream, office: &Office) -> Result<Arrival, Turned> {
    let mut opening = Opening::new(office.encryption);
    // TLS that begins at once is left to TLS to read; everything else is read here.
    let mut first = [0; 1];
    tcp.peek(&mut first).await?;
    if let Ok(Opened::Tls(_, None)) = opening.clone().next(&first) {
        opening.next(&first).map_err(|refused| Turned::Refused(refused.to_string()))?;
        let door = Door { stream: Stream::Plain(tcp), bytes: Vec::new() };
        let door = encrypt(door, None, &mut opening, office).await?;
        return begin(door, opening, office).await;
    }
    begin(Door { stream: Stream::Plain(tcp), bytes: Vec::new() }, opening, office).await
}

/// The packets before the StartupMessage, and the StartupMessage.
async fn begin(mut door: Door, mut opening: Opening, office: &Office) -> Result<Arrival, Turned> {
    loop {
        let opened = match opening.next(&door.bytes) {
            Ok(opened) => opened,
            Err(refused) => return Err(turn_away(&mut door, office, &words(&refused)).await),
        };
        match opened {
            Opened::Wait(_) => more(&mut door).await?,
            Opened::Answer(length, byte) => {
                door.bytes.drain(..length);
                send(&mut door.stream, &[byte], office.bounds.opening).await?;
            }
            Opened::Tls(length, answer) => {
                door.bytes.drain(..length);
                door = encrypt(door, answer, &mut opening, office).await?;
            }
            Opened::Cancel(key) => return Ok(Arrival::Cancel(key)),
            Opened::Startup(length, startup) => {
                door.bytes.drain(..length);
                return Ok(Arrival::Startup(door, startup));
            }
        }
    }
}

/// The handshake of TLS, from its first byte on.
async fn encrypt(
    door: Door,
    answer: Option<u8>,
    opening: &mut Opening,
    office: &Office,
) -> Result<Door, Turned> {
    let (Stream::Plain(mut tcp), Some(identity)) = (door.stream, &office.identity) else {
        return Err(Turned::Refused("encryption inside of encryption".to_owned()));
    };
    if let Some(byte) = answer {
        send(&mut tcp, &[byte], office.bounds.opening).await?;
    }
    let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
    let encrypted = acceptor.accept(tcp).await?;
    let alpn = encrypted.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    let mut door = Door { stream: Stream::Client(Box::new(encrypted)), bytes: Vec::new() };
    match opening.encrypted(answer.is_none(), alpn.as_deref()) {
        Ok(()) => Ok(door),
        Err(refused) => Err(turn_away(&mut door, office, &words(&refused)).await),
    }
}

/// From the StartupMessage to the proof.
async fn log_in(door: &mut Door, startup: &Startup, office: &Office) -> Result<Arc<Lease>, Refusal> {
    let patience = office.bounds.login;
    let refused = |refused: NotProven| Refusal::Report(refused.report(&startup.user));
    let binding = match (&door.stream, office.identity.as_ref().and_then(|own| own.end_point.as_deref())) {
        (Stream::Client(_), Some(hash)) => Binding::EndPoint(hash),
        _ => Binding::None,
    };
    let mut out = Vec::new();
    if startup.version != startup.version.spoken() || !startup.unknown.is_empty() {
        startup.version.spoken().negotiate(&startup.unknown, &mut out);
    }
    Authentication::Sasl(binding.mechanisms()).write(&mut out);
    send(&mut door.stream, &out, patience).await?;

    let lease = office.leases.find(&startup.user, &startup.database).await;
    let lease = lease.filter(|lease| lease.ending.borrow().is_none());
    let known = match &lease {
        Some(lease) => Known::Lease(Arc::clone(lease)),
        None => Known::Nobody(Box::new(ScramVerifier::mock(
            &office.secret,
            &startup.user,
            ScramVerifier::ITERATIONS,
        ))),
    };
    let random =
        random_bytes().map_err(|error| Refusal::Report(Report::fatal("58000", error.to_string())))?;
    let initial = message(door).await?;
    let (challenged, challenge) =
        Challenged::new(body(&initial), known, &nonce(&random), binding).map_err(refused)?;
    let mut out = Vec::new();
    Authentication::SaslContinue(challenge.as_bytes()).write(&mut out);
    send(&mut door.stream, &out, patience).await?;

    let response = message(door).await?;
    let signature = challenged.prove(body(&response)).map_err(refused)?;
    // A stranger's verifier fits no password; this is the second thing that keeps one out.
    let lease = lease.ok_or(NotProven::Password).map_err(refused)?;
    let mut out = Vec::new();
    Authentication::SaslFinal(signature.as_bytes()).write(&mut out);
    Authentication::Ok.write(&mut out);
    send(&mut door.stream, &out, patience).await?;
    Ok(lease)
}

/// What a login is checked against.
enum Known {
    Lease(Arc<Lease>),
    Nobody(Box<ScramVerifier>),
}

impl Borrow<ScramVerifier> for Known {
    fn borrow(&self) -> &ScramVerifier {
        match self {
            Known::Lease(lease) => &lease.token,
            Known::Nobody(mock) => mock,
        }
    }
}

/// The next message of a login, from its type byte on.
async fn message(door: &mut Door) -> Result<Vec<u8>, Refusal> {
    let mut framer = Framer::new(Side::ClientLogin);
    loop {
        match framer.next(&door.bytes).map_err(|violation| Refusal::Report(Report::from(&violation)))? {
            Piece::Look(length) => {
                let rest = door.bytes.split_off(length);
                return Ok(std::mem::replace(&mut door.bytes, rest));
            }
            Piece::Wait(_) | Piece::Pass(_) => more(door).await?,
        }
    }
}

fn body(message: &[u8]) -> &[u8] {
    message.get(5..).unwrap_or_default()
}

async fn more(door: &mut Door) -> io::Result<()> {
    match receive(&mut door.stream, &mut door.bytes).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

fn words(refused: &NotOpened) -> Report {
    let report = Report::fatal(refused.code(), refused.to_string());
    match refused {
        NotOpened::Unencrypted => report.hint("Connect with sslmode=require or better."),
        _ => report,
    }
}

async fn turn_away(door: &mut Door, office: &Office, report: &Report) -> Turned {
    let mut out = Vec::new();
    report.write(&mut out);
    // Whoever is turned away may be gone already.
    let _ = send(&mut door.stream, &out, office.bounds.opening).await;
    Turned::Refused(report.message().to_owned())
}

fn late(elapsed: tokio::time::error::Elapsed) -> Turned {
    Turned::Broken(elapsed.into())
}

/// Whether sessions are encrypted at this address.
pub(crate) fn encryption(is_loopback: bool, has_identity: bool) -> Option<Encryption> {
    match (is_loopback, has_identity) {
        (true, true) => Some(Encryption::Offered),
        (true, false) => Some(Encryption::Unavailable),
        (false, true) => Some(Encryption::Required),
        (false, false) => None,
    }
}

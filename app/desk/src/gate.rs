//! Who is there? From the first byte of a connection to the proof of who it is.

use crate::decision::Entry;
use crate::ending::End;
use crate::lease::{Found, Lease};
use crate::office::Office;
use crate::stream::{Stream, receive, send};
use pgward_credential::ScramVerifier;
use pgward_identity::token::PREFIX as TOKEN_PREFIX;
use pgward_ledger::canonical::Canonical;
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
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
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
pub(crate) async fn admit(tcp: TcpStream, from: IpAddr, office: &Office) -> Result<Visitor, Turned> {
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
        Err(Refusal::Report(report)) => {
            note(&startup, from, None, &report, office);
            Err(turn_away(&mut door, office, &report).await)
        }
        Err(Refusal::Closed(found, report)) => {
            note(&startup, from, Some(&found), &report, office);
            Err(turn_away(&mut door, office, &report).await)
        }
    }
}

/// Writes down that somebody was not let in: who they said they were, and who they are where they have proven it.
fn note(startup: &Startup, from: IpAddr, found: Option<&Found>, report: &Report, office: &Office) {
    if !office.misses.count(from, Instant::now()) {
        return;
    }
    let members = [
        ("user", Canonical::from(claimed(&startup.user))),
        ("database", Canonical::from(claimed(&startup.database))),
        ("address", Canonical::from(from.to_string())),
        ("sqlstate", Canonical::from(report.code())),
        ("because", Canonical::from(claimed_in(report.message(), startup))),
    ];
    let mut entry = Entry::of_the_desk("login.failed", members);
    if let Some(found) = found {
        let (person, lease) = found.whose();
        entry.person = person.into();
        entry.lease = lease.into();
    }
    office.ledger.happened(vec![entry]);
}

/// A name as somebody says it. A token in its place is a slip that happens, and nobody's to read.
fn claimed(name: &str) -> String {
    if name.contains(TOKEN_PREFIX) {
        return "(a token)".to_owned();
    }
    name.chars().take(CLAIMED_MAX).collect()
}

/// A complaint, with the name that it repeats as that is written down.
fn claimed_in(complaint: &str, startup: &Startup) -> String {
    match startup.user.as_str() {
        "" => complaint.to_owned(),
        user => complaint.replace(user, &claimed(user)),
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
    /// Somebody who has proven whose lease it is, and may not come in.
    Closed(Arc<Found>, Report),
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

    let known = match office.leases.find(&startup.user, &startup.database).await {
        Some(found) => Known::Somebody(Arc::new(found)),
        None => Known::Nobody(Arc::new(ScramVerifier::mock(
            &office.secret,
            &startup.user,
            ScramVerifier::ITERATIONS,
        ))),
    };
    let random =
        random_bytes().map_err(|error| Refusal::Report(Report::fatal("58000", error.to_string())))?;
    let initial = message(door).await?;
    let (challenged, challenge) =
        Challenged::new(body(&initial), known.clone(), &nonce(&random), binding).map_err(refused)?;
    let mut out = Vec::new();
    Authentication::SaslContinue(challenge.as_bytes()).write(&mut out);
    send(&mut door.stream, &out, patience).await?;

    let response = message(door).await?;
    let signature = challenged.prove(body(&response)).map_err(refused)?;
    // A stranger's verifier fits no password; this is the second thing that keeps one out.
    let Known::Somebody(found) = known else { return Err(refused(NotProven::Password)) };
    let found = made(found, startup, office).await;
    let mut out = Vec::new();
    Authentication::SaslFinal(signature.as_bytes()).write(&mut out);
    let let_in = let_in(&found);
    if let_in.is_ok() {
        Authentication::Ok.write(&mut out);
    }
    send(&mut door.stream, &out, patience).await?;
    let_in.map_err(|report| Refusal::Closed(found, report))
}

/// What a lease is once its role is made; what it is now where that takes too long. A client that connects in the moment after its
/// request was granted has nothing to try again.
async fn made(found: Arc<Found>, startup: &Startup, office: &Office) -> Arc<Found> {
    let mut now = found;
    let coming = async {
        while now.is_coming() {
            sleep(LOOK_AGAIN).await;
            match office.leases.find(&startup.user, &startup.database).await {
                // The name of a user is the name of a lease: what was proven holds for what is found under it.
                Some(next) => now = Arc::new(next),
                None => return,
            }
        }
    };
    // Late is as good as never: what it is by then is what is told.
    let _ = timeout(office.bounds.making, coming).await;
    now
}

/// Whether somebody who has proven whose lease it is may come in, and if not, why.
fn let_in(found: &Found) -> Result<Arc<Lease>, Report> {
    match found {
        Found::Closed(closed) => Err(closed.told.clone()),
        Found::InForce(lease) => match lease.ending.borrow().clone() {
            Some(reason) => Err(End::LeaseEnded(reason).words(lease)),
            None => Ok(Arc::clone(lease)),
        },
    }
}

/// What a login is checked against.
#[derive(Clone)]
enum Known {
    Somebody(Arc<Found>),
    Nobody(Arc<ScramVerifier>),
}

impl Borrow<ScramVerifier> for Known {
    fn borrow(&self) -> &ScramVerifier {
        match self {
            Known::Somebody(found) => found.verifier(),
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

/// How often a lease whose role is being made is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Of a name that somebody claims so much is written down.
const CLAIMED_MAX: usize = 63;

/// Whether sessions are encrypted at this address.
pub(crate) fn encryption(is_loopback: bool, has_identity: bool) -> Option<Encryption> {
    match (is_loopback, has_identity) {
        (true, true) => Some(Encryption::Offered),
        (true, false) => Some(Encryption::Unavailable),
        (false, true) => Some(Encryption::Required),
        (false, false) => None,
    }
}

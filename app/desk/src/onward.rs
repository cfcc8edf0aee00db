//! The connection to the server, as the role of a lease.

use crate::identity::end_point;
use crate::lease::Lease;
use crate::opened::Opening;
use crate::server::Server;
use crate::stream::{Stream, receive, send};
use pgward_postgres::connect::socket::Address;
use pgward_secrets::{RandomError, random_bytes};
use pgward_wire::cancel::CancelKey;
use pgward_wire::frame::{Frame, Framer, Piece, Side};
use pgward_wire::opening::SSL_REQUEST;
use pgward_wire::scram::message::nonce;
use pgward_wire::scram::server::Binding;
use pgward_wire::startup::Startup;
use pgward_wire::upstream::{NotLetIn, Step, Upstream};
use pgward_wire::violation::Violation;
use pgward_wire::watch::Watch;
use std::io;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

/// A session at the server that has just begun.
pub(crate) struct Onward {
    pub(crate) stream: Stream,
    /// What the server has sent behind its first ReadyForQuery.
    pub(crate) rest: Vec<u8>,
    /// The parameters that the client is to know, as messages.
    pub(crate) told: Vec<u8>,
    pub(crate) key: CancelKey,
    pub(crate) watch: Watch,
}

/// Why there is no session at the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OnwardError {
    #[error("cannot reach the database server")]
    Unreachable(#[source] io::Error),
    #[error("the database server does not speak TLS, and is not on this machine")]
    NoTls,
    #[error("the connection to the database server broke while logging in")]
    Broken(#[from] io::Error),
    #[error(transparent)]
    NotLetIn(#[from] NotLetIn),
    #[error("the database server gave no key to cancel with")]
    NoKey,
    #[error("the database server took too long to let the desk in")]
    Late,
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Logs in as the lease's role, with these settings.
pub(crate) async fn connect(
    lease: &Lease,
    server: &Server,
    settings: &[(String, String)],
    patience: Duration,
    opening: &Opening,
) -> Result<Onward, OnwardError> {
    let connecting = async {
        let (mut stream, bound) = open(server).await?;
        let mut out = Vec::new();
        Startup::write(&lease.role, &lease.database, settings, &mut out);
        send(&mut stream, &out, patience).await?;
        log_in(lease, stream, bound.as_deref(), patience, opening).await
    };
    tokio::time::timeout(patience, connecting).await.unwrap_or(Err(OnwardError::Late))
}

/// Asks the server to cancel what a session runs; it answers by hanging up.
pub(crate) async fn cancel(server: &Server, key: &CancelKey) -> Result<(), OnwardError> {
    let (mut stream, _) = open(server).await?;
    let mut out = Vec::new();
    key.write_request(&mut out);
    send(&mut stream, &out, CANCEL_PATIENCE).await?;
    // The server has dealt with it when it closes the connection.
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// A connection, encrypted where the lease says how, with the hash of the server's certificate.
async fn open(server: &Server) -> Result<(Stream, Option<Vec<u8>>), OnwardError> {
    let address = match &server.address {
        Address::Tcp(address) => address,
        // What goes over it does not leave the machine.
        Address::Unix(path) => {
            let socket = UnixStream::connect(path).await.map_err(OnwardError::Unreachable)?;
            return Ok((Stream::Socket(socket), None));
        }
    };
    let mut tcp = TcpStream::connect(address).await.map_err(OnwardError::Unreachable)?;
    tcp.set_nodelay(true)?;
    let Some(tls) = &server.tls else {
        return if address.ip().is_loopback() {
            Ok((Stream::Plain(tcp), None))
        } else {
            Err(OnwardError::NoTls)
        };
    };
    let request = [8_u32.to_be_bytes(), SSL_REQUEST.to_be_bytes()].concat();
    send(&mut tcp, &request, CANCEL_PATIENCE).await?;
    // One byte and no more is read before the handshake: nothing can be put in front of it.
    if tcp.read_u8().await? != b'S' {
        return Err(OnwardError::NoTls);
    }
    let connector = TlsConnector::from(std::sync::Arc::clone(&tls.config));
    let stream = connector.connect(tls.name.clone(), tcp).await?;
    let certificates = stream.get_ref().1.peer_certificates();
    let bound = certificates.and_then(<[_]>::first).and_then(end_point);
    Ok((Stream::Server(Box::new(stream)), bound))
}

async fn log_in(
    lease: &Lease,
    mut stream: Stream,
    bound: Option<&[u8]>,
    patience: Duration,
    opening: &Opening,
) -> Result<Onward, OnwardError> {
    let nonce = nonce(&random_bytes()?);
    let binding = bound.map_or(Binding::None, Binding::EndPoint);
    let mut upstream = Upstream::new(&lease.password, &nonce, binding);
    let (mut framer, mut bytes) = (Framer::new(Side::ServerLogin), Vec::new());
    let (mut told, mut key, mut watch) = (Vec::new(), None, Watch::new(&lease.role));
    loop {
        let length = match framer.next(&bytes).map_err(NotLetIn::from)? {
            Piece::Look(length) => length,
            Piece::Wait(_) | Piece::Pass(_) => {
                if receive(&mut stream, &mut bytes).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
                continue;
            }
        };
        let rest = bytes.split_off(length);
        let whole = std::mem::replace(&mut bytes, rest);
        let frame = Frame { tag: whole.first().copied().unwrap_or_default(), whole: &whole };
        match upstream.next(&frame)? {
            Step::Wait => {}
            Step::Send(out) => send(&mut stream, &out, patience).await?,
            Step::Key(given) => {
                opening.reached(&lease.role, given.process());
                key = Some(given);
            }
            Step::Tell => {
                tell(&mut watch, &frame).map_err(NotLetIn::from)?;
                told.extend_from_slice(&whole);
            }
            Step::Ready => {
                let key = key.ok_or(OnwardError::NoKey)?;
                return Ok(Onward { stream, rest: bytes, told, key, watch });
            }
        }
    }
}

/// The session begins as the role, and with texts that mean what they seem to.
fn tell(watch: &mut Watch, frame: &Frame<'_>) -> Result<(), Violation> {
    use pgward_wire::backend::Backend;
    match Backend::read(frame)? {
        Backend::ParameterStatus { name, value } => watch.reported(name, value),
        _ => Ok(()),
    }
}

/// For the few bytes of a request.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

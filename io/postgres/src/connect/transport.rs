//! The way to a server, encrypted or not, before PostgreSQL's protocol begins on it.

use crate::connect::socket::{Address, Socket};
use crate::connect::tls::TlsContext;
use crate::conninfo::choice::SslNegotiation;
use crate::conninfo::settings::TcpSettings;
use std::convert::Infallible;
use std::future::Ready;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What it takes to get to a server once more: to log in, and later to cancel.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) address: Address,
    pub(crate) tcp: TcpSettings,
    pub(crate) encryption: Encryption,
}

/// Whether the way is encrypted.
#[derive(Clone)]
pub(crate) enum Encryption {
    /// It is not.
    Never,
    /// It is where the server can.
    Offered(Tls),
    /// It is, or there is no way.
    Demanded(Tls),
}

/// How it is encrypted, and whose certificate is expected.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) context: TlsContext,
    pub(crate) server: String,
    pub(crate) negotiation: SslNegotiation,
}

/// Why there was no way.
#[derive(Debug)]
pub(crate) enum RouteError {
    Socket(io::Error),
    /// The server does not encrypt, and it had to.
    NotOffered,
    Handshake(io::Error),
}

impl Route {
    pub(crate) async fn open(&self) -> Result<Transport, RouteError> {
        let socket = self.address.open(&self.tcp).await.map_err(RouteError::Socket)?;
        match (socket, &self.encryption) {
            (Socket::Unix(socket), _) => Ok(Transport::Unix(socket)),
            (Socket::Tcp(socket), Encryption::Never) => Ok(Transport::Tcp(socket)),
            (Socket::Tcp(socket), Encryption::Offered(tls)) => tls.negotiate(socket, Refusal::Accepted).await,
            (Socket::Tcp(socket), Encryption::Demanded(tls)) => tls.negotiate(socket, Refusal::Fatal).await,
        }
    }
}

/// What it means when the server does not encrypt.
#[derive(PartialEq, Eq)]
enum Refusal {
    Accepted,
    Fatal,
}

impl Tls {
    async fn negotiate(&self, mut socket: TcpStream, refusal: Refusal) -> Result<Transport, RouteError> {
        if self.negotiation == SslNegotiation::Postgres
            && !ask(&mut socket).await.map_err(RouteError::Socket)?
        {
            return match refusal {
                Refusal::Accepted => Ok(Transport::Tcp(socket)),
                Refusal::Fatal => Err(RouteError::NotOffered),
            };
        }
        let mut connector = self.context.connector(self.negotiation);
        let handshake =
            <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::make_tls_connect(&mut connector, &self.server);
        let Ok(handshake) = handshake;
        let stream = handshake.connect(socket).await.map_err(RouteError::Handshake)?;
        Ok(Transport::Tls(Box::new(stream)))
    }
}

/// Asks whether the server encrypts. One byte is read and no more: what came after it unencrypted is left to the
/// handshake, which refuses it.
async fn ask(socket: &mut TcpStream) -> io::Result<bool> {
    socket.write_all(&SSL_REQUEST).await?;
    match socket.read_u8().await? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "this is not a PostgreSQL server")),
    }
}

/// Its length, and the code that is no protocol version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// An open way.
pub(crate) enum Transport {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<<MakeRustlsConnect as MakeTlsConnect<TcpStream>>::Stream>),
}

impl Transport {
    pub(crate) fn is_encrypted(&self) -> bool {
        matches!(self, Transport::Tls(_))
    }
}

macro_rules! through {
    ($self:ident.$poll:ident($($argument:expr),*)) => {
        match $self.get_mut() {
            Transport::Tcp(stream) => Pin::new(stream).$poll($($argument),*),
            Transport::Unix(stream) => Pin::new(stream).$poll($($argument),*),
            Transport::Tls(stream) => Pin::new(&mut **stream).$poll($($argument),*),
        }
    };
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        through!(self.poll_read(cx, buf))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        through!(self.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        through!(self.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        through!(self.poll_shutdown(cx))
    }
}

impl TlsStream for Transport {
    fn channel_binding(&self) -> ChannelBinding {
        match self {
            Transport::Tls(stream) => stream.channel_binding(),
            Transport::Tcp(_) | Transport::Unix(_) => ChannelBinding::none(),
        }
    }
}

/// Tells tokio-postgres that encryption is settled: the stream it is given is the one it talks on.
pub(crate) struct Settled;

impl<S: TlsStream + Unpin> TlsConnect<S> for Settled {
    type Stream = S;
    type Error = Infallible;
    type Future = Ready<Result<S, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        std::future::ready(Ok(stream))
    }
}

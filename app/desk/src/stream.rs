//! A connection, encrypted or not, and its two directions.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::error::Elapsed;
use tokio_rustls::{client, server};

/// A connection to a client or to a server.
pub(crate) enum Stream {
    Plain(TcpStream),
    Socket(UnixStream),
    Client(Box<server::TlsStream<TcpStream>>),
    Server(Box<client::TlsStream<TcpStream>>),
}

/// What comes.
pub(crate) type Reading = Box<dyn AsyncRead + Send + Unpin>;

/// What goes.
pub(crate) type Writing = Box<dyn AsyncWrite + Send + Unpin>;

impl Stream {
    /// Its two directions. Without encryption they share nothing.
    pub(crate) fn halves(self) -> (Reading, Writing) {
        match self {
            Stream::Plain(tcp) => {
                let (reading, writing) = tcp.into_split();
                (Box::new(reading), Box::new(writing))
            }
            Stream::Socket(socket) => {
                let (reading, writing) = socket.into_split();
                (Box::new(reading), Box::new(writing))
            }
            encrypted => {
                let (reading, writing) = tokio::io::split(encrypted);
                (Box::new(reading), Box::new(writing))
            }
        }
    }
}

/// Writes everything and sends it, or gives up on a peer that takes nothing for so long.
pub(crate) async fn send<W>(writing: &mut W, bytes: &[u8], patience: Duration) -> std::io::Result<()>
where
    W: AsyncWrite + Unpin + ?Sized,
{
    if bytes.is_empty() {
        return Ok(());
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = within(patience, writing.write(rest)).await??;
        if written == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        rest = rest.get(written..).unwrap_or_default();
    }
    within(patience, writing.flush()).await?
}

/// Waits no longer than this; what is done at once needs no clock.
async fn within<F: Future>(patience: Duration, doing: F) -> Result<F::Output, Elapsed> {
    let mut doing = pin!(doing);
    match poll_fn(|cx| Poll::Ready(doing.as_mut().poll(cx))).await {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => tokio::time::timeout(patience, doing).await,
    }
}

/// Reads what there is, behind what is there already. Nothing means that the peer has ended.
pub(crate) async fn receive(reading: &mut Stream, into: &mut Vec<u8>) -> std::io::Result<usize> {
    into.reserve(LOGIN_STEP);
    reading.take(LOGIN_STEP_U64).read_buf(into).await
}

const LOGIN_STEP: usize = 1024;
const LOGIN_STEP_U64: u64 = 1024;

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, into),
            Stream::Socket(stream) => Pin::new(stream).poll_read(cx, into),
            Stream::Client(stream) => Pin::new(stream).poll_read(cx, into),
            Stream::Server(stream) => Pin::new(stream).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Socket(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Client(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Server(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Socket(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Client(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Server(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Socket(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Client(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Server(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

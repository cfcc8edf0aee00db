//! Where the browser comes back to: one page on the loopback address, for as long as a login waits.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;

/// The page, before anybody came.
pub(crate) struct Callback {
    listener: TcpListener,
    at: SocketAddr,
}

/// What the browser brought back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) issuer: Option<String>,
}

impl Callback {
    pub(crate) fn listen(port: u16) -> io::Result<Callback> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let at = listener.local_addr()?;
        Ok(Callback { listener, at })
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}{PATH}", self.at)
    }

    /// Waits for a browser that brings back this state. Whoever else comes, comes in vain: other programs of this machine, and pages
    /// that were made to be opened here.
    pub(crate) fn wait(&self, state: &str, patience: Duration) -> io::Result<Option<Came>> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            match self.listener.accept() {
                Ok((stream, _)) => {
                    // Whoever comes and says nothing is not waited for longer than anybody.
                    if let Ok(Some(came)) = answer(stream, state, left.min(VISIT)) {
                        return Ok(Some(came));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(LOOK_AGAIN.min(left))
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn answer(mut stream: TcpStream, state: &str, patience: Duration) -> io::Result<Option<Came>> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let line = request_line(&mut stream, patience)?;
    let came = line.and_then(|line| came(&line, state));
    let (status, words) = match &came {
        Some(Came { code: Some(_), .. }) => {
            ("200 OK", "You can close this page: pgward goes on in the terminal.")
        }
        Some(_) => ("200 OK", "The login was refused: pgward says why in the terminal."),
        None => ("404 Not Found", "There is nothing here."),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
        cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n",
        words.len()
    );
    // The browser may be gone already; what it brought counts.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(words.as_bytes()));
    Ok(came)
}

/// The first line of what was asked, when all of its headers have come.
fn request_line(stream: &mut TcpStream, patience: Duration) -> io::Result<Option<String>> {
    let deadline = Instant::now() + patience;
    let (mut bytes, mut piece) = (Vec::new(), [0; 1024]);
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut piece)?;
        if read == 0 || bytes.len() > REQUEST_MAX || Instant::now() >= deadline {
            return Ok(None);
        }
        bytes.extend(piece.iter().take(read));
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.split("\r\n").next().map(str::to_owned))
}

fn came(line: &str, state: &str) -> Option<Came> {
    let asked = line.strip_prefix("GET ")?.split(' ').next()?;
    let (_, fields) = asked.split_once('?').filter(|(path, _)| *path == PATH)?;
    let (mut came, mut brought) = (Came::default(), None);
    for field in fields.split('&') {
        let (name, value) = field.split_once('=')?;
        let value = percent_decode_str(&value.replace('+', " ")).decode_utf8().ok()?.into_owned();
        let place = match name {
            "code" => &mut came.code,
            "error" => &mut came.error,
            "iss" => &mut came.issuer,
            "state" => &mut brought,
            _ => continue,
        };
        // Said twice, it could mean either.
        if place.replace(value).is_some() {
            return None;
        }
    }
    (brought.as_deref() == Some(state)).then_some(came)
}

const PATH: &str = "/callback";
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long one visit may take.
const VISIT: Duration = Duration::from_secs(5);
const REQUEST_MAX: usize = 16 << 10;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_who_brings_the_state_back_has_come() {
        let code = |line: &str| came(line, "s-1").map(|came| came.code.or(came.error).unwrap_or_default());
        assert_eq!(code("GET /callback?code=a%20b&state=s-1 HTTP/1.1").as_deref(), Some("a b"));
        assert_eq!(
            code("GET /callback?error=access_denied&state=s-1&iss=https%3A%2F%2Fx HTTP/1.1").as_deref(),
            Some("access_denied")
        );
        for other in [
            "GET /callback?code=a HTTP/1.1",
            "GET /callback?code=a&state=s-2 HTTP/1.1",
            "GET /callback?code=a&state=s-2&state=s-1 HTTP/1.1",
            "GET /callback?code=a&code=b&state=s-1 HTTP/1.1",
            "GET /other?code=a&state=s-1 HTTP/1.1",
            "POST /callback?code=a&state=s-1 HTTP/1.1",
            "GET /callback?code&state=s-1 HTTP/1.1",
            "",
        ] {
            assert_eq!(came(other, "s-1"), None, "{other}");
        }
    }

    #[test]
    fn who_comes_in_vain_stops_nobody() {
        let callback = Callback::listen(0).unwrap();
        let at = callback.at;
        let visitors = std::thread::spawn(move || {
            let mut told = Vec::new();
            for asked in [
                "GET / HTTP/1.1\r\n\r\n",
                "GET /callback?code=x&state=no HTTP/1.1\r\n\r\n",
                "GET /callback?code=c&state=s HTTP/1.1\r\n\r\n",
            ] {
                let mut stream = TcpStream::connect(at).unwrap();
                stream.write_all(asked.as_bytes()).unwrap();
                let mut text = String::new();
                stream.read_to_string(&mut text).unwrap();
                told.push(text.split("\r\n").next().unwrap().to_owned());
            }
            told
        });
        let came = callback.wait("s", Duration::from_secs(60)).unwrap().unwrap();
        assert_eq!(came.code.as_deref(), Some("c"));
        assert_eq!(
            visitors.join().unwrap(),
            ["HTTP/1.1 404 Not Found", "HTTP/1.1 404 Not Found", "HTTP/1.1 200 OK"]
        );
        assert!(Callback::listen(0).unwrap().wait("s", Duration::from_millis(50)).unwrap().is_none());
    }
}

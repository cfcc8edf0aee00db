//! What the server reports about itself and may not change: who the session is, and how its texts are to be read.

use crate::violation::Violation;

/// Watches the parameters that a server reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    role: String,
    /// What the server has said of it first.
    superuser: Option<Vec<u8>>,
    client: Encoding,
    server: Encoding,
    /// Whether the client's encoding has been another than UTF-8, or may be by now.
    doubts: bool,
}

/// An encoding, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    /// None: bytes are taken as they are.
    Ascii,
    Other,
}

impl Encoding {
    fn of(name: &[u8]) -> Encoding {
        match spelled(name).as_slice() {
            b"UTF8" | b"UNICODE" => Encoding::Utf8,
            b"SQLASCII" => Encoding::Ascii,
            _ => Encoding::Other,
        }
    }
}

impl Watch {
    /// A session that has logged in as this role.
    #[must_use]
    pub fn new(role: &str) -> Watch {
        let (client, server) = (Encoding::Utf8, Encoding::Utf8);
        Watch { role: role.to_owned(), superuser: None, client, server, doubts: false }
    }

    /// The client may have changed its encoding with what was sent and not answered yet.
    pub fn doubt(&mut self) {
        self.doubts = true;
    }

    /// Whether what the server has said last may not be what holds for what is sent now.
    #[must_use]
    pub fn doubts(&self) -> bool {
        self.doubts
    }

    /// Whether the server, as far as it has said, reads letters beyond ASCII as UTF-8 has them: as they are judged. In another encoding
    /// the same bytes are other letters, and a name is another name.
    #[must_use]
    pub fn reads_utf8(&self) -> bool {
        match self.client {
            Encoding::Utf8 => true,
            Encoding::Ascii => self.server != Encoding::Other,
            Encoding::Other => false,
        }
    }

    /// Takes a ParameterStatus.
    ///
    /// # Errors
    /// The session is somebody else from now on, or texts mean something else than the judge reads in them:
    /// without standard-conforming strings a backslash hides a quote, and in some encodings a letter does.
    pub fn reported(&mut self, name: &[u8], value: &[u8]) -> Result<(), Violation> {
        let escaped = |parameter: &'static str| {
            Err(Violation::Escaped { parameter, value: String::from_utf8_lossy(value).into_owned() })
        };
        match name {
            b"session_authorization" if value != self.role.as_bytes() => escaped("session_authorization"),
            b"standard_conforming_strings" if value != b"on" => escaped("standard_conforming_strings"),
            b"client_encoding" if !is_readable(value) => escaped("client_encoding"),
            b"client_encoding" => {
                self.client = Encoding::of(value);
                self.doubts |= self.client != Encoding::Utf8;
                Ok(())
            }
            b"server_encoding" => {
                self.server = Encoding::of(value);
                Ok(())
            }
            // A superuser may act as somebody else (SET ROLE), and go back to what it was; nobody may become one.
            b"is_superuser" => match self.superuser.get_or_insert_with(|| value.to_vec()).as_slice() {
                b"on" => Ok(()),
                began if began == value => Ok(()),
                _ => escaped("is_superuser"),
            },
            _ => Ok(()),
        }
    }
}

/// Whether, in texts of this encoding, a byte below 128 is always the ASCII character. It is not in the encodings of clients that
/// PostgreSQL itself does not allow on servers.
#[must_use]
pub fn is_readable(encoding: &[u8]) -> bool {
    let spelled = spelled(encoding);
    let exactly = |name: &&[u8]| spelled == **name;
    [b"UTF8".as_slice(), b"UNICODE", b"SQLASCII", b"KOI8R", b"KOI8U"].iter().any(exactly)
        || [b"LATIN".as_slice(), b"WIN125", b"WIN866", b"WIN874", b"ISO8859", b"EUC"]
            .iter()
            .any(|name| spelled.starts_with(name))
}

/// Whether this encoding is UTF-8.
#[must_use]
pub fn is_utf8(encoding: &[u8]) -> bool {
    Encoding::of(encoding) == Encoding::Utf8
}

/// As the server reads a name of an encoding: its letters and digits.
fn spelled(encoding: &[u8]) -> Vec<u8> {
    encoding.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Watch, is_readable};

    #[track_caller]
    fn check(name: &str, value: &str, told: Result<(), &str>) {
        let mut watch = Watch::new("pgward_l_1");
        let _ = watch.reported(b"is_superuser", b"off");
        let reported = watch.reported(name.as_bytes(), value.as_bytes());
        assert_eq!(reported.map_err(|violation| violation.to_string()), told.map_err(str::to_owned));
    }

    #[test]
    fn becoming_somebody_else_ends_the_session() {
        check("session_authorization", "pgward_l_1", Ok(()));
        check(
            "session_authorization",
            "postgres",
            Err(
                "the session's session_authorization was changed to \"postgres\", which the desk does not allow",
            ),
        );
        check("is_superuser", "off", Ok(()));
        check(
            "is_superuser",
            "on",
            Err("the session's is_superuser was changed to \"on\", which the desk does not allow"),
        );
    }

    #[test]
    fn a_superuser_may_act_as_somebody_else_and_come_back() {
        let mut watch = Watch::new("pgward_l_1");
        for value in [b"on".as_slice(), b"off", b"on"] {
            assert_eq!(watch.reported(b"is_superuser", value), Ok(()));
        }
    }

    #[test]
    fn texts_must_mean_what_the_judge_reads() {
        check("client_encoding", "UTF8", Ok(()));
        check("client_encoding", "LATIN1", Ok(()));
        check(
            "client_encoding",
            "SJIS",
            Err("the session's client_encoding was changed to \"SJIS\", which the desk does not allow"),
        );
        check(
            "standard_conforming_strings",
            "off",
            Err(
                "the session's standard_conforming_strings was changed to \"off\", which the desk does not allow",
            ),
        );
        check("TimeZone", "UTC", Ok(()));
    }

    #[test]
    fn the_encodings_that_hide_ascii_are_not_readable() {
        for encoding in ["BIG5", "GBK", "UHC", "GB18030", "SJIS", "SHIFT_JIS_2004", "JOHAB", "MULE_INTERNAL"]
        {
            assert!(!is_readable(encoding.as_bytes()), "{encoding}");
        }
        for encoding in ["utf-8", "UTF8", "sql_ascii", "EUC_JP", "win1252", "iso_8859_5", "KOI8R", "LATIN10"]
        {
            assert!(is_readable(encoding.as_bytes()), "{encoding}");
        }
    }
}

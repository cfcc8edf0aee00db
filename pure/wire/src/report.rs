//! ErrorResponse and NoticeResponse: fields with a letter each.

use crate::fields::{self, Fields};
use crate::violation::Violation;

/// An error or a notice, as the protocol carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    fields: Vec<(u8, String)>,
}

impl Report {
    /// An error that a session survives.
    #[must_use]
    pub fn error(code: &str, message: impl Into<String>) -> Report {
        Report::of("ERROR", code, message.into())
    }

    /// An error that ends the connection.
    #[must_use]
    pub fn fatal(code: &str, message: impl Into<String>) -> Report {
        Report::of("FATAL", code, message.into())
    }

    /// A word to the client, which changes nothing.
    #[must_use]
    pub fn notice(message: impl Into<String>) -> Report {
        Report::of("NOTICE", "00000", message.into())
    }

    fn of(severity: &str, code: &str, message: String) -> Report {
        let fields =
            [(SEVERITY_LOCAL, severity.to_owned()), (SEVERITY, severity.to_owned()), (CODE, code.to_owned())];
        Report { fields: fields.into_iter().chain([(MESSAGE, message)]).collect() }
    }

    /// With the facts.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Report {
        self.with(DETAIL, detail.into())
    }

    /// With advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Report {
        self.with(HINT, hint.into())
    }

    /// With the place in the statement, in characters from 1.
    #[must_use]
    pub fn position(self, position: usize) -> Report {
        self.with(POSITION, position.to_string())
    }

    /// Reads the body of an ErrorResponse or a NoticeResponse. Its texts are in the client's encoding: what is not UTF-8 is replaced.
    ///
    /// # Errors
    /// A field or the list of fields does not end.
    pub fn read(tag: u8, body: &[u8]) -> Result<Report, Violation> {
        let (mut read, mut fields) = (Fields::new(tag, body), Vec::new());
        loop {
            match read.byte()? {
                0 => break,
                letter => fields.push((letter, String::from_utf8_lossy(read.until_zero()?).into_owned())),
            }
        }
        read.end()?;
        Ok(Report { fields })
    }

    /// The error as another report tells it, with this one's severity: what the server did about it stays true.
    #[must_use]
    pub fn retold(&self, told: &Report) -> Report {
        let severity = |field: &&(u8, String)| matches!(field.0, SEVERITY | SEVERITY_LOCAL);
        let fields =
            self.fields.iter().filter(severity).chain(told.fields.iter().filter(|field| !severity(field)));
        Report { fields: fields.cloned().collect() }
    }

    /// The SQLSTATE, or nothing where the server left it out (CVE-2026-6666: a peer crashed).
    #[must_use]
    pub fn code(&self) -> &str {
        self.field(CODE)
    }

    /// The message, or nothing where the server left it out.
    #[must_use]
    pub fn message(&self) -> &str {
        self.field(MESSAGE)
    }

    /// One field by its letter, or nothing.
    #[must_use]
    pub fn field(&self, letter: u8) -> &str {
        self.fields.iter().find(|field| field.0 == letter).map_or("", |field| field.1.as_str())
    }

    /// Appends it as an ErrorResponse.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.write_as(b'E', out);
    }

    /// Appends it as a NoticeResponse.
    pub fn write_as_notice(&self, out: &mut Vec<u8>) {
        self.write_as(b'N', out);
    }

    fn write_as(&self, tag: u8, out: &mut Vec<u8>) {
        fields::write(out, tag, |body| {
            for (letter, text) in &self.fields {
                body.push(*letter);
                fields::write_text(body, text);
            }
            body.push(0);
        });
    }

    fn with(mut self, letter: u8, text: String) -> Report {
        self.fields.push((letter, text));
        self
    }
}

impl From<&Violation> for Report {
    /// The last words to whoever broke the protocol, as PostgreSQL would put them.
    fn from(violation: &Violation) -> Report {
        let code = match violation {
            Violation::Escaped { .. } => "42501",
            Violation::Length { .. } => "54000",
            _ => "08P01",
        };
        Report::fatal(code, violation.to_string())
    }
}

const SEVERITY_LOCAL: u8 = b'S';
const SEVERITY: u8 = b'V';
const CODE: u8 = b'C';
const MESSAGE: u8 = b'M';
const DETAIL: u8 = b'D';
const HINT: u8 = b'H';
const POSITION: u8 = b'P';

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::Report;

    #[test]
    fn what_is_written_is_read_again() {
        let report = Report::error("42501", "no").detail("because").hint("ask");
        let mut out = vec![];
        report.write(&mut out);
        assert_eq!(out, b"E\0\0\0\x2cSERROR\0VERROR\0C42501\0Mno\0Dbecause\0Hask\0\0");
        assert_eq!(Report::read(b'E', &out[5..]).unwrap(), report);
    }

    #[test]
    fn a_report_without_a_code_is_a_report() {
        assert_eq!(Report::read(b'E', b"Moops\0\0").unwrap().code(), "");
        assert!(Report::read(b'E', b"Moops\0").is_err());
    }

    #[test]
    fn retelling_keeps_the_severity() {
        let server = Report::read(b'E', b"SFATAL\0VFATAL\0C42601\0Msyntax\0P1\0\0").unwrap();
        let retold = server.retold(&Report::error("42501", "no"));
        assert_eq!((retold.field(b'V'), retold.code(), retold.field(b'P')), ("FATAL", "42501", ""));
    }
}

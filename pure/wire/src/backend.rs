//! What servers say, as far as it is looked at, and what a server says to let somebody in.

use crate::cancel::CancelKey;
use crate::fields::{self, Fields};
use crate::frame::Frame;
use crate::report::Report;
use crate::status::TransactionStatus;
use crate::violation::Violation;

/// A message of a server that is looked at.
pub enum Backend<'a> {
    /// A step of proving who one is.
    Authentication(Authentication<'a>),
    /// A parameter has this value.
    ParameterStatus {
        /// The parameter's name.
        name: &'a [u8],
        /// Its value.
        value: &'a [u8],
    },
    /// The key to cancel with.
    KeyData(CancelKey),
    /// A cycle is over.
    Ready(TransactionStatus),
    /// Something failed.
    Error(Report),
    /// Something to know.
    Notice,
    /// The server speaks an older protocol, or does not know an option.
    Negotiate,
    /// A Parse has succeeded.
    ParseComplete,
    /// A Bind has succeeded.
    BindComplete,
    /// A Close has succeeded.
    CloseComplete,
    /// A statement has succeeded, with its tag; an empty one has none.
    Complete(&'a [u8]),
    /// A portal has given as many rows as were asked for.
    Suspended,
    /// The client is to send rows.
    CopyIn,
    /// The server is about to send rows.
    CopyOut,
}

/// A step of proving who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication<'a> {
    /// All is well.
    Ok,
    /// The password as it is.
    Cleartext,
    /// SASL, with one of these mechanisms; each ends with a zero byte.
    Sasl(&'a [u8]),
    /// SASL goes on.
    SaslContinue(&'a [u8]),
    /// SASL ends.
    SaslFinal(&'a [u8]),
    /// Something else, by its number: MD5, GSSAPI, SSPI.
    Other(i32),
}

impl<'a> Backend<'a> {
    /// Reads a message that a [`crate::frame::Framer`] has brought out whole.
    ///
    /// # Errors
    /// Whatever does not have the form of its type.
    pub fn read(frame: &Frame<'a>) -> Result<Backend<'a>, Violation> {
        let mut fields = Fields::new(frame.tag, frame.body());
        Ok(match frame.tag {
            b'1' => Backend::ParseComplete,
            b'2' => Backend::BindComplete,
            b'3' => Backend::CloseComplete,
            b'C' => Backend::Complete(fields.until_zero()?),
            b'I' => Backend::Complete(b""),
            b's' => Backend::Suspended,
            b'G' => Backend::CopyIn,
            b'H' => Backend::CopyOut,
            b'E' => Backend::Error(Report::read(b'E', frame.body())?),
            b'Z' => Backend::Ready(
                TransactionStatus::from_letter(fields.byte()?)
                    .ok_or_else(|| fields.malformed("its transaction status is not known"))?,
            ),
            b'S' => Backend::ParameterStatus { name: fields.until_zero()?, value: fields.until_zero()? },
            b'K' => Backend::KeyData(CancelKey::read(&mut fields)?),
            b'R' => Backend::Authentication(authentication(&mut fields)?),
            b'N' => Backend::Notice,
            b'v' => Backend::Negotiate,
            tag => return Err(Violation::Unexpected { tag, here: "from a server" }),
        })
    }
}

fn authentication<'a>(fields: &mut Fields<'a>) -> Result<Authentication<'a>, Violation> {
    Ok(match fields.number()? {
        0 => Authentication::Ok,
        3 => Authentication::Cleartext,
        10 => Authentication::Sasl(fields.rest()),
        11 => Authentication::SaslContinue(fields.rest()),
        12 => Authentication::SaslFinal(fields.rest()),
        other => Authentication::Other(other),
    })
}

impl Authentication<'_> {
    /// Appends it. What is not SASL and not the end of it is never asked for here.
    pub fn write(self, out: &mut Vec<u8>) {
        let (number, content): (i32, &[u8]) = match self {
            Authentication::Ok => (0, b""),
            Authentication::Cleartext => (3, b""),
            Authentication::Sasl(mechanisms) => (10, mechanisms),
            Authentication::SaslContinue(message) => (11, message),
            Authentication::SaslFinal(message) => (12, message),
            Authentication::Other(number) => (number, b""),
        };
        fields::write(out, b'R', |body| {
            body.extend_from_slice(&number.to_be_bytes());
            body.extend_from_slice(content);
        });
    }
}

/// Appends a ReadyForQuery.
pub fn write_ready(out: &mut Vec<u8>, status: TransactionStatus) {
    fields::write(out, b'Z', |body| body.push(status.letter()));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Backend;
    use crate::fields::write;
    use crate::frame::Frame;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(tag in any::<u8>(), body in any::<Vec<u8>>()) {
            let mut whole = vec![];
            write(&mut whole, tag, |out| out.extend_from_slice(&body));
            let _ = Backend::read(&Frame { tag, whole: &whole });
        }
    }

    #[test]
    fn a_status_nobody_knows_is_a_violation() {
        let refused = Backend::read(&Frame { tag: b'Z', whole: b"Z\0\0\0\x05?" }).err().unwrap();
        assert_eq!(
            refused.to_string(),
            "message of type 'Z' is malformed: its transaction status is not known"
        );
    }
}

//! The keys that cancel requests bring. They are what a session's owner knows and nobody else.

use crate::fields;
use crate::fields::Fields;
use crate::violation::Violation;

/// Which session a cancel request is for.
///
/// Whoever has it can cancel: it has no Debug, so that no log does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CancelKey {
    process: i32,
    secret: Vec<u8>,
}

impl CancelKey {
    /// A key made of a process id and random bytes: four for protocol 3.0, up to 256 for 3.2.
    #[must_use]
    pub fn new(process: i32, secret: Vec<u8>) -> CancelKey {
        CancelKey { process, secret }
    }

    /// The process id that the client sees.
    #[must_use]
    pub fn process(&self) -> i32 {
        self.process
    }

    /// Reads what is behind the code of a CancelRequest, or the body of a BackendKeyData.
    ///
    /// # Errors
    /// A key of less than four or more than 256 bytes.
    pub fn read(fields: &mut Fields<'_>) -> Result<CancelKey, Violation> {
        let process = fields.number()?;
        let secret = fields.rest();
        if !(4..=256).contains(&secret.len()) {
            return Err(fields.malformed("a cancel key has 4 to 256 bytes"));
        }
        Ok(CancelKey { process, secret: fields.bytes(secret.len())?.to_vec() })
    }

    /// Appends it as a BackendKeyData.
    pub fn write(&self, out: &mut Vec<u8>) {
        fields::write(out, b'K', |body| self.write_fields(body));
    }

    /// Appends it as a CancelRequest.
    pub fn write_request(&self, out: &mut Vec<u8>) {
        fields::write_untagged(out, |body| {
            body.extend_from_slice(&CANCEL_REQUEST.to_be_bytes());
            self.write_fields(body);
        });
    }

    fn write_fields(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(&self.process.to_be_bytes());
        body.extend_from_slice(&self.secret);
    }
}

/// The code in place of a version that begins a CancelRequest.
pub const CANCEL_REQUEST: u32 = (1234 << 16) | 5678;

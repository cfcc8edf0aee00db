//! One row of an answer, read column by column.

use tokio_postgres::SimpleQueryRow;

use crate::inspect::failure::InspectError;

/// A row, and what its query reads.
pub(crate) struct Row<'a> {
    pub(crate) row: &'a SimpleQueryRow,
    pub(crate) reads: &'static str,
}

impl<'a> Row<'a> {
    /// A column that may be null.
    pub(crate) fn optional(&self, column: usize) -> Result<Option<&'a str>, InspectError> {
        if column >= self.row.len() {
            return Err(self.form(column, "missing"));
        }
        self.row.try_get(column).map_err(|_| self.not_utf8())
    }

    /// A column that is never null.
    pub(crate) fn text(&self, column: usize) -> Result<&'a str, InspectError> {
        self.optional(column)?.ok_or_else(|| self.form(column, "null"))
    }

    /// An oid, or any other number.
    pub(crate) fn number<N: std::str::FromStr>(&self, column: usize) -> Result<N, InspectError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| self.form(column, text))
    }

    /// Yes or no; null is no.
    pub(crate) fn flag(&self, column: usize) -> Result<bool, InspectError> {
        match self.optional(column)? {
            Some("t") => Ok(true),
            Some("f") | None => Ok(false),
            Some(other) => Err(self.form(column, other)),
        }
    }

    /// An oid array as text: `{0,16384}`.
    pub(crate) fn oids(&self, column: usize) -> Result<Vec<u32>, InspectError> {
        let text = self.text(column)?;
        let inner = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .ok_or_else(|| self.form(column, text))?;
        inner
            .split(',')
            .filter(|item| !item.is_empty())
            .map(|item| item.parse().map_err(|_| self.form(column, text)))
            .collect()
    }

    /// The error for bytes that no text is made of: a shared catalog has no encoding, and holds what each database put in.
    fn not_utf8(&self) -> InspectError {
        let first = self.row.try_get(0).ok().flatten().unwrap_or("unknown");
        InspectError::Garbled { reads: self.reads, oid: first.to_owned() }
    }

    /// The error for a column that does not hold what it should.
    pub(crate) fn form(&self, column: usize, value: &str) -> InspectError {
        InspectError::Form { reads: self.reads, column, value: value.to_owned() }
    }
}

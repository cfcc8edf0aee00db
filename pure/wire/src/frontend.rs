//! What clients say in a session, as far as it needs a decision. Nothing is copied: texts and values stay in their message.

use crate::fields::{self, Fields};
use crate::frame::Frame;
use crate::violation::Violation;

/// A message of a client that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Frontend<'a> {
    /// Statements to run at once.
    Query {
        /// Their text, in the client's encoding.
        text: &'a [u8],
    },
    /// A statement to prepare.
    Parse {
        /// The statement's name; the unnamed one is empty.
        name: &'a [u8],
        /// Its text, in the client's encoding.
        text: &'a [u8],
        /// The OIDs of its parameters' types; 0 where the server is to find out.
        types: Vec<u32>,
    },
    /// Values for a prepared statement.
    Bind(Bind<'a>),
    /// A portal to run.
    Execute {
        /// The portal's name.
        portal: &'a [u8],
        /// How many rows at most; 0 is all of them.
        rows: i32,
    },
    /// A statement or a portal to forget.
    Close(Named<'a>),
    /// A function to call without a statement ("fast path").
    FunctionCall(Call<'a>),
    /// The end of a cycle of the extended protocol.
    Sync,
    /// The end of the rows of a COPY FROM STDIN, good or bad.
    CopyEnd,
    /// The end of the session.
    Terminate,
}

/// A statement or a portal, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// A prepared statement.
    Statement(&'a [u8]),
    /// A portal.
    Portal(&'a [u8]),
}

/// Values for a prepared statement, and how they are spelled.
#[derive(Debug, Clone, PartialEq)]
pub struct Bind<'a> {
    /// The portal that is made.
    pub portal: &'a [u8],
    /// The statement it is made of.
    pub statement: &'a [u8],
    values: Values<'a>,
}

/// A function that is called by its OID, without a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<'a> {
    /// The function's OID.
    pub function: u32,
    arguments: Values<'a>,
}

/// Values and how they are spelled.
#[derive(Debug, Clone, PartialEq)]
struct Values<'a> {
    /// Whether each value is text (0) or binary (1); one for all of them, or none where all are text.
    formats: Vec<u16>,
    values: Vec<Option<&'a [u8]>>,
}

/// One parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// As people write it.
    Text(&'a [u8]),
    /// As the type's binary form has it.
    Binary(&'a [u8]),
}

impl<'a> Bind<'a> {
    /// The parameters' values, from `$1` on.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        self.values.each()
    }
}

impl<'a> Call<'a> {
    /// The arguments.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        self.arguments.each()
    }
}

impl<'a> Values<'a> {
    fn read(fields: &mut Fields<'a>) -> Result<Values<'a>, Violation> {
        let formats = many(fields, Fields::count)?;
        if formats.iter().any(|format| *format > 1) {
            return Err(fields.malformed("a parameter is neither text nor binary"));
        }
        let values = many(fields, Fields::value)?;
        if formats.len() > 1 && formats.len() != values.len() {
            return Err(fields.malformed("it has not as many parameter formats as parameters"));
        }
        Ok(Values { formats, values })
    }

    fn each(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        self.values.iter().enumerate().map(|(position, value)| {
            let format = match self.formats.as_slice() {
                [all] => *all,
                each => each.get(position).copied().unwrap_or(0),
            };
            match value {
                None => Value::Null,
                Some(bytes) if format == 0 => Value::Text(bytes),
                Some(bytes) => Value::Binary(bytes),
            }
        })
    }
}

impl<'a> Frontend<'a> {
    /// Reads a message that a [`crate::frame::Framer`] has brought out whole.
    ///
    /// # Errors
    /// Whatever does not have the form of its type to its last byte.
    pub fn read(frame: &Frame<'a>) -> Result<Frontend<'a>, Violation> {
        let mut fields = Fields::new(frame.tag, frame.body());
        let message = match frame.tag {
            b'Q' => Frontend::Query { text: fields.until_zero()? },
            b'P' => Frontend::Parse {
                name: fields.until_zero()?,
                text: fields.until_zero()?,
                types: many(&mut fields, |fields| fields.number().map(i32::cast_unsigned))?,
            },
            b'B' => Frontend::Bind(bind(&mut fields)?),
            b'E' => Frontend::Execute { portal: fields.until_zero()?, rows: fields.number()? },
            b'C' => Frontend::Close(named(&mut fields)?),
            b'F' => Frontend::FunctionCall(call(&mut fields)?),
            b'S' => Frontend::Sync,
            b'c' => Frontend::CopyEnd,
            b'f' => {
                fields.until_zero()?;
                Frontend::CopyEnd
            }
            b'X' => Frontend::Terminate,
            tag => return Err(Violation::Unexpected { tag, here: "from a client in a session" }),
        };
        fields.end()?;
        Ok(message)
    }
}

fn named<'a>(fields: &mut Fields<'a>) -> Result<Named<'a>, Violation> {
    match fields.byte()? {
        b'S' => Ok(Named::Statement(fields.until_zero()?)),
        b'P' => Ok(Named::Portal(fields.until_zero()?)),
        _ => Err(fields.malformed("it is about neither a statement nor a portal")),
    }
}

fn bind<'a>(fields: &mut Fields<'a>) -> Result<Bind<'a>, Violation> {
    let (portal, statement) = (fields.until_zero()?, fields.until_zero()?);
    let values = Values::read(fields)?;
    many(fields, Fields::count)?;
    Ok(Bind { portal, statement, values })
}

fn call<'a>(fields: &mut Fields<'a>) -> Result<Call<'a>, Violation> {
    let function = fields.number()?.cast_unsigned();
    let arguments = Values::read(fields)?;
    // How the result is to be spelled.
    fields.count()?;
    Ok(Call { function, arguments })
}

/// A count, and then so many of something. The list grows as its items are there: a count alone costs no memory.
fn many<'a, T>(
    fields: &mut Fields<'a>,
    one: impl Fn(&mut Fields<'a>) -> Result<T, Violation>,
) -> Result<Vec<T>, Violation> {
    let count = fields.count()?;
    (0..count).map(|_| one(fields)).collect()
}

/// Appends a Query.
pub fn write_query(out: &mut Vec<u8>, text: &str) {
    fields::write(out, b'Q', |body| fields::write_text(body, text));
}

/// Appends a Parse without types.
pub fn write_parse(out: &mut Vec<u8>, name: &str, text: &str) {
    fields::write(out, b'P', |body| {
        fields::write_text(body, name);
        fields::write_text(body, text);
        body.extend_from_slice(&[0, 0]);
    });
}

/// Appends a Flush.
pub fn write_flush(out: &mut Vec<u8>) {
    fields::write(out, b'H', |_| {});
}

/// Appends a Terminate.
pub fn write_terminate(out: &mut Vec<u8>) {
    fields::write(out, b'X', |_| {});
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Bind, Frontend, Value};
    use crate::fields::write;
    use crate::frame::Frame;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[track_caller]
    fn check(tag: u8, body: &[u8], told: Expect) {
        let mut whole = vec![];
        write(&mut whole, tag, |out| out.extend_from_slice(body));
        told.assert_eq(&match Frontend::read(&Frame { tag, whole: &whole }) {
            Ok(Frontend::Bind(bind)) => values(&bind),
            Ok(message) => format!("{message:?}"),
            Err(violation) => violation.to_string(),
        });
    }

    fn values(bind: &Bind<'_>) -> String {
        bind.values()
            .map(|value| match value {
                Value::Null => "NULL".to_owned(),
                Value::Text(bytes) => format!("'{}'", String::from_utf8_lossy(bytes)),
                Value::Binary(bytes) => format!("{bytes:?}"),
            })
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn a_query_ends_where_its_message_ends() {
        check(b'Q', b"a\0", expect!["Query { text: [97] }"]);
        check(
            b'Q',
            b"select 1\0; drop table t\0",
            expect!["message of type 'Q' is malformed: there are bytes behind its last field"],
        );
        check(b'Q', b"select 1", expect!["message of type 'Q' is malformed: a text does not end"]);
    }

    #[test]
    fn values_are_read_in_their_formats() {
        check(b'B', b"p\0s\0\0\0\0\x02\0\0\0\x01x\xff\xff\xff\xff\0\0", expect!["'x', NULL"]);
        check(b'B', b"p\0s\0\0\x01\0\x01\0\x02\0\0\0\x01\x07\0\0\0\0\0\0", expect!["[7], []"]);
        check(b'B', b"p\0s\0\0\x02\0\x00\0\x01\0\x02\0\0\0\x01x\0\0\0\x01\x07\0\0", expect!["'x', [7]"]);
        check(
            b'B',
            b"p\0s\0\0\x03\0\0\0\0\0\0\0\0\0\0",
            expect!["message of type 'B' is malformed: it has not as many parameter formats as parameters"],
        );
        check(
            b'B',
            b"p\0s\0\0\x01\0\x02\0\0\0\0",
            expect!["message of type 'B' is malformed: a parameter is neither text nor binary"],
        );
    }

    #[test]
    fn a_count_without_its_items_is_refused() {
        check(
            b'P',
            b"s\0select 1\0\xff\xff\0\0",
            expect!["message of type 'P' is malformed: it ends in the middle of a field"],
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(tag in any::<u8>(), body in any::<Vec<u8>>()) {
            let mut whole = vec![];
            write(&mut whole, tag, |out| out.extend_from_slice(&body));
            let _ = Frontend::read(&Frame { tag, whole: &whole });
        }
    }
}

//! Texts that people wrote: sources, comments, commands. In a database without an encoding they may be any bytes.

use tokio_postgres::Client;

use crate::inspect::InspectError;
use crate::inspect::server::Server;

/// How a text is asked for in the database of a session.
#[derive(Clone, Copy)]
pub(super) enum Texts {
    /// The server converts it to UTF-8.
    Converted,
    /// SQL_ASCII: nobody knows what the bytes mean; those that are not ASCII come as `\303`.
    Escaped,
}

impl Texts {
    /// Looks at the encoding of the database.
    pub(super) async fn of(client: &Client) -> Result<Texts, InspectError> {
        let server = Server::look(client).await?;
        Ok(if server.encoding == "SQL_ASCII" { Texts::Escaped } else { Texts::Converted })
    }

    /// SQL for the text of this expression, whose type is text.
    pub(super) fn sql(self, expression: &str) -> String {
        match self {
            Texts::Converted => expression.to_owned(),
            Texts::Escaped => {
                format!("pg_catalog.encode(pg_catalog.convert_to({expression}, 'SQL_ASCII'), 'escape')")
            }
        }
    }
}

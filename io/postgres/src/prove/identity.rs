//! Taking a role's identity.

use pgward_catalog::name::RoleName;
use pgward_proof::outcome::Via;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::prove::failure::ProveError;

/// Who runs the proof, and by which way it becomes others.
pub(crate) struct Prover {
    pub(crate) name: RoleName,
    pub(crate) superuser: bool,
    bypasses_row_security: bool,
}

impl Prover {
    /// Asks the server who we are. Only who logged in as a superuser may SET SESSION AUTHORIZATION.
    pub(crate) async fn find(client: &Client) -> Result<Self, ProveError> {
        let sql =
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = session_user";
        let answer = client.simple_query(sql).await.map_err(|source| ProveError::Identity { source })?;
        let row = answer.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let name = row.as_ref().and_then(|row| row.get(0)).unwrap_or_default();
        let superuser = row.as_ref().and_then(|row| row.get(1)) == Some("t");
        let bypasses_row_security = row.as_ref().and_then(|row| row.get(2)) == Some("t");
        Ok(Self { name: RoleName::from(name), superuser, bypasses_row_security })
    }

    /// Whether it sees and writes rows as if there were no policies, where it has the privileges.
    pub(crate) fn is_free_of_row_security(&self) -> bool {
        self.superuser || self.bypasses_row_security
    }

    /// The way by which it becomes others.
    pub(crate) fn via(&self) -> Via {
        if self.superuser { Via::SessionAuthorization } else { Via::SetRole }
    }

    /// The statement that makes the session a role's, until the subtransaction ends.
    pub(crate) fn become_role(&self, role: &RoleName) -> String {
        let role = role.quoted();
        if self.superuser {
            format!("SET LOCAL SESSION AUTHORIZATION {role}")
        } else {
            format!("SET LOCAL ROLE {role}")
        }
    }

    /// The statements that make the session the prover's again. The default authorization comes with the role that a
    /// setting of the database names.
    pub(crate) fn become_itself(&self) -> &'static str {
        if self.superuser {
            "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE"
        } else {
            "SET LOCAL ROLE NONE"
        }
    }
}

//! What the borrower of a lease connects with: its verifier, kept before there is a lease to use it with.

use pgward_credential::ScramVerifier;
use pgward_lease::name::LeaseId;

use crate::database::DatabaseError;
use crate::leases::Leases;

impl Leases {
    /// Keeps the verifier of a lease's token. A lease has one token for as long as it lasts.
    ///
    /// # Errors
    /// The database refused, or the lease has one already.
    pub async fn keep_token(&mut self, id: &LeaseId, verifier: &ScramVerifier) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO lease_token (lease_id, verifier) VALUES ($1, $2)";
        self.database.execute(sql, &[id.as_str().into(), verifier.expose().into()]).await.map(drop)
    }

    /// The verifier of a lease's token, if it has one.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn token_of(&mut self, id: &LeaseId) -> Result<Option<ScramVerifier>, DatabaseError> {
        let sql = "SELECT verifier FROM lease_token WHERE lease_id = $1";
        let rows = self.database.rows(sql, &[id.as_str().into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let verifier = ScramVerifier::parse(&row.text(0, "verifier")?);
        verifier.map(Some).map_err(|_| DatabaseError::Kept { column: "verifier" })
    }
}

//! `pgward audit`: what is looked at, held against the contract where there is one. What is wrong with it is the rules' to say.

use pgward_audit::declared::Declared;
use pgward_audit::from_contract::declared;
use pgward_audit::study::Study;
use pgward_contract::diagnostic::Diagnostic;
use pgward_contract::model::contract::Contract;
use pgward_survey::Survey;

use crate::clock::Clock;
use crate::server::{Server, ServerError};

/// Everything an audit thinks about.
pub struct Surveyed {
    /// What was looked at.
    pub survey: Survey,
    /// What the contract says, where one was named.
    pub declared: Option<Declared>,
    /// What is wrong with the contract, as far as only a server shows it.
    pub diagnostics: Vec<Diagnostic>,
    /// The day of the audit.
    pub today: String,
}

/// Surveys the server, and holds the contract against it.
pub async fn survey(
    server: &Server,
    contract: Option<&Contract>,
    clock: &impl Clock,
) -> Result<Surveyed, ServerError> {
    let survey = server.survey().await?;
    let (declared, diagnostics) = match contract.map(|contract| declared(contract, &survey.catalog)) {
        Some((declared, diagnostics)) => (Some(declared), diagnostics),
        None => (None, Vec::new()),
    };
    let now = clock.now();
    let today = now.get(.."2026-11-22".len()).unwrap_or(&now).to_owned();
    Ok(Surveyed { survey, declared, diagnostics, today })
}

impl Surveyed {
    /// Thinks about it.
    pub fn study(&self) -> Study<'_> {
        Study::of(&self.survey, self.declared.as_ref(), &self.today)
    }
}

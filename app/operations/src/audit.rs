//! `pgward audit`: what is looked at, held against the contract where there is one. What is wrong with it is the rules' to say.

pub mod kept;

use std::path::Path;

use pgward_audit::check_set::check_set;
use pgward_audit::comparison::Comparison;
use pgward_audit::declared::Declared;
use pgward_audit::from_contract::declared;
use pgward_audit::report::about::About;
use pgward_audit::rules::RULES;
use pgward_audit::study::Study;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_contract::diagnostic::Diagnostic;
use pgward_contract::model::contract::Contract;
use pgward_postgres::inspect::InspectError;
use pgward_survey::Survey;

use crate::clock::Clock;
use crate::contract_file::ContractFile;
use crate::history::commit_of;
use crate::plan::digest;
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
    /// When it began, in RFC 3339 and UTC.
    pub time: String,
}

/// Surveys the server, and holds the contract against it.
pub async fn survey(
    server: &Server,
    contract: Option<&Contract>,
    clock: &impl Clock,
) -> Result<Surveyed, ServerError> {
    let time = clock.now();
    let survey = server.survey().await?;
    let (declared, diagnostics) = match contract.map(|contract| declared(contract, &survey.catalog)) {
        Some((declared, diagnostics)) => (Some(declared), diagnostics),
        None => (None, Vec::new()),
    };
    let today = time.get(.."2026-11-22".len()).unwrap_or(&time).to_owned();
    Ok(Surveyed { survey, declared, diagnostics, today, time })
}

impl Surveyed {
    /// Thinks about it.
    pub fn study(&self) -> Study<'_> {
        Study::of(&self.survey, self.declared.as_ref(), &self.today)
    }

    /// Thinks about what would be with the contract applied; none without a contract.
    pub fn comparison(&self) -> Option<Comparison> {
        let declared = self.declared.as_ref()?;
        Some(Comparison::of(&self.survey, declared, &self.today, RULES))
    }

    /// What it is of.
    ///
    /// # Errors
    /// The server could not be asked who it is.
    pub async fn about(
        &self,
        server: &Server,
        contract: Option<(&Path, &ContractFile)>,
    ) -> Result<About, InspectError> {
        let identity = server.identity().await?;
        let named = contract.and_then(|(_, file)| file.contract.cluster.as_ref());
        Ok(About {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            cluster: named.map(|name| name.as_str().to_owned()),
            contract: contract.map(|(path, _)| path.display().to_string()),
            contract_digest: contract.map(|(_, file)| digest(&file.sources)),
            commit: contract.and_then(|(path, _)| commit_of(path)),
            server_version: self.survey.catalog.version,
            system_identifier: identity.system_identifier.map(|number| number.to_string()),
            fingerprint: Fingerprint::of(&self.survey.catalog).to_string(),
            check_set: check_set(RULES),
            time: self.time.clone(),
        })
    }
}

//! What a desk stands on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use pgward_contract::model::desk_file::Durability as Written;
use pgward_credential::Secret;
use pgward_desk::announce::Ways;
use pgward_desk::identity::Identity;
use pgward_desk::recorder::Durability;
use pgward_lease::name::TargetName;
use pgward_operations::contract_file::ContractFile;
use pgward_operations::desk_setup::{DeskSetup, TargetServer};
use pgward_store::database::Place;
use pgward_store::ledger::witness::Witness;

use crate::exit::Failure;
use crate::output::Output;
use crate::verb::counter::setup_failure;

/// Everything that a desk needs but its contract.
pub(super) struct Stand {
    pub(super) listen: SocketAddr,
    pub(super) identity: Option<Identity>,
    pub(super) place: Place,
    pub(super) secret: Secret,
    pub(super) targets: BTreeMap<TargetName, TargetServer>,
    pub(super) ledger: PathBuf,
    pub(super) witnesses: Vec<Witness>,
    pub(super) durability: Durability,
    pub(super) ways: Ways,
}

impl Stand {
    /// What a desk's file says.
    pub(super) fn of(setup: &DeskSetup, file: &ContractFile, output: &mut Output) -> Result<Stand, Failure> {
        let mut wrong = |error| setup_failure(error, output);
        let identity = setup.identity().map_err(&mut wrong)?;
        let identity =
            identity.map(|(chain, key)| Identity::from_pem(chain.as_bytes(), key.expose().as_bytes()));
        Ok(Stand {
            listen: setup.listen().map_err(&mut wrong)?,
            identity: identity.transpose().map_err(|error| Failure::world(&error))?,
            place: setup.store().map_err(&mut wrong)?,
            targets: setup.targets(&file.contract).map_err(&mut wrong)?,
            // The last, as it may be made: of what is wrong with the rest, nothing stays behind.
            secret: setup.secret().map_err(&mut wrong)?,
            ledger: setup.ledger(),
            ways: {
                let (file, command) = setup.announce();
                Ways { file, command }
            },
            witnesses: setup.witnesses().map_err(&mut wrong)?,
            durability: match setup.durability() {
                Written::Strict => Durability::Strict,
                Written::Batched => Durability::Batched,
            },
        })
    }
}

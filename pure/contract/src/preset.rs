//! Turns presets into the ordinary entries they stand for.
//!
//! What a preset makes points at the preset, so that a diagnostic about it shows the line somebody wrote.

mod desk_tiers;
mod hierarchy;
mod making;
mod multi_tenant;
mod per_agent;
mod three_roles;

use crate::diagnostic::Report;
use crate::form::Form;
use crate::model::contract::Contract;
use crate::model::preset::Preset;
use crate::preset::making::Making;

/// `contract` with its presets replaced by what they stand for.
///
/// Where a preset and the contract say something about the same entry, lists and mappings are joined and anything
/// else is as the contract says; of two presets the later one wins.
pub fn expand(mut contract: Contract, report: &mut Report) -> Contract {
    // The desk's tiers look at what the others make of a database, so they come last.
    let (desks, models): (Vec<_>, Vec<_>) = std::mem::take(&mut contract.presets)
        .into_iter()
        .partition(|preset| matches!(preset.value, Preset::DeskTiers(_)));
    let mut made = Contract::default();
    for preset in models.iter().chain(&desks) {
        let lists_connect =
            |one: &Contract, name| one.databases.get(name).is_some_and(|database| database.connect.is_some());
        let mut making = Making::new(preset.span, report);
        match &preset.value {
            Preset::ThreeRoles(three) => three_roles::make(three, &mut making),
            Preset::PerAgent(agents) => per_agent::make(agents, &mut making),
            Preset::MultiTenant(tenants) => multi_tenant::make(tenants, &mut making),
            Preset::Hierarchy(hierarchy) => hierarchy::make(hierarchy, &mut making),
            Preset::DeskTiers(tiers) => {
                let name = &tiers.database.value;
                let is_listed = lists_connect(&contract, name) || lists_connect(&made, name);
                desk_tiers::make(tiers, is_listed, &mut making);
            }
        }
        made = making.finish().over(made);
    }
    contract.over(made)
}

#[cfg(test)]
mod tests;

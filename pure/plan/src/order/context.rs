//! What the order of statements has to know besides the catalog.

use pgward_catalog::name::RoleName;

/// Who will execute the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderContext {
    /// The role that is connected; what narrows it comes last.
    pub executor: Option<RoleName>,
}

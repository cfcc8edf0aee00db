//! Shapes while they are being read.

use std::collections::{BTreeSet, HashMap};

use pgward_catalog::object::ObjectKey;
use pgward_proof::shape::{LoginCode, RelationShape, RoutineShape};

use crate::inspect::InspectError;
use crate::inspect::row::Row;
use crate::shapes::unwrapped::Types;

/// What has been read so far, by oid.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) wanted: BTreeSet<ObjectKey>,
    pub(super) relations: HashMap<u32, (ObjectKey, RelationShape, Vec<LoginCode>)>,
    pub(super) routines: HashMap<u32, (ObjectKey, Option<RoutineShape>, Vec<LoginCode>)>,
    pub(super) event_code: Vec<LoginCode>,
    pub(super) types: Types,
}

impl Reading {
    /// The relation whose oid is the row's first column, if it is wanted.
    pub(super) fn relation(&mut self, row: &Row<'_>) -> Result<Option<&mut RelationShape>, InspectError> {
        let oid: u32 = row.number(0)?;
        Ok(self.relations.get_mut(&oid).map(|(_, shape, _)| shape))
    }
}

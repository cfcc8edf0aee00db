//! Where in the catalogs something is.

use std::collections::HashMap;

use pgward_catalog::object::ObjectKey;

/// Where something is: the oid of the catalog and its oid there.
pub(crate) type Place = (u32, u32);

/// What is where.
pub(crate) type Places = HashMap<Place, ObjectKey>;

/// `pg_class`.
pub(crate) const RELATIONS: u32 = 1259;

/// `pg_largeobject`: dependencies and initial privileges refer to it and not to the metadata.
pub(crate) const LARGE_OBJECTS: u32 = 2613;

/// Objects with smaller oids were made by initdb (`FirstNormalObjectId`).
pub(crate) const FIRST_NORMAL_OID: u32 = 16384;

//! Where in the catalogs something is.

/// Where something is: the oid of the catalog and its oid there.
pub(super) type Place = (u32, u32);

/// `pg_class`.
pub(super) const RELATIONS: u32 = 1259;

/// Objects with smaller oids were made by initdb (`FirstNormalObjectId`).
pub(super) const FIRST_NORMAL_OID: u32 = 16384;

//! Types, and what is under domains.

use std::collections::HashMap;
use std::sync::Arc;

use pgward_proof::shape::{TypeKind, TypeShape};

/// The types that columns and arguments have.
#[derive(Default)]
pub(super) struct Types {
    types: HashMap<u32, Type>,
}

/// One of them.
pub(super) struct Type {
    /// What a value of it looks like.
    pub(super) kind: TypeKind,
    /// For a domain: the type it is made on, as SQL text.
    pub(super) base: Option<Arc<str>>,
    /// What its domains say.
    pub(super) domain: Domain,
}

/// What the domains on the way from a type to its base say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Domain {
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    pub(super) constrained: bool,
}

impl Types {
    /// Takes in a type.
    pub(super) fn insert(&mut self, oid: u32, type_: Type) {
        self.types.insert(oid, type_);
    }

    /// The shape of a value of this type, which is written like this where it stands.
    pub(super) fn shape(&self, oid: u32, sql: &str) -> Option<TypeShape> {
        let type_ = self.types.get(&oid)?;
        let sql: Arc<str> = Arc::from(sql);
        Some(TypeShape {
            base: type_.base.clone().unwrap_or_else(|| sql.clone()),
            sql,
            kind: type_.kind.clone(),
            constrained: type_.domain.constrained,
        })
    }

    /// What its domains say of a type; nothing if it is not a domain.
    pub(super) fn domain(&self, oid: u32) -> Domain {
        self.types.get(&oid).map(|type_| type_.domain).unwrap_or_default()
    }
}

//! Interfaces: functions that do for a role what it may not do itself.

use crate::form::collection::Map;
use crate::form::record::record;
use crate::form::word::words;
use crate::model::grant::Grantee;
use crate::name::{RoleName, SchemaName};
use crate::source::span::Spanned;
use crate::text::{SettingName, SettingValue, Words};

words! {
    /// With whose rights a function runs.
    pub enum Security is "a security mode" {
        /// With its owner's (SECURITY DEFINER).
        Definer = "definer",
        /// With its caller's (SECURITY INVOKER).
        Invoker = "invoker",
    }
}

record! {
    /// A function that exists, with whose rights it runs and who may call it. Pgward does not write its body.
    pub struct Interface is "an interface": Default {
        /// Its owner, with whose rights it runs. Left alone where it is not written.
        owner: Option<Spanned<RoleName>>,
        /// With whose rights it runs.
        security: Security = Security::Definer,
        /// The schemas it looks into, in this order. A definer needs it, and the safe form ends with `pg_temp`.
        /// Example: `[pg_catalog, pg_temp]`
        search_path: Option<Vec<Spanned<SchemaName>>>,
        /// Other settings it runs with.
        settings: Map<SettingName, Spanned<SettingValue>>,
        /// Whether it is trusted to tell nothing about its arguments, so that row security lets it go first (LEAKPROOF).
        leakproof: bool = false,
        /// Who may call it. Complete: PUBLIC may not unless it is listed.
        execute: Vec<Spanned<Grantee>>,
        /// Why it is there: usually the place in the code that needs it.
        because: Option<Spanned<Words>>,
    }
}

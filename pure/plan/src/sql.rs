//! SQL text. Names and literals are quoted by the catalog's own functions, nowhere else.

pub(crate) mod default_privileges;
pub(crate) mod grant;
pub(crate) mod membership;
pub(crate) mod object;
pub(crate) mod policy;
pub(crate) mod role;
pub(crate) mod setting;

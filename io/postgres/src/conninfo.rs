//! Where to connect to and as whom, read the way libpq reads it.
//!
//! - [`settings`]: what it comes to, [`settings::ConnectionSettings`]
//! - [`uri`] and [`key_value`]: the two spellings of a connection string
//! - [`environment`], [`service_file`], [`passfile`]: what is not in the string
//! - [`parameters`]: the settings as texts, who gave them, which of them come first
//! - [`keyword`]: every setting libpq knows, and why some are refused
//! - [`host`], [`auth_methods`], [`choice`]: settings with a grammar of their own
//! - [`libpq`]: the same for PostgreSQL's own programs
//! - [`refusal`]: what can be wrong with all of them

pub mod auth_methods;
pub mod choice;
pub mod environment;
pub mod host;
pub mod key_value;
pub mod keyword;
pub mod libpq;
pub mod parameters;
pub mod passfile;
pub mod refusal;
pub mod service_file;
pub mod settings;
pub mod uri;

//! The contract as a whole.

use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::form::Form;
use crate::form::book::Book;
use crate::form::collection::Map;
use crate::form::record::record;
use crate::form::tree::Tree;
use crate::model::access::Access;
use crate::model::audit::Audit;
use crate::model::cluster::{ParameterGrant, ServerSettings, Tablespace};
use crate::model::database::Database;
use crate::model::preset::Preset;
use crate::model::role::{Retirement, Role};
use crate::model::scope::Scope;
use crate::name::{DatabaseName, Name, RoleName};
use crate::source::node::{Kind, Node, Style};
use crate::source::span::Spanned;

/// The version of the format; 1 is the only one there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Version;

impl Form for Version {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.kind {
            Kind::Scalar(scalar) if scalar.style == Style::Plain && scalar.text == "1" => Some(Version),
            _ => {
                report.add(
                    Diagnostic::error(
                        Code::UnknownVersion,
                        node.span,
                        format!("expected `1`, found {}", node.described()),
                    )
                    .detail("1 is the only version of the contract format this pgward knows")
                    .hint("write `contract: 1`"),
                );
                // The rest is read as if it were 1, so that nothing else that is wrong waits for the next run.
                Some(Version)
            }
        }
    }

    fn schema(_: &mut Book) -> Value {
        json!({ "type": "integer", "const": 1 })
    }

    fn print(&self) -> Option<Tree> {
        Some(Tree::Bare("1".to_owned()))
    }

    #[cfg(test)]
    fn sample(_: &mut crate::form::dice::Dice) -> Self {
        Version
    }
}

record! {
    /// What privileges should be on one PostgreSQL cluster, why, and what must be impossible.
    ///
    /// It may be written as one file or as a folder of files: the keys below `roles`, `retired_roles`, `tablespaces`,
    /// `databases` and `access` are then put together, and the lists `presets` and `parameters` joined. Every
    /// file starts with `contract: 1`.
    pub struct Contract is "a contract": Default {
        /// The version of this format.
        contract: Spanned<Version>,
        /// What the cluster is called, in plans, reports and evidence.
        /// Example: `shop-eu`
        cluster: Option<Spanned<Name>>,
        /// What this contract may change. Everything else is read and reported, and left alone.
        scope: Scope,
        /// Models that many databases share, each with a few parameters. A preset stands for ordinary entries of
        /// the contract; what is written out beside it is added to them, and wins where both say something.
        presets: Vec<Spanned<Preset>>,
        /// The roles this contract knows: those it makes, and those that are made elsewhere and named here.
        /// Every role named anywhere in the contract is declared here, predefined roles (`pg_...`) excepted.
        roles: Map<RoleName, Role>,
        /// Roles that must go. A role is retired, not forgotten: its sessions are ended, what it owns is given to its
        /// successor in every database, its grants are revoked, and it is dropped. It stays in this list until it is gone.
        retired_roles: Map<RoleName, Retirement>,
        /// Settings for all roles of the cluster.
        settings: ServerSettings,
        /// Who may set configuration parameters that are otherwise for superusers (PostgreSQL 15 and later). For each
        /// parameter named here the list is complete.
        parameters: Vec<Spanned<ParameterGrant>>,
        /// Tablespaces, with owner and who may create objects in them.
        tablespaces: Map<Name, Tablespace>,
        /// The databases this contract describes.
        databases: Map<DatabaseName, Database>,
        /// What people and agents can borrow for a while, and who must agree.
        access: Option<Access>,
        /// What an audit has to know that privileges do not say.
        audit: Audit,
    }
}

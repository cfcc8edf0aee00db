//! What would turn a refusal into a yes: statements to choose from, never to be run unread.

use crate::acl::Grantee;
use crate::class::Class;
use crate::name::{Name, RoleName};
use crate::object::ObjectKey;
use crate::privilege::Privilege;
use crate::role::Attribute;

/// One statement that would give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// Grant the privilege itself.
    Grant {
        /// What.
        privilege: Privilege,
        /// On this column only.
        column: Option<Name>,
        /// On this object.
        on: ObjectKey,
        /// To whom.
        to: Grantee,
        /// Whether it may be granted on.
        option: GrantOption,
    },
    /// Make the role a member of one that has it.
    Join {
        /// The role to grant.
        role: RoleName,
        /// To whom.
        member: RoleName,
        /// With which option.
        with: JoinOption,
    },
    /// Give the role an attribute.
    Attribute {
        /// Whom.
        role: RoleName,
        /// Which.
        attribute: Attribute,
    },
    /// Make the role the owner.
    Own {
        /// Of what.
        object: ObjectKey,
        /// Whom.
        owner: RoleName,
    },
}

/// Whether a privilege may be granted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantOption {
    /// Without it.
    Without,
    /// With it.
    With,
}

/// The option a membership needs to be enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinOption {
    /// None: what GRANT does by itself suffices.
    Default,
    /// WITH INHERIT TRUE: there is a membership that does not carry over (16 and later).
    Inherit,
    /// WITH SET TRUE: there is a membership that SET ROLE cannot pass (16 and later).
    Set,
    /// WITH ADMIN OPTION.
    Admin,
}

impl Suggestion {
    /// The statement.
    pub fn sql(&self) -> String {
        match self {
            Suggestion::Grant { privilege, column, on, to, option } => {
                let column =
                    column.as_ref().map(|column| format!(" ({})", column.quoted())).unwrap_or_default();
                let keyword = on.class.grant_keyword().unwrap_or("TABLE");
                let option = match option {
                    GrantOption::Without => "",
                    GrantOption::With => " WITH GRANT OPTION",
                };
                format!("GRANT {privilege}{column} ON {keyword} {} TO {}{option};", on.quoted(), to.quoted())
            }
            Suggestion::Join { role, member, with } => {
                let option = match with {
                    JoinOption::Default => "",
                    JoinOption::Inherit => " WITH INHERIT TRUE",
                    JoinOption::Set => " WITH SET TRUE",
                    JoinOption::Admin => " WITH ADMIN OPTION",
                };
                format!("GRANT {} TO {}{option};", role.quoted(), member.quoted())
            }
            Suggestion::Attribute { role, attribute } => {
                format!("ALTER ROLE {} {};", role.quoted(), attribute.keyword())
            }
            Suggestion::Own { object, owner } => {
                format!(
                    "ALTER {} {} OWNER TO {};",
                    object.class.alter_keyword(),
                    object.quoted(),
                    owner.quoted()
                )
            }
        }
    }
}

/// Whether ALTER ... OWNER TO exists for the class.
pub(crate) fn can_change_owner(class: Class) -> bool {
    !matches!(class, Class::Parameter | Class::UserMapping | Class::Extension | Class::Cast)
}

//! Names in a contract: of roles, databases, schemas, settings.
//!
//! A name stands for itself: it is neither folded to lower case nor unquoted, so `Shop` is the role that SQL
//! writes as `"Shop"`.

use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::form::book::Book;
use crate::form::scalar::{Complaint, Scalar};

/// PostgreSQL keeps 63 bytes of a name and silently drops the rest.
pub const NAME_BYTES_MAX: usize = 63;

/// Says what is wrong with `text` as a name, if anything.
pub fn check_name(text: &str, what: &str) -> Result<(), Complaint> {
    if text.is_empty() {
        return Err(Complaint::new(Code::BadName, format!("{what} cannot be empty")));
    }
    if text.contains('\0') {
        return Err(Complaint::new(Code::BadName, format!("{what} cannot contain a NUL character")));
    }
    if text.len() > NAME_BYTES_MAX {
        let mut kept = NAME_BYTES_MAX;
        while !text.is_char_boundary(kept) {
            kept -= 1;
        }
        let kept = text.get(..kept).unwrap_or_default();
        let message = format!("{what} cannot be longer than {NAME_BYTES_MAX} bytes, this is {}", text.len());
        return Err(Complaint::new(Code::BadName, message)
            .hint(format!("PostgreSQL would cut it to `{}`", kept.escape_debug())));
    }
    Ok(())
}

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $name:ident is $what:literal,)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub String);

        impl $name {
            /// The name itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Scalar for $name {
            const WHAT: &'static str = $what;

            fn understand(text: &str) -> Result<Self, Complaint> {
                check_name(text, $what).map(|()| Self(text.to_owned()))
            }

            fn text(&self) -> String {
                self.0.clone()
            }

            fn described(book: &mut Book) -> Value {
                book.refer(stringify!($name), |_| {
                    json!({
                        "description": crate::form::book::description(&[$($doc,)+]),
                        "type": ["string", "number", "boolean"],
                        "minLength": 1,
                        "maxLength": NAME_BYTES_MAX,
                    })
                })
            }

            #[cfg(test)]
            fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
                Self(dice.text())
            }
        }
    )+};
}

names! {
    /// A role's name, as it is: not folded, not quoted.
    RoleName is "a role name",
    /// A database's name, as it is: not folded, not quoted.
    DatabaseName is "a database name",
    /// A schema's name, as it is: not folded, not quoted.
    SchemaName is "a schema name",
    /// A column's name, as it is: not folded, not quoted.
    ColumnName is "a column name",
    /// A name, as it is: not folded, not quoted.
    Name is "a name",
}

/// Who holds a grant: a role, or everybody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// Every role there is and will be.
    Public,
    /// One role.
    Role(RoleName),
}

impl Principal {
    /// The role, unless it is PUBLIC.
    pub fn role(&self) -> Option<&RoleName> {
        match self {
            Principal::Public => None,
            Principal::Role(role) => Some(role),
        }
    }
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Principal::Public => "PUBLIC",
            Principal::Role(role) => role.as_str(),
        })
    }
}

impl Scalar for Principal {
    const WHAT: &'static str = "a role name or PUBLIC";

    fn understand(text: &str) -> Result<Self, Complaint> {
        match text {
            "PUBLIC" | "public" => Ok(Principal::Public),
            // PostgreSQL allows a role of this name, as long as it is quoted.
            "\"PUBLIC\"" => Ok(Principal::Role(RoleName("PUBLIC".to_owned()))),
            _ => RoleName::understand(text).map(Principal::Role),
        }
    }

    fn text(&self) -> String {
        match self {
            Principal::Role(role) if role.as_str() == "PUBLIC" => "\"PUBLIC\"".to_owned(),
            other => other.to_string(),
        }
    }

    fn described(book: &mut Book) -> Value {
        book.refer("Principal", |_| {
            json!({
                "description": "A role's name, or `PUBLIC` for every role there is and will be.",
                "type": ["string", "number", "boolean"],
                "minLength": 1,
                "maxLength": NAME_BYTES_MAX,
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        if dice.roll(4) == 0 { Principal::Public } else { Principal::Role(RoleName::rolled(dice)) }
    }
}

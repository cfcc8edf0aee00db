//! A question that makes sense: an action, and what it would be done to.

use std::fmt;

use crate::action::Action;
use crate::class::Class;
use crate::name::Name;
use crate::object::ObjectRef;
use crate::privilege::Privilege;
use crate::version::Version;

/// An action with its object. Only [`Question::ask`] makes one, so that an answer is never about nonsense.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    action: Action,
    on: Option<ObjectRef>,
    column: Option<Name>,
}

/// Why a question makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misasked {
    /// The action is done to an object, and none was named.
    NeedsObject(Action),
    /// The action is not done to an object, and one was named.
    TakesNoObject(Action, ObjectRef),
    /// The action is not for objects of this class, or not in this version.
    NotForClass(Action, Class, Version),
    /// Only tables and their like have privileges on columns, and only some privileges.
    NotForColumns(Action, Class),
}

impl Question {
    /// The question whether somebody may do this to that in this version.
    pub fn ask(action: Action, on: Option<ObjectRef>, version: Version) -> Result<Self, Misasked> {
        match &on {
            None if action.needs_object() => return Err(Misasked::NeedsObject(action)),
            Some(object) if !action.needs_object() && action != ALTER_SYSTEM => {
                return Err(Misasked::TakesNoObject(action, object.clone()));
            }
            Some(object) if !action.applies_to(object.key.class, version) => {
                return Err(Misasked::NotForClass(action, object.key.class, version));
            }
            _ => {}
        }
        Ok(Self { action, on, column: None })
    }

    /// The same question about one column of the object.
    pub fn of_column(mut self, column: Name) -> Result<Self, Misasked> {
        let class = self.on.as_ref().map_or(Class::Database, |object| object.key.class);
        match self.action {
            Action::Use(privilege) | Action::Grant(privilege)
                if class.column_privileges().contains(privilege) =>
            {
                self.column = Some(column);
                Ok(self)
            }
            action => Err(Misasked::NotForColumns(action, class)),
        }
    }

    /// What would be done.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// To what.
    pub fn on(&self) -> Option<&ObjectRef> {
        self.on.as_ref()
    }

    /// To which column of it.
    pub fn column(&self) -> Option<&Name> {
        self.column.as_ref()
    }
}

const ALTER_SYSTEM: Action = Action::Use(Privilege::AlterSystem);

/// As it reads after "may": `SELECT on table public.orders in database shop`.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(object) = &self.on else { return self.action.fmt(f) };
        match (&self.action, &self.column) {
            (action, Some(column)) => write!(f, "{action} on column {} of {object}", column.quoted()),
            (Action::Use(privilege), None) => write!(f, "{} {object}", deed(*privilege)),
            (action @ (Action::CreateTable | Action::CreateSchema), None) => {
                write!(f, "{action} in {object}")
            }
            (action @ (Action::Alter | Action::Drop), None) => write!(f, "{action} {object}"),
            (action, None) => write!(f, "{action} on {object}"),
        }
    }
}

/// A privilege as a deed: PostgreSQL's word, with the preposition it needs or a verb where the word is none.
fn deed(privilege: Privilege) -> String {
    match privilege {
        Privilege::Usage => "use".to_owned(),
        Privilege::References => "make foreign keys to".to_owned(),
        Privilege::Trigger => "make triggers on".to_owned(),
        Privilege::Temporary => "make temporary tables in".to_owned(),
        Privilege::Create => "CREATE in".to_owned(),
        Privilege::Connect => "CONNECT to".to_owned(),
        Privilege::Execute | Privilege::Set | Privilege::Truncate | Privilege::Maintain => {
            privilege.keyword().to_owned()
        }
        _ => format!("{privilege} on"),
    }
}

impl fmt::Display for Misasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misasked::NeedsObject(action) => write!(f, "\"{action}\" is done to an object: name one"),
            Misasked::TakesNoObject(action, object) => {
                write!(f, "\"{action}\" is not done to an object: leave out {object}")
            }
            Misasked::NotForClass(action, class, version) => {
                write!(
                    f,
                    "\"{action}\" does not apply to a {} in PostgreSQL {}",
                    class.word(),
                    version.major()
                )
            }
            Misasked::NotForColumns(action, class) => {
                write!(f, "\"{action}\" does not apply to columns of a {}", class.word())
            }
        }
    }
}

impl std::error::Error for Misasked {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::name::DatabaseName;
    use crate::object::ObjectKey;

    fn table() -> Option<ObjectRef> {
        let key = ObjectKey::in_schema(Class::Table, "public", "orders");
        Some(ObjectRef::within(&DatabaseName::from("shop"), key))
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        let ask = |action, on| Question::ask(action, on, Version(150_000)).map_err(|error| error.to_string());
        assert_eq!(
            ask(Action::Use(Privilege::Select), None).unwrap_err(),
            "\"SELECT\" is done to an object: name one"
        );
        assert_eq!(
            ask(Action::Use(Privilege::Maintain), table()).unwrap_err(),
            "\"MAINTAIN\" does not apply to a table in PostgreSQL 15"
        );
        assert_eq!(
            ask(Action::CopyProgram, table()).unwrap_err(),
            "\"run programs on the server\" is not done to an object: leave out table public.orders in database shop"
        );
        let delete = ask(Action::Use(Privilege::Delete), table()).unwrap();
        assert!(matches!(delete.of_column(Name::from("id")), Err(Misasked::NotForColumns(..))));
    }
}

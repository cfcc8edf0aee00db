//! Deeds: what a SECURITY DEFINER routine does for its caller with what the caller gives it.

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectRef, Origin, RoutineFacts};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;

use crate::source_text::dynamic::{How, injectable, takes_text};
use crate::source_text::files::{Opening, Opens, opened};
use crate::source_text::naming::{Gives, named};
use crate::study::{Placed, Study};

/// One thing it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What.
    pub deed: Deed,
    /// As its body writes it.
    pub words: String,
}

/// What it does with its caller's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// They are in SQL that is run.
    Text(How),
    /// They are the name of something of the server that is opened.
    Opens(Opens),
    /// They say to which role something is given, and what.
    Gives(Gives),
}

impl<'a> Study<'a> {
    /// What a routine does for whoever calls it, as far as the words of its body tell, and its owner is let do it.
    pub fn deeds(&self, placed: &Placed<'a>, facts: &RoutineFacts) -> Vec<Done> {
        let Some(body) = self.body(placed) else { return Vec::new() };
        if !is_read(facts) {
            return Vec::new();
        }
        // A trigger's function is given names, arguments and rows by whoever makes a trigger with it.
        let textual = facts.trigger || takes_text(placed.key.signature.as_deref().unwrap_or_default());
        let text = injectable(&body.source, textual);
        let text = text.map(|handed| Done { deed: Deed::Text(handed.how), words: handed.words });
        let openings = opened(&body.source, textual).into_iter();
        let openings = openings
            .filter(|opening| self.may_open(placed.database, &placed.object.owner, opening))
            .map(|opening| Done { deed: Deed::Opens(opening.how), words: opening.words });
        let namings = named(&body.source, textual).into_iter();
        let namings = namings.filter(|naming| self.may_give(&placed.object.owner, naming.gives));
        let namings = namings.map(|naming| Done { deed: Deed::Gives(naming.gives), words: naming.words });
        text.into_iter().chain(openings).chain(namings).collect()
    }

    /// What the role may give to whoever it likes: to be another, or a password to log in with as another.
    pub fn may_give(&self, role: &RoleName, gives: Gives) -> bool {
        let holds = |attribute| self.catalog.roles.get(role).is_some_and(|role| role.has(attribute));
        let alone = matches!(gives, Gives::Reading | Gives::Writing | Gives::Ownership);
        self.is_superuser(role)
            || gives == Gives::Membership && self.grants(role).next().is_some()
            || holds(Attribute::CreateRole) && !alone && gives != Gives::Superuser
    }

    /// The roles that it has ADMIN on.
    pub fn grants(&self, role: &RoleName) -> impl Iterator<Item = &'a RoleName> {
        let memberships = self.catalog.memberships.iter();
        memberships.filter(|(key, options)| options.admin && key.member == *role).map(|(key, _)| &key.role)
    }

    /// Whether the role is let open it: a superuser, a member of the predefined role for it, one who was granted the function.
    fn may_open(&self, database: &DatabaseName, role: &RoleName, opening: &Opening) -> bool {
        if self.is_superuser(role) {
            return true;
        }
        let Some(function) = opening.function else {
            let predefined = match opening.how {
                Opens::Runs => "pg_execute_server_program",
                Opens::Writes => "pg_write_server_files",
                Opens::Text | Opens::Bytes | Opens::Imports => "pg_read_server_files",
            };
            return self.effective.membership(role, &RoleName::from(predefined), database).inherits;
        };
        let Some(contents) = self.catalog.databases.get(database) else { return false };
        let named = contents.objects.iter().filter(|(key, object)| {
            key.class.is_routine() && key.name.as_str() == function && object.origin != Origin::User
        });
        named.into_iter().any(|(key, _)| {
            let held = self.effective.privileges(role, &ObjectRef::within(database, key.clone()));
            held.now.privileges.contains(Privilege::Execute)
        })
    }
}

/// Languages whose words are read.
pub fn is_read(facts: &RoutineFacts) -> bool {
    matches!(facts.language.as_str(), "plpgsql" | "sql")
}

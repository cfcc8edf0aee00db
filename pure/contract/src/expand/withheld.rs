//! What somebody took from PUBLIC that PostgreSQL gives to it, where the contract says nothing: reported, never given back.

use std::collections::BTreeMap;

use pgward_catalog::acl::Acl;
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::name::{DatabaseName, Name, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef};

use crate::expand::acl::{Wanted, withheld_from_public};
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;

/// What was taken from PUBLIC, in one database or in the cluster.
#[derive(Debug, Default)]
pub struct Withheld {
    /// The objects by what was taken, on what kind of thing, in which schema.
    objects: BTreeMap<(Option<SchemaName>, Class, String), Vec<ObjectKey>>,
    /// What will be taken from what is made later.
    defaults: Vec<String>,
}

impl Withheld {
    /// Looks at an object, or at one of its columns.
    pub fn note(&mut self, key: &ObjectKey, column: Option<&Name>, found: &Acl, born: &Acl, wanted: &Wanted) {
        let taken = withheld_from_public(found, born, wanted);
        if taken.is_empty() {
            return;
        }
        let taken = match column {
            Some(column) => format!("{taken} ({})", column.quoted()),
            None => taken.to_string(),
        };
        self.objects.entry((key.schema.clone(), key.class, taken)).or_default().push(key.clone());
    }

    /// Looks at default privileges.
    pub fn note_default(&mut self, key: &DefaultKey, found: &Acl, born: &Acl, wanted: &Wanted) {
        let taken = withheld_from_public(found, born, wanted);
        if !taken.is_empty() {
            let what = key.kind.keyword();
            self.defaults.push(format!("{taken} on {what} that role {} makes", key.creator.quoted()));
        }
    }

    /// One line for each kind of thing in each schema.
    pub fn report(self, expanding: &mut Expanding<'_>, database: Option<&DatabaseName>) {
        let within = |drift: Drift| match database {
            Some(database) => drift.within(database),
            None => drift,
        };
        for ((schema, class, taken), keys) in self.objects {
            let place = schema.map_or(String::new(), |schema| format!(" in schema {}", schema.quoted()));
            let what = match keys.as_slice() {
                [one] => one.to_string(),
                many => format!("{} objects of class {}{place}", many.len(), class.word()),
            };
            let message = format!(
                "PUBLIC does not hold {taken} on {what}, as it would by itself, and the contract does not say so"
            );
            let refs = keys.into_iter().map(|key| ObjectRef { database: database.cloned(), key });
            let drift = Drift::new(DriftKind::WithheldFromPublic, message, hint(class));
            expanding.drift.push(within(drift.of_objects(refs.collect())));
        }
        for what in self.defaults {
            let message = format!(
                "PUBLIC will not hold {what}, as it would by itself, and the contract does not say so"
            );
            let hint = "keep it so with `public: none` or an entry under `defaults` with `revoke: true`, or give it back \
                        with ALTER DEFAULT PRIVILEGES";
            let place =
                database.map_or(String::new(), |database| format!(" in database {}", database.quoted()));
            let message = format!("{message}{place}");
            expanding.drift.push(within(Drift::new(DriftKind::WithheldFromPublic, message, hint)));
        }
    }
}

fn hint(class: Class) -> &'static str {
    match class {
        Class::Database => {
            "keep it so by saying who may (`connect`, `temporary`) or `public: none`, or give it back with GRANT"
        }
        Class::Schema => "keep it so by saying who may (`use`) or `public: none`, or give it back with GRANT",
        _ => {
            "keep it so with `public: none` or an entry under `grants` with `revoke: true`, or give it back with GRANT"
        }
    }
}

#[cfg(test)]
mod tests;

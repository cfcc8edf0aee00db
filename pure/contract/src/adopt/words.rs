//! The contract's words for what a catalog holds.

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::{Privilege as P, Privileges};
use pgward_catalog::version::Version;
use pgward_catalog::{name as catalog, setting};

use crate::expand::settings::{LISTS, items, joined};
use crate::form::collection::{Map, OneOrMany};
use crate::model::grant::{Grantee as Written, Privilege};
use crate::name::{Principal, RoleName};
use crate::pattern::routine::argument_types;
use crate::source::span::{Span, Spanned};
use crate::text::{SettingName, SettingValue, Words};

/// A value that was written nowhere yet.
pub fn new<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// A role's name.
pub fn role(name: &catalog::RoleName) -> RoleName {
    RoleName(name.as_str().to_owned())
}

/// A role or PUBLIC.
pub fn principal(grantee: &Grantee) -> Principal {
    match grantee {
        Grantee::Public => Principal::Public,
        Grantee::Role(name) => Principal::Role(role(name)),
    }
}

/// A grantee, with nothing more to say.
pub fn grantee(grantee: &Grantee) -> Written {
    Written { role: new(principal(grantee)), grant_option: None, granted_by: None }
}

/// The words for these privileges; `all` where it is all the class has.
pub fn privileges(these: Privileges, class: Class, version: Version) -> OneOrMany<Spanned<Privilege>> {
    let all = class.privileges(version);
    if these == all && all.iter().count() > 1 {
        return OneOrMany(vec![new(Privilege::All)]);
    }
    OneOrMany(these.iter().filter_map(word).map(new).collect())
}

/// The word for a privilege on objects of a database.
fn word(privilege: P) -> Option<Privilege> {
    Some(match privilege {
        P::Select => Privilege::Select,
        P::Insert => Privilege::Insert,
        P::Update => Privilege::Update,
        P::Delete => Privilege::Delete,
        P::Truncate => Privilege::Truncate,
        P::References => Privilege::References,
        P::Trigger => Privilege::Trigger,
        P::Maintain => Privilege::Maintain,
        P::Execute => Privilege::Execute,
        P::Usage => Privilege::Usage,
        P::Create => Privilege::Create,
        P::Connect | P::Temporary | P::Set | P::AlterSystem => return None,
    })
}

/// Settings as a contract writes them.
pub fn settings(settings: &setting::Settings) -> Map<SettingName, Spanned<SettingValue>> {
    settings
        .iter()
        .map(|(name, value)| {
            (new(SettingName(name.as_str().to_owned())), new(setting_value(name.as_str(), value)))
        })
        .collect()
}

fn setting_value(name: &str, value: &str) -> SettingValue {
    let list = LISTS.contains(&name).then(|| items(value)).flatten();
    match list {
        Some(items) if joined(&items) == value && items.len() > 1 => SettingValue::Many(items),
        _ => SettingValue::One(value.to_owned()),
    }
}

/// The argument types of a routine.
pub fn arguments(key: &ObjectKey) -> Vec<String> {
    let signature = key.signature.as_deref().unwrap_or_default();
    argument_types(signature).unwrap_or_else(|_| vec![signature.to_owned()])
}

/// A reason.
pub fn because(text: &str) -> Option<Spanned<Words>> {
    Some(new(Words(text.to_owned())))
}

/// The reason for what is the way it is, and that nobody has decided about.
pub const AS_FOUND: &str = "as found";

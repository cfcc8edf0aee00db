//! Entries with named keys.

/// Declares a struct that is written as a mapping.
///
/// `key: Type` is required unless the type can be absent (`Option`, `Vec`, `Map`); `key: Type = default` may be
/// left out, is kept as it was written, and has an accessor of the same name that knows the default.
/// `or just key` lets an entry that has only this key be written as its bare value.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident is $what:literal $(: $derive:ident)? $(or just $short:ident)? {
            $($(#[doc = $field_doc:literal])+ $field:ident: $ty:ty $(= $default:expr)?,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq $(, $derive)?)]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: $crate::form::record::field_type!($ty $(, $default)?),)+
        }

        impl $name {
            $($crate::form::record::accessor! { $field, $ty $(, $default)? })+
        }

        impl $crate::form::Form for $name {
            fn read(
                node: &$crate::source::node::Node,
                report: &mut $crate::diagnostic::Report,
            ) -> Option<Self> {
                const SHORT: Option<&str> = $crate::form::record::short!($($short)?);
                let keys = &[$($crate::form::record::key(stringify!($field)),)+];
                let written = $crate::form::record::Written::open(node, $what, keys, SHORT, report)?;
                $(let $field = written.field(stringify!($field), report);)+
                Some(Self { $($field: $field?,)+ })
            }

            fn schema(book: &mut $crate::form::book::Book) -> serde_json::Value {
                book.refer(stringify!($name), |book| {
                    let mut schema = $crate::form::record::RecordSchema::new(stringify!($name), &[$($doc,)+]);
                    $(schema.field::<$crate::form::record::field_type!($ty $(, $default)?)>(
                        stringify!($field),
                        &[$($field_doc,)+],
                        $crate::form::record::default_tree!($($default, $ty)?),
                        book,
                    );)+
                    schema.finish($crate::form::record::short!($($short)?))
                })
            }

            fn print(&self) -> Option<$crate::form::tree::Tree> {
                let entries = vec![$((stringify!($field), $crate::form::Form::print(&self.$field)),)+];
                $crate::form::record::print(entries, $crate::form::record::short!($($short)?))
            }

            fn empty() -> $crate::form::tree::Tree {
                $crate::form::tree::Tree::empty_mapping()
            }

            $crate::form::record::absent! { $($derive)? }

            fn over(self, preset: Self) -> Self {
                Self { $($field: $crate::form::Form::over(self.$field, preset.$field),)+ }
            }

            #[cfg(test)]
            fn sample(dice: &mut $crate::form::dice::Dice) -> Self {
                Self { $($field: $crate::form::Form::sample(dice),)+ }
            }
        }
    };
}

macro_rules! field_type {
    ($ty:ty) => { $ty };
    ($ty:ty, $default:expr) => { Option<$crate::source::span::Spanned<$ty>> };
}

macro_rules! accessor {
    ($field:ident, $ty:ty) => {};
    ($field:ident, $ty:ty, $default:expr) => {
        /// What is written, or what holds when nothing is.
        pub fn $field(&self) -> $ty {
            self.$field.as_ref().map_or_else(|| $default, |written| written.value.clone())
        }
    };
}

macro_rules! default_tree {
    () => {
        None
    };
    ($default:expr, $ty:ty) => {
        <$ty as $crate::form::Form>::print(&$default)
    };
}

macro_rules! absent {
    () => {};
    (Default) => {
        fn absent() -> Option<Self> {
            Some(Self::default())
        }
    };
}

macro_rules! short {
    () => {
        None
    };
    ($short:ident) => {
        Some(stringify!($short))
    };
}

pub(crate) use {absent, accessor, default_tree, field_type, record, short};

use serde_json::{Map, Value, json};

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, key_meant};
use crate::form::book::{Book, Example, description, examples};
use crate::form::tree::Tree;
use crate::form::{Form, wrong_type};
use crate::source::node::{Kind, Node};
use crate::source::span::{Span, Spanned};
use crate::source::yaml;

/// The key a field is written under: `use` for `r#use`.
pub const fn key(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => match field.split_at_checked(2) {
            Some((_, key)) => key,
            None => field,
        },
        _ => field,
    }
}

/// The entries of a record as they are written, its keys checked.
pub struct Written<'n> {
    span: Span,
    what: &'static str,
    entries: Entries<'n>,
    /// Keys that it does not have, each with the one that was most likely meant.
    unknown: Vec<(Span, Option<&'static str>)>,
}

enum Entries<'n> {
    Mapping(&'n [(Spanned<String>, Node)]),
    Short(&'static str, &'n Node),
}

impl<'n> Written<'n> {
    /// Opens `node` as a record with `keys`; keys it does not have are reported.
    pub fn open(
        node: &'n Node,
        what: &'static str,
        keys: &[&'static str],
        short: Option<&'static str>,
        report: &mut Report,
    ) -> Option<Self> {
        let entries = match (&node.kind, short) {
            (Kind::Mapping(entries), _) => Entries::Mapping(entries),
            (Kind::Scalar(_), Some(short)) => Entries::Short(short, node),
            _ => {
                let hint = format!("its keys are {}", listed(keys));
                report.add(
                    wrong_type(node, what).hint_if((!matches!(node.kind, Kind::Nothing)).then_some(hint)),
                );
                return None;
            }
        };
        let mut unknown = Vec::new();
        if let Entries::Mapping(entries) = &entries {
            for (name, _) in entries.iter().filter(|(name, _)| !keys.contains(&name.value.as_str())) {
                report.add(unknown_key(name, what, keys));
                unknown.push((name.span, key_meant(&name.value, keys)));
            }
        }
        Some(Self { span: node.span, what, entries, unknown })
    }

    /// Reads one field; says so when it is required and not there.
    pub fn field<T: Form>(&self, field: &'static str, report: &mut Report) -> Option<T> {
        let name = key(field);
        let node = match &self.entries {
            Entries::Mapping(entries) => {
                entries.iter().find(|(key, _)| key.value == name).map(|(_, node)| node)
            }
            Entries::Short(short, node) => (*short == name).then_some(*node),
        };
        match node {
            // A field that is wrong counts as absent, so that what else is wrong is found as well.
            Some(node) => T::read(node, report).or_else(T::absent),
            None => T::absent().or_else(|| {
                self.say_missing(name, report);
                None
            }),
        }
    }

    /// Says that a key is missing; not where another one is misspelt that was meant to be it, and after those that are unknown.
    fn say_missing(&self, name: &str, report: &mut Report) {
        if self.unknown.iter().any(|(_, meant)| *meant == Some(name)) {
            return;
        }
        let (place, note) = match self.unknown.first() {
            Some((place, _)) => (*place, format!("`{name}` is missing beside this")),
            None => (self.span, format!("`{name}` is missing")),
        };
        let message = format!("{} needs the key `{name}`", self.what);
        report.add(Diagnostic::error(Code::MissingKey, place, message).note(note));
    }
}

fn unknown_key(name: &Spanned<String>, what: &str, keys: &[&'static str]) -> Diagnostic {
    let shown = name.value.escape_debug();
    let diagnostic = Diagnostic::error(Code::UnknownKey, name.span, format!("{what} has no key `{shown}`"));
    if let Some((_, hint)) = ELSEWHERE.iter().find(|(key, _)| *key == name.value) {
        return diagnostic.hint(*hint);
    }
    match key_meant(&name.value, keys) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`? its keys are {}", listed(keys))),
        None => diagnostic.hint(format!("its keys are {}", listed(keys))),
    }
}

fn listed(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

/// The fields that are there, as a mapping, or as the bare value where that is all there is to say.
pub fn print(entries: Vec<(&'static str, Option<Tree>)>, short: Option<&'static str>) -> Option<Tree> {
    let mut written: Vec<(String, Tree)> =
        entries.into_iter().filter_map(|(field, tree)| Some((key(field).to_owned(), tree?))).collect();
    match (written.as_slice(), short) {
        ([(name, Tree::Text(_) | Tree::Bare(_))], Some(short)) if name == short => {
            written.pop().map(|(_, tree)| tree)
        }
        ([], _) => None,
        _ => Some(Tree::Mapping(written)),
    }
}

/// The JSON Schema of a record, field by field.
pub struct RecordSchema {
    name: &'static str,
    description: String,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl RecordSchema {
    /// A record without fields yet.
    pub fn new(name: &'static str, doc: &[&str]) -> Self {
        Self { name, description: description(doc), properties: Map::new(), required: Vec::new() }
    }

    /// Adds a field.
    pub fn field<T: Form>(
        &mut self,
        field: &'static str,
        doc: &'static [&'static str],
        default: Option<Tree>,
        book: &mut Book,
    ) {
        let name = key(field);
        let mut schema = match T::schema(book) {
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        schema.insert("description".to_owned(), description(doc).into());
        if let Some(default) = default {
            schema.insert("default".to_owned(), default.to_json());
        }
        let mut shown = Vec::new();
        for text in examples(doc) {
            shown.extend(yaml::to_json(text));
            let place = format!("{}.{name}", self.name);
            book.example(Example { place, text, read: |node, report| T::read(node, report).is_some() });
        }
        if !shown.is_empty() {
            schema.insert("examples".to_owned(), shown.into());
        }
        if T::absent().is_none() {
            self.required.push(name.into());
        }
        self.properties.insert(name.to_owned(), Value::Object(schema));
    }

    /// The finished schema; with `short`, the bare value of that field will do.
    pub fn finish(self, short: Option<&'static str>) -> Value {
        let bare = short.and_then(|short| self.properties.get(short).cloned());
        let mut object = json!({
            "type": "object",
            "properties": self.properties,
            "additionalProperties": false,
        });
        if let (Value::Object(object), false) = (&mut object, self.required.is_empty()) {
            object.insert("required".to_owned(), self.required.into());
        }
        match (bare, object) {
            (Some(bare), object) => json!({ "description": self.description, "anyOf": [bare, object] }),
            (None, Value::Object(mut object)) => {
                object.insert("description".to_owned(), self.description.into());
                Value::Object(object)
            }
            (None, other) => other,
        }
    }
}

/// Keys people look for in the wrong place.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "except",
        "`except` stands inside `on`, beside the pattern it takes from: `on: {tables: public.*, except: [...]}`",
    ),
    (
        "columns",
        "`columns` stands inside `on`, beside the tables: `on: {tables: public.orders, columns: [id]}`",
    ),
    (
        "password",
        "a contract holds no passwords: `secret: {store: file, path: ...}` says where a generated one is kept",
    ),
    ("members", "memberships are written at the member: `member_of` or `may_become`"),
    ("privileges", "privileges are listed under `allow`"),
];

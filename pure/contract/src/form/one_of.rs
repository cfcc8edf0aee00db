//! Entries that are one of several things, written as a mapping with the one key that says which.

/// Declares an enum written as `{variant: {...}}`.
macro_rules! one_of {
    (
        $(#[doc = $doc:literal])+
        pub enum $name:ident is $what:literal {
            $($(#[doc = $variant_doc:literal])+ $variant:ident($content:ty) = $word:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name { $($(#[doc = $variant_doc])+ $variant($content),)+ }

        impl $crate::form::Form for $name {
            fn read(
                node: &$crate::source::node::Node,
                report: &mut $crate::diagnostic::Report,
            ) -> Option<Self> {
                let (key, node) = $crate::form::one_of::only_key(node, $what, &[$($word,)+], report)?;
                match key {
                    $($word => <$content as $crate::form::Form>::read(node, report).map($name::$variant),)+
                    _ => None,
                }
            }

            fn schema(book: &mut $crate::form::book::Book) -> serde_json::Value {
                book.refer(stringify!($name), |book| {
                    let each = vec![$($crate::form::one_of::variant(
                        $word,
                        &[$($variant_doc,)+],
                        <$content as $crate::form::Form>::schema(book),
                    ),)+];
                    serde_json::json!({
                        "description": $crate::form::book::description(&[$($doc,)+]),
                        "oneOf": each,
                    })
                })
            }

            fn print(&self) -> Option<$crate::form::tree::Tree> {
                let (word, content) = match self {
                    $($name::$variant(content) => ($word, $crate::form::Form::print(content)),)+
                };
                let content = content.unwrap_or_else(|| $crate::form::tree::Tree::empty_mapping());
                Some($crate::form::tree::Tree::Mapping(vec![(word.to_owned(), content)]))
            }

            #[cfg(test)]
            fn sample(dice: &mut $crate::form::dice::Dice) -> Self {
                let rolled: &[fn(&mut $crate::form::dice::Dice) -> Self] =
                    &[$(|dice| $name::$variant($crate::form::Form::sample(dice)),)+];
                dice.pick(rolled)(dice)
            }
        }
    };
}

pub(crate) use one_of;

use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::form::book::description;
use crate::form::wrong_type;
use crate::source::node::{Kind, Node};

/// The only key of `node`, if it has one and it is known.
pub fn only_key<'n>(
    node: &'n Node,
    what: &str,
    known: &[&str],
    report: &mut Report,
) -> Option<(&'n str, &'n Node)> {
    let list = || known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let Kind::Mapping(entries) = &node.kind else {
        report.add(
            wrong_type(node, what).hint(format!("write `name: {{…}}`, where the name is one of {}", list())),
        );
        return None;
    };
    let [(key, value)] = entries.as_slice() else {
        report.add(
            Diagnostic::error(
                Code::NotOneKey,
                node.span,
                format!("{what} has one key, this has {}", entries.len()),
            )
            .hint(format!("write each as an entry of its own, with one of {}", list())),
        );
        return None;
    };
    if !known.contains(&key.value.as_str()) {
        let meant = did_you_mean(&key.value, known.iter().copied());
        let hint =
            meant.map_or_else(|| format!("it can be: {}", list()), |word| format!("did you mean `{word}`?"));
        report.add(
            Diagnostic::error(Code::UnknownKey, key.span, format!("`{}` is not {what}", key.value))
                .hint(hint),
        );
        return None;
    }
    Some((key.value.as_str(), value))
}

/// The JSON Schema of one variant.
pub fn variant(word: &str, doc: &[&str], content: Value) -> Value {
    json!({
        "type": "object",
        "description": description(doc),
        "properties": { word: content },
        "required": [word],
        "additionalProperties": false,
    })
}

//! Sets of words of which one is written.

/// Declares an enum whose variants are words in a contract.
///
/// From it come the enum, its [`crate::form::scalar::Scalar`] form with did-you-mean, and its JSON Schema.
macro_rules! words {
    (
        $(#[doc = $doc:literal])+
        pub enum $name:ident is $what:literal {
            $($(#[doc = $variant_doc:literal])+ $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $variant_doc])+ $variant,)+ }

        impl $name {
            /// All of them, in the order they are explained.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word in the contract.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl $crate::form::scalar::Scalar for $name {
            const WHAT: &'static str = $what;

            fn understand(text: &str) -> Result<Self, $crate::form::scalar::Complaint> {
                let found = $name::ALL.iter().find(|value| value.word() == text);
                found.copied().ok_or_else(|| $crate::form::word::unknown(text, $what, &[$($word,)+]))
            }

            fn text(&self) -> String {
                self.word().to_owned()
            }

            fn described(book: &mut $crate::form::book::Book) -> serde_json::Value {
                book.refer(stringify!($name), |_| {
                    $crate::form::word::schema(&[$($doc,)+], &[$(($word, &[$($variant_doc,)+]),)+])
                })
            }

            #[cfg(test)]
            fn rolled(dice: &mut $crate::form::dice::Dice) -> Self {
                *dice.pick($name::ALL)
            }
        }
    };
}

pub(crate) use words;

use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::diagnostic::did_you_mean;
use crate::form::book::description;
use crate::form::scalar::Complaint;

/// Says that `text` is none of `known`.
pub fn unknown(text: &str, what: &str, known: &[&str]) -> Complaint {
    let list = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let hint = match did_you_mean(text, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`? it can be: {list}"),
        None => format!("it can be: {list}"),
    };
    Complaint::new(Code::UnknownWord, format!("`{}` is not {what}", text.escape_debug())).hint(hint)
}

/// The JSON Schema of a set of words.
pub fn schema(doc: &[&str], words: &[(&str, &[&str])]) -> Value {
    let each = words.iter().map(|(word, doc)| json!({ "const": word, "description": description(doc) }));
    json!({ "description": description(doc), "type": "string", "oneOf": each.collect::<Vec<_>>() })
}

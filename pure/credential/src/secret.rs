//! A text that nobody may see by accident.

use zeroize::Zeroizing;

/// A text that is wiped from memory when dropped and cannot be formatted, compared or serialized.
///
/// There is one way out, [`Secret::expose`], so that `grep expose` finds every place a secret leaves its type.
/// A second copy is made on purpose or not at all: [`Secret::duplicate`].
// INVARIANT: no Debug, no Display, no Clone, no PartialEq, no serde. The tests below keep it so.
pub struct Secret {
    text: Zeroizing<String>,
}

impl Secret {
    /// Takes the text in. The caller's buffer becomes the secret's: nothing is copied.
    #[must_use]
    pub fn new(text: String) -> Secret {
        Secret { text: Zeroizing::new(text) }
    }

    /// The text itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// A second copy, wiped on its own.
    #[must_use]
    pub fn duplicate(&self) -> Secret {
        Secret { text: self.text.clone() }
    }

    /// Whether there is no text at all; says nothing else about it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;
    use crate::scram::ScramVerifier;

    /// Compiles only while the type lacks the trait: with it, two impls would fit and the call be ambiguous.
    macro_rules! assert_lacks {
        ($type:ty: $($trait:path),+) => {$({
            trait Lacks<Marker> {
                fn proof() {}
            }
            impl<T: ?Sized> Lacks<()> for T {}
            struct Present;
            impl<T: ?Sized + $trait> Lacks<Present> for T {}
            <$type as Lacks<_>>::proof();
        })+};
    }

    #[test]
    fn secrets_and_verifiers_cannot_be_printed_copied_or_compared() {
        assert_lacks!(Secret: std::fmt::Debug, std::fmt::Display, Clone, PartialEq, AsRef<str>, std::ops::Deref);
        assert_lacks!(ScramVerifier: std::fmt::Debug, std::fmt::Display, Clone, PartialEq, AsRef<str>, std::ops::Deref);
        assert!(std::mem::needs_drop::<Secret>() && std::mem::needs_drop::<ScramVerifier>());
    }

    #[test]
    fn the_only_way_out_is_expose() {
        let secret = Secret::new("correct horse".to_owned());
        assert_eq!(secret.expose(), "correct horse");
        assert_eq!(secret.duplicate().expose(), "correct horse");
        assert!(!secret.is_empty() && Secret::new(String::new()).is_empty());
    }
}

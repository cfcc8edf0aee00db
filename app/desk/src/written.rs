//! A statement's text as it is written down: without secrets.

use pgward_credential::Secret;
use pgward_credential::derived::derived_password;
use pgward_ledger::canonical::{Canonical, Exact};
use pgward_statement::judge::Bounds;
use pgward_statement::secret::without_secrets;

/// A statement's text as it is written down.
// INVARIANT: it is made from a text by `of` alone, so that nothing is written down with a secret in it.
#[derive(Clone, Default)]
pub(crate) struct Written {
    text: String,
    /// What stands for the whole text, where not all of it is written.
    seal: Option<Seal>,
}

#[derive(Clone)]
struct Seal {
    digest: String,
    length: usize,
}

impl Written {
    /// What is written of this text. With the desk's secret, and not without it, somebody can show which text it was: a digest that
    /// everybody can make would let everybody guess the password.
    pub(crate) fn of(text: &str, secret: &Secret) -> Written {
        match without_secrets(text, &Bounds::default()) {
            None => Written { text: text.to_owned(), seal: None },
            Some(told) => {
                let digest = derived_password(secret, "ledger", text).expose().to_owned();
                Written { text: told, seal: Some(Seal { digest, length: text.len() }) }
            }
        }
    }

    /// The same of a text that runs these prepared statements, whose own texts have secrets: its constants are values of theirs.
    pub(crate) fn running(names: &[&str], text: &str, secret: &Secret) -> Written {
        let told = names.iter().map(|name| format!("EXECUTE \"{}\" ...", name.replace('"', "\"\"")));
        let digest = derived_password(secret, "ledger", text).expose().to_owned();
        let text_told = told.collect::<Vec<_>>().join("; ");
        Written { text: text_told, seal: Some(Seal { digest, length: text.len() }) }
    }

    /// Its members in a record.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&'static str, Canonical)> {
        let seal = self.seal.iter().flat_map(|seal| {
            let length = i64::try_from(seal.length).ok().and_then(Exact::new);
            let length = length.map_or(Canonical::Null, Canonical::Integer);
            [("sealed", Canonical::from(seal.digest.as_str())), ("length", length)]
        });
        [("text", self.as_text())].into_iter().chain(seal)
    }

    /// What is said about it, as it is written down: the grammar quotes what it cannot read.
    pub(crate) fn complaint<'a>(&self, message: &'a str) -> &'a str {
        if self.seal.is_some() && self.text.is_empty() { "the text cannot be read" } else { message }
    }

    /// The text alone, for whoever decides about it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether something of it is not written.
    pub(crate) fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// The text alone.
    pub(crate) fn as_text(&self) -> Canonical {
        Canonical::from(self.text.as_str())
    }

    /// Its parameters: where the text had a secret, they may be one.
    pub(crate) fn parameters(&self, parameters: Canonical) -> Canonical {
        match (&self.seal, parameters) {
            (Some(_), Canonical::List(all)) => {
                Canonical::List(all.iter().map(|_| Canonical::from("sealed")).collect())
            }
            (_, parameters) => parameters,
        }
    }
}

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use crate::adopt::adopting::{AdoptOptions, adopt};
use crate::adopt::sample;
use crate::diagnostic::render::{Colour, render};
use crate::diagnostic::{Diagnostic, Severity};
use crate::expand::fixture::differences;
use crate::expand::whole::expand;
use crate::form::dice::Dice;
use crate::print::print;
use crate::read::read;
use crate::source::Source;

fn errors(found: &[Diagnostic], sources: &[Source]) -> String {
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| render(found, sources, Colour::Plain)).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_adopted_contract_says_exactly_what_is_there(bytes in proptest::collection::vec(any::<u8>(), 0..2500)) {
        let observed = sample::catalog(&mut Dice::new(bytes));
        let adopted = adopt(&observed, &AdoptOptions::default());
        let text = print(&adopted.contract, &adopted.notes);
        let sources = [Source::new("adopted.yaml", text.clone())];
        let (contract, found) = read(&sources);
        prop_assert_eq!(errors(&found, &sources), "", "{}", text);
        let expansion = expand(&contract, &observed);
        prop_assert_eq!(errors(&expansion.diagnostics, &sources), "", "{}", text);
        prop_assert_eq!(differences(&observed, &expansion.desired), "", "{}", text);
        prop_assert_eq!(&expansion.desired, &observed, "{}", text);
        prop_assert!(expansion.drift.is_empty(), "{:#?}\n{text}", expansion.drift);
        prop_assert!(adopted.unsaid.is_empty(), "{:?}", adopted.unsaid);
    }
}

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Report;
use crate::diagnostic::render::{Colour, render};
use crate::form::dice::Dice;
use crate::read::parse;
use crate::source::Source;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back_as_the_same_contract(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let contract = Contract::sample(&mut Dice::new(bytes));
        let text = print(&contract, &Notes::default());
        let sources = [Source::new("printed.yaml", text.clone())];
        let mut report = Report::default();
        let read = parse(&sources, &mut report);
        let found: Vec<String> = report.into_sorted().iter().map(|one| render(one, &sources, Colour::Plain)).collect();
        prop_assert!(found.is_empty(), "{}\n{text}", found.join("\n"));
        prop_assert_eq!(read.unwrap(), contract, "{}", text);
    }
}

#[test]
fn notes_stand_above_the_place_they_are_for() {
    let text = "contract: 1\nroles:\n  app: {kind: login}\ndatabases:\n  shop:\n    grants:\n      - {to: app, allow: select, on: {tables: public.a}}\n      - {to: app, allow: select, on: {tables: public.b}}\n";
    let sources = [Source::new("c.yaml", text)];
    let contract = parse(&sources, &mut Report::default()).unwrap();
    let mut notes = Notes::default();
    notes.above("", "written by pgward adopt");
    notes.above("roles.app", "connects from 10.0.0.1");
    notes.above("databases.shop.grants[1]", "4 of 5 tables\nas of today");
    expect_test::expect![[r##"
        # written by pgward adopt
        contract: 1
        roles:
          # connects from 10.0.0.1
          app: {kind: login}

        databases:
          shop:
            grants:
              - {to: app, allow: select, on: {tables: public.a}}
              # 4 of 5 tables
              # as of today
              - {to: app, allow: select, on: {tables: public.b}}
    "##]]
    .assert_eq(&print(&contract, &notes));
}

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::diagnostic::render::{Colour, render};

fn rendered(texts: &[(&str, &str)]) -> String {
    let sources: Vec<Source> = texts.iter().map(|(name, text)| Source::new(*name, *text)).collect();
    let (_, found) = read(&sources);
    found.iter().map(|one| render(one, &sources, Colour::Plain) + "\n").collect()
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&rendered(&[("c.yaml", text)]));
}

#[test]
fn the_worked_example_has_nothing_wrong_with_it() {
    assert_eq!(rendered(&[("contract.yaml", crate::reference::EXAMPLE)]), "");
}

#[test]
fn a_contract_without_its_version_is_checked_all_the_same() {
    let found = rendered(&[("c.yaml", "roles:\n  app: {kind: login, member_of: [nobody]}\n")]);
    assert!(found.contains("a contract needs the key `contract`"), "{found}");
    assert!(found.contains("nobody"), "{found}");
    assert_eq!(found.matches("error[").count(), 2, "{found}");
}

#[test]
fn unknown_keys_are_errors_and_say_what_was_probably_meant() {
    check(
        "contract: 1\nrolls: {}\nroles:\n  app: {kind: login, conections: 5, password: x}\n",
        expect![[r#"
            error[C0003 unknown-key]: a contract has no key `rolls`
             --> c.yaml:2:1
              |
            2 | rolls: {}
              | ^^^^^
              |
              = help: did you mean `roles`? its keys are `contract`, `cluster`, `scope`, `presets`, `roles`, `retired_roles`, `settings`, `parameters`, `tablespaces`, `databases`, `access`, `audit`
            error[C0003 unknown-key]: a role has no key `conections`
             --> c.yaml:4:22
              |
            4 |   app: {kind: login, conections: 5, password: x}
              |                      ^^^^^^^^^^
              |
              = help: did you mean `connections`? its keys are `kind`, `login`, `superuser`, `createdb`, `createrole`, `replication`, `bypass_rls`, `inherit`, `connections`, `valid_until`, `member_of`, `may_become`, `settings`, `settings_in`, `secret`, `password`, `comment`, `because`
            error[C0006 unknown-word]: `x` is not a rule about a password
             --> c.yaml:4:47
              |
            4 |   app: {kind: login, conections: 5, password: x}
              |                                               ^
              |
              = help: it can be: `none`, `elsewhere`
        "#]],
    );
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    check(
        "contract: 2\nroles:\n  app: {kind: logn, superuser: yes, connections: many, valid_until: tomorrow}\n  owner:\ndatabases:\n  shop:\n    connect: app\n    grants:\n      - {to: app, allow: [SELECT], on: {tables: public}}\n      - {allow: select}\n",
        expect![[r#"
            error[C0009 unknown-version]: expected `1`, found the number `2`
             --> c.yaml:1:11
              |
            1 | contract: 2
              |           ^
              |
              = note: 1 is the only version of the contract format this pgward knows
              = help: write `contract: 1`
            error[C0006 unknown-word]: `logn` is not a kind of role
             --> c.yaml:3:15
              |
            3 |   app: {kind: logn, superuser: yes, connections: many, valid_until: tomorrow}
              |               ^^^^
              |
              = help: did you mean `login`? it can be: `login`, `group`, `owner`, `definer`, `external`, `dba`
            error[C0005 wrong-type]: expected `true` or `false`, found the word `yes`
             --> c.yaml:3:32
              |
            3 |   app: {kind: logn, superuser: yes, connections: many, valid_until: tomorrow}
              |                                ^^^
              |
              = help: write `true`, without quotes
            error[C0005 wrong-type]: expected a whole number, found the word `many`
             --> c.yaml:3:50
              |
            3 |   app: {kind: logn, superuser: yes, connections: many, valid_until: tomorrow}
              |                                                  ^^^^
            error[C0013 bad-time]: `tomorrow` is not a point in time
             --> c.yaml:3:69
              |
            3 |   app: {kind: logn, superuser: yes, connections: many, valid_until: tomorrow}
              |                                                                     ^^^^^^^^
              |
              = help: write ISO 8601 with an offset, such as `2027-01-31T00:00:00Z`, or `infinity`
            error[C0005 wrong-type]: expected a role, found nothing
             --> c.yaml:4:8
              |
            4 |   owner:
              |        ^
              |
              = help: write a value, `{}` or `[]` where there is nothing to add, or remove the key
            error[C0005 wrong-type]: expected a list, found the word `app`
             --> c.yaml:7:14
              |
            7 |     connect: app
              |              ^^^
              |
              = help: a list is written in brackets: `[app]`
            error[C0006 unknown-word]: `SELECT` is not a privilege
             --> c.yaml:9:27
              |
            9 |       - {to: app, allow: [SELECT], on: {tables: public}}
              |                           ^^^^^^
              |
              = help: did you mean `select`? it can be: `select`, `insert`, `update`, `delete`, `truncate`, `references`, `trigger`, `maintain`, `execute`, `usage`, `create`, `all`
            error[C0012 bad-pattern]: `public` does not name a schema
             --> c.yaml:9:49
              |
            9 |       - {to: app, allow: [SELECT], on: {tables: public}}
              |                                                 ^^^^^^
              |
              = help: write `schema.name`, for example `public.public` or `public.*`
            error[C0004 missing-key]: a grant needs the key `to`
              --> c.yaml:10:9
               |
            10 |       - {allow: select}
               |         ^^^^^^^^^^^^^^^ `to` is missing
        "#]],
    );
}

#[test]
fn a_key_written_twice_is_shown_at_both_places() {
    check(
        "contract: 1\nroles:\n  app: {}\n  web: {}\n  app: {kind: group}\n",
        expect![[r#"
        error[C0007 duplicate-key]: the key `app` is here twice
         --> c.yaml:5:3
          |
        3 |   app: {}
          |   --- first written here
        4 |   web: {}
        5 |   app: {kind: group}
          |   ^^^
          |
          = help: remove one of them, or join what they say
    "#]],
    );
}

#[test]
fn the_same_role_in_two_files_is_shown_in_both() {
    expect![[r#"
        error[C0008 defined-twice]: `app` is written in two files
         --> more/roles.yaml:4:3
          |
        4 |   app: {}
          |   ^^^
          |
         ::: roles.yaml:3:3
          |
        3 |   app: {}
          |   --- first written here
          |
          = help: keep one of them, or move what they say into one file
    "#]]
    .assert_eq(&rendered(&[
        ("roles.yaml", "contract: 1\nroles:\n  app: {}\n"),
        ("more/roles.yaml", "contract: 1\nroles:\n  web: {}\n  app: {}\n"),
    ]));
}

#[test]
fn files_of_one_contract_are_put_together() {
    let sources = [
        Source::new(
            "a.yaml",
            "contract: 1\nroles: {app: {}}\ndatabases: {shop: {}}\naccess: {targets: {t: {database: shop}}}\n",
        ),
        Source::new(
            "b.yaml",
            "contract: 1\nroles: {web: {}}\naccess: {tiers: {admin: {ttl: 1h, max: 2h, approval: [auto]}}}\n",
        ),
    ];
    let (contract, found) = read(&sources);
    assert_eq!(found, []);
    assert_eq!(contract.roles.len(), 2);
    let access = contract.access.unwrap();
    assert_eq!((access.targets.len(), access.tiers.len()), (1, 1));
}

#[test]
fn broken_yaml_is_shown_where_it_breaks() {
    check(
        "contract: 1\nroles:\n  app: {kind: login\n  web: {}\n",
        expect![[r#"
        error[C0001 broken-yaml]: this is not YAML: while parsing a flow mapping, did not find expected ',' or '}'
         --> c.yaml:4:6
          |
        4 |   web: {}
          |      ^
          |
          = help: look at the indentation, and for a bracket, quote or `: ` that is missing before this place
    "#]],
    );
    check(
        "contract: 1\nscope:\n\troles: []\n",
        expect![[r#"
        error[C0001 broken-yaml]: this is not YAML: tabs disallowed within this context (block indentation)
         --> c.yaml:3:2
          |
        3 |     roles: []
          |     ^
          |
          = help: YAML is indented with spaces; there is a tab in this line
    "#]],
    );
    check(
        "contract: 1\ncluster: *nowhere\n",
        expect![[r#"
        error[C0001 broken-yaml]: this is not YAML: while parsing node, found unknown anchor
         --> c.yaml:2:10
          |
        2 | cluster: *nowhere
          |          ^
          |
          = help: quote the value: a plain word may not start with `*`, `%`, `@` or a backtick
    "#]],
    );
    check(
        "",
        expect![[r#"
        error[C0002 not-a-contract]: the file holds no contract
         --> c.yaml:1:1
          |
        1 |
          | ^
          |
          = note: there is nothing in it but white space and comments
          = help: start it with `contract: 1`
    "#]],
    );
    check(
        "- a\n- b\n",
        expect![[r#"
        error[C0002 not-a-contract]: a contract is a mapping of keys to values, this is a list
         --> c.yaml:1:1
          |
        1 | - a
          | ^^^
          |
          = help: start it with `contract: 1`
    "#]],
    );
}

#[test]
fn a_quoted_merge_key_is_a_name_like_any_other() {
    let text = "contract: 1\nroles: {\"<<\": {kind: owner}, '<': {}}\ndatabases: {shop: {schemas: {'<<': {use: ['<<']}}}}\n";
    let (contract, found) = read(&[Source::new("c.yaml", text)]);
    assert_eq!(found, []);
    let names: Vec<&str> = contract.roles.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["<<", "<"]);
}

#[test]
fn anchors_and_merge_keys_work_and_what_is_written_out_wins() {
    let text = "contract: 1\nroles:\n  one: &base {kind: group, comment: shared}\n  two: {<<: *base, comment: own}\n  three: *base\n";
    let (contract, found) = read(&[Source::new("c.yaml", text)]);
    assert_eq!(found, []);
    let comments: Vec<&str> =
        contract.roles.iter().map(|(_, role)| role.comment.as_ref().unwrap().as_str()).collect();
    assert_eq!(comments, ["shared", "own", "shared"]);
}

#[test]
fn aliases_cannot_make_a_small_file_large() {
    let mut text = String::from("contract: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let alias = format!("*a{before}");
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", ")));
    }
    assert!(rendered(&[("bomb.yaml", &text)]).contains("aliases make this file too large"));
}

#[test]
fn depth_is_bounded() {
    let text = format!("contract: 1\nx: {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    assert!(rendered(&[("deep.yaml", &text)]).contains("error[C0001 broken-yaml]"));
}

#[test]
fn names_that_postgresql_would_cut_are_refused() {
    let text = format!("contract: 1\nroles:\n  {}: {{}}\n", "é".repeat(32));
    check(
        &text,
        expect![[r#"
        error[C0010 bad-name]: a role name cannot be longer than 63 bytes, this is 64
         --> c.yaml:3:3
          |
        3 |   éééééééééééééééééééééééééééééééé: {}
          |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: PostgreSQL would cut it to `ééééééééééééééééééééééééééééééé`
    "#]],
    );
}

#[test]
fn paths_of_secrets_stay_in_the_folder() {
    check(
        "contract: 1\nroles: {app: {secret: {store: file, path: ../../etc/passwd}}}\n",
        expect![[r#"
        error[C0015 unsafe-path]: the path `../../etc/passwd` leaves the folder of the contract
         --> c.yaml:2:43
          |
        2 | roles: {app: {secret: {store: file, path: ../../etc/passwd}}}
          |                                           ^^^^^^^^^^^^^^^^
          |
          = help: write a path relative to the folder of the contract, without `..`
    "#]],
    );
}

#[test]
fn a_broken_file_does_not_make_the_names_in_the_others_unknown() {
    let text = rendered(&[
        ("roles.yaml", "contract: 1\nroles: {app: {}\n"),
        ("shop.yaml", "contract: 1\ndatabases: {shop: {connect: [app]}}\n"),
    ]);
    assert!(text.contains("C0001") && !text.contains("C0101"), "{text}");
}

#[test]
fn diagnostics_for_machines_have_the_place_the_code_and_the_related_places() {
    let sources = [Source::new("c.yaml", "contract: 1\nroles:\n  app: {}\n  app: {}\n")];
    let (_, found) = read(&sources);
    let json: Vec<_> = found.iter().map(|one| crate::diagnostic::json::to_json(one, &sources)).collect();
    let text = serde_json::to_string_pretty(&json).unwrap();
    expect![[r#"
        [
          {
            "file": "c.yaml",
            "line": 4,
            "column": 3,
            "end_line": 4,
            "end_column": 6,
            "code": "C0007",
            "name": "duplicate-key",
            "severity": "error",
            "message": "the key `app` is here twice",
            "detail": null,
            "hint": "remove one of them, or join what they say",
            "related": [
              {
                "file": "c.yaml",
                "line": 3,
                "column": 3,
                "end_line": 3,
                "end_column": 6,
                "text": "first written here"
              }
            ]
          }
        ]"#]]
    .assert_eq(&text);
}

#[test]
fn short_keys_that_are_misspelt_are_known_again_and_miss_nothing_else() {
    let grant = |key: &str| {
        format!("contract: 1\nroles: {{a: {{kind: login}}}}\ndatabases:\n  d:\n    grants: [{{{key}}}]\n")
    };
    for (text, meant) in [
        ("ot: a, allow: select, on: {tables: s.t}", "to"),
        ("t: a, allow: select, on: {tables: s.t}", "to"),
        ("to: a, allow: select, no: {tables: s.t}", "on"),
        ("to: a, allow: select, n: {tables: s.t}", "on"),
        ("to: a, alow: select, on: {tables: s.t}", "allow"),
    ] {
        let found = rendered(&[("c.yaml", &grant(text))]);
        assert!(found.contains(&format!("did you mean `{meant}`?")), "{text}: {found}");
        assert!(!found.contains("needs the key"), "{text}: {found}");
    }
    let never = "contract: 1\nroles: {a: {kind: login}}\ndatabases: {d: {never: [{roles: a, amy: select, on: {tables: s.t}}]}}\n";
    let found = rendered(&[("c.yaml", never)]);
    assert!(found.contains("did you mean `may`?"), "{found}");
    // Two keys as near as each other, and one like none of them.
    assert_eq!(crate::diagnostic::key_meant("zo", &["to", "do"]), None);
    assert_eq!(crate::diagnostic::key_meant("xy", &["to", "on"]), None);
    for (found, meant) in
        [("sue", "use"), ("us", "use"), ("mxa", "max"), ("tll", "ttl"), ("lga", "lag"), ("fro", "for")]
    {
        assert_eq!(
            crate::diagnostic::key_meant(found, &["use", "max", "ttl", "lag", "for", "who"]),
            Some(meant)
        );
    }
}

#[test]
fn an_unknown_key_is_said_before_one_that_is_missing() {
    let text = "contract: 1\nroles: {a: {kind: login}}\ndatabases: {d: {grants: [{zebra: a, allow: select, on: {tables: s.t}}]}}\n";
    let found = rendered(&[("c.yaml", text)]);
    let unknown = found.find("has no key `zebra`").unwrap();
    assert!(found.find("needs the key `to`").is_some_and(|missing| unknown < missing), "{found}");
}

#[test]
fn colours_change_nothing_but_the_colour() {
    let sources = [Source::new("c.yaml", "contract: 1\nrolls: {}\n")];
    let (_, found) = read(&sources);
    let coloured = render(&found[0], &sources, Colour::Ansi);
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(plain, render(&found[0], &sources, Colour::Plain));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        rendered(&[("any.yaml", &String::from_utf8_lossy(&bytes))]);
    }

    #[test]
    fn no_mutation_of_a_contract_makes_the_reader_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..4), 1..8),
    ) {
        const SPLICES: [&str; 12] =
            ["", "{", "]", "\"", "*", "&a ", "\n  ", ": ", "é🦀", "\t", "<<: *a", "\u{0}"];
        let mut text: Vec<char> = crate::reference::EXAMPLE.chars().collect();
        for (at, splice, cut) in edits {
            let start = at.index(text.len());
            let end = (start + cut).min(text.len());
            text.splice(start..end, splice.get(&SPLICES).chars());
        }
        rendered(&[("mutated.yaml", &text.into_iter().collect::<String>())]);
    }
}

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use expect_test::{Expect, expect};

use crate::diagnostic::render::{Colour, render};
use crate::read::read;
use crate::source::Source;

fn check(text: &str, expected: Expect) {
    let sources = [Source::new("c.yaml", format!("contract: 1\n{text}\n"))];
    let (_, found) = read(&sources);
    let rendered: String = found.iter().map(|one| render(one, &sources, Colour::Plain) + "\n").collect();
    expected.assert_eq(&rendered);
}

#[test]
fn a_role_nobody_declared_is_an_error_with_the_likely_name() {
    let text = r#"roles: {shop_app: {}, shop_owner: {kind: owner}}
databases:
  shop:
    owner: shop_ownr
    connect: [shop_app, stranger, pg_monitor]
    rows: {public.t: {policies: {p: {to: [shop_ap], using: "true"}}}}
    interfaces: {"public.f()": {search_path: [pg_temp], execute: [pg_read_al_data]}}"#;
    check(
        text,
        expect![[r#"
        error[C0101 undeclared-role]: role "shop_ownr" is not declared
         --> c.yaml:5:12
          |
        5 |     owner: shop_ownr
          |            ^^^^^^^^^
          |
          = help: did you mean `shop_owner`?
        error[C0101 undeclared-role]: role "stranger" is not declared
         --> c.yaml:6:25
          |
        6 |     connect: [shop_app, stranger, pg_monitor]
          |                         ^^^^^^^^
          |
          = help: declare it under `roles`; with `{kind: external}` if it is made elsewhere: `stranger: {kind: external}`
        error[C0101 undeclared-role]: role "shop_ap" is not declared
         --> c.yaml:7:43
          |
        7 |     rows: {public.t: {policies: {p: {to: [shop_ap], using: "true"}}}}
          |                                           ^^^^^^^
          |
          = help: did you mean `shop_app`?
        error[C0101 undeclared-role]: role "pg_read_al_data" is not declared
         --> c.yaml:8:67
          |
        8 |     interfaces: {"public.f()": {search_path: [pg_temp], execute: [pg_read_al_data]}}
          |                                                                   ^^^^^^^^^^^^^^^
          |
          = help: did you mean `pg_read_all_data`?
    "#]],
    );
}

#[test]
fn never_beats_grants_and_both_places_are_shown() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    grants:
      - {to: app, allow: [select, insert], on: {tables: public.*}}
    never:
      - {roles: app, may: [select], on: {tables: public.tenants}}"#;
    check(
        text,
        expect![[r#"
        error[C0102 contradiction]: role "app" is given what it may never have: select on public.tenants
         --> c.yaml:6:27
          |
        6 |       - {to: app, allow: [select, insert], on: {tables: public.*}}
          |                           ^^^^^^
        7 |     never:
        8 |       - {roles: app, may: [select], on: {tables: public.tenants}}
          |                            ------ forbidden here
          |
          = note: `never` would win, so one of the two is a mistake
          = help: narrow what is given, with `except` for objects, or remove it from `never`
    "#]],
    );
}

#[test]
fn an_exception_keeps_a_grant_and_a_never_apart() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    grants:
      - {to: app, allow: select, on: {tables: public.*, except: [public.ten*]}}
      - {to: app, allow: execute, on: {functions: "public.*", except: ["public.f(integer)"]}}
      - {to: app, allow: select, on: {tables: public.people, columns: [id]}}
    never:
      - {roles: app, may: [select], on: {tables: public.tenants}}
      - {roles: app, may: [execute], on: {functions: "public.f(int4)"}}
      - {roles: app, may: [select], on: {tables: public.people, columns: [ssn]}}
      - {roles: app, may: [truncate, create_table, drop_table]}"#;
    check(
        text,
        expect![[r#"
        error[C0102 contradiction]: role "app" is given what it may never have: select on public.people
          --> c.yaml:6:26
           |
         6 |       - {to: app, allow: select, on: {tables: public.*, except: [public.ten*]}}
           |                          ^^^^^^
        ...
        12 |       - {roles: app, may: [select], on: {tables: public.people, columns: [ssn]}}
           |                            ------ forbidden here
           |
           = note: `never` would win, so one of the two is a mistake
           = help: narrow what is given, with `except` for objects, or remove it from `never`
    "#]],
    );
}

#[test]
fn never_sees_through_memberships_and_public() {
    let text = r#"roles:
  readers: {kind: group}
  leads: {kind: group, member_of: [readers]}
  app: {may_become: [leads]}
databases:
  shop:
    connect: [PUBLIC]
    schemas: {public: {create: [leads], use: []}}
    grants:
      - {to: readers, allow: all, on: {tables: "*.secrets"}}
    never:
      - {roles: app, may: [delete, connect, create_table]}"#;
    check(
        text,
        expect![[r#"
        error[C0102 contradiction]: role "app" is given what it may never have: connect on database "shop"
          --> c.yaml:8:15
           |
         8 |     connect: [PUBLIC]
           |               ^^^^^^
        ...
        13 |       - {roles: app, may: [delete, connect, create_table]}
           |                                    ------- forbidden here
           |
           = note: it is given to PUBLIC, and "app" is part of that
           = help: narrow what is given, with `except` for objects, or remove it from `never`
        error[C0102 contradiction]: role "app" is given what it may never have: create table on schema "public"
          --> c.yaml:9:33
           |
         5 |   app: {may_become: [leads]}
           |                      ----- through "leads"
        ...
         9 |     schemas: {public: {create: [leads], use: []}}
           |                                 ^^^^^
        ...
        13 |       - {roles: app, may: [delete, connect, create_table]}
           |                                             ------------ forbidden here
           |
           = note: "app" has, or can become, what "leads" has
           = help: narrow what is given, with `except` for objects, or remove it from `never`
        error[C0102 contradiction]: role "app" is given what it may never have: delete on z.secrets
          --> c.yaml:11:30
           |
         4 |   leads: {kind: group, member_of: [readers]}
           |                                    ------- through "readers"
         5 |   app: {may_become: [leads]}
           |                      ----- through "leads"
        ...
        11 |       - {to: readers, allow: all, on: {tables: "*.secrets"}}
           |                              ^^^
        12 |     never:
        13 |       - {roles: app, may: [delete, connect, create_table]}
           |                            ------ forbidden here
           |
           = note: "app" has, or can become, what "readers" has
           = help: narrow what is given, with `except` for objects, or remove it from `never`
    "#]],
    );
}

#[test]
fn never_knows_owners_attributes_and_predefined_roles() {
    let text = r#"roles:
  boss: {superuser: true}
  app: {createrole: true, member_of: [pg_execute_server_program]}
  owner: {kind: owner}
  migrator: {may_become: [owner]}
databases:
  shop:
    schemas: {public: {objects_owner: owner}}
    never:
      - {roles: [app, boss], reach: [superuser, server_program], may: [create_role]}
      - {roles: migrator, may: [drop_table], on: {tables: public.audit}}"#;
    check(
        text,
        expect![[r#"
        error[C0102 contradiction]: role "boss" is given what it may never have: create role
          --> c.yaml:3:21
           |
         3 |   boss: {superuser: true}
           |                     ^^^^
        ...
        11 |       - {roles: [app, boss], reach: [superuser, server_program], may: [create_role]}
           |                                                                        ----------- forbidden here
           |
           = note: `never` would win, so one of the two is a mistake
           = help: narrow what is given, with `except` for objects, or remove it from `never`
        error[C0102 contradiction]: role "boss" is given what it may never have: server program
          --> c.yaml:3:21
           |
         3 |   boss: {superuser: true}
           |                     ^^^^
        ...
        11 |       - {roles: [app, boss], reach: [superuser, server_program], may: [create_role]}
           |                                                 -------------- forbidden here
           |
           = note: `never` would win, so one of the two is a mistake
           = help: narrow what is given, with `except` for objects, or remove it from `never`
        error[C0102 contradiction]: role "boss" is given what it may never have: superuser
          --> c.yaml:3:21
           |
         3 |   boss: {superuser: true}
           |                     ^^^^
        ...
        11 |       - {roles: [app, boss], reach: [superuser, server_program], may: [create_role]}
           |                                      --------- forbidden here
           |
           = note: `never` would win, so one of the two is a mistake
           = help: narrow what is given, with `except` for objects, or remove it from `never`
        error[C0102 contradiction]: role "app" is given what it may never have: create role
          --> c.yaml:4:21
           |
         4 |   app: {createrole: true, member_of: [pg_execute_server_program]}
           |                     ^^^^
        ...
        11 |       - {roles: [app, boss], reach: [superuser, server_program], may: [create_role]}
           |                                                                        ----------- forbidden here
           |
           = note: `never` would win, so one of the two is a mistake
           = help: narrow what is given, with `except` for objects, or remove it from `never`
        error[C0102 contradiction]: role "app" is given what it may never have: server program
          --> c.yaml:4:39
           |
         4 |   app: {createrole: true, member_of: [pg_execute_server_program]}
           |                                       ^^^^^^^^^^^^^^^^^^^^^^^^^
        ...
        11 |       - {roles: [app, boss], reach: [superuser, server_program], may: [create_role]}
           |                                                 -------------- forbidden here
           |
           = note: "app" has, or can become, what "pg_execute_server_program" has
           = help: narrow what is given, with `except` for objects, or remove it from `never`
        error[C0102 contradiction]: role "migrator" is given what it may never have: drop table on public.audit, as its owner
          --> c.yaml:9:39
           |
         6 |   migrator: {may_become: [owner]}
           |                           ----- through "owner"
        ...
         9 |     schemas: {public: {objects_owner: owner}}
           |                                       ^^^^^
        ...
        12 |       - {roles: migrator, may: [drop_table], on: {tables: public.audit}}
           |                                 ---------- forbidden here
           |
           = note: "migrator" has, or can become, what "owner" has
           = help: narrow what is given, with `except` for objects, or remove it from `never`
    "#]],
    );
}

#[test]
fn a_never_without_roles_or_deeds_is_pointed_out() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    never:
      - {roles: "*_bot", may: [select]}
      - {roles: apq, reach: [superuser]}
      - {roles: app}"#;
    check(
        text,
        expect![[r#"
        warning[C0107 nothing-left]: the pattern matches no role of this contract
         --> c.yaml:6:17
          |
        6 |       - {roles: "*_bot", may: [select]}
          |                 ^^^^^^^
          |
          = help: it will hold for roles that are declared later
        error[C0101 undeclared-role]: role "apq" is not declared
         --> c.yaml:7:17
          |
        7 |       - {roles: apq, reach: [superuser]}
          |                 ^^^
          |
          = help: did you mean `app`?
        error[C0004 missing-key]: a `never` needs `may` or `reach`
         --> c.yaml:8:9
          |
        8 |       - {roles: app}
          |         ^^^^^^^^^^^^
          |
          = help: write what the roles may never do (`may`), or become (`reach`)
    "#]],
    );
}

#[test]
fn roles_cannot_be_members_of_each_other_in_a_circle() {
    let text = r#"roles:
  a: {kind: group, member_of: [b]}
  b: {kind: group, may_become: [c]}
  c: {kind: group, member_of: [{role: a, admin: true}]}
  d: {member_of: [a]}"#;
    check(
        text,
        expect![[r#"
        error[C0103 membership-cycle]: role "a" would be a member of itself
         --> c.yaml:5:39
          |
        3 |   a: {kind: group, member_of: [b]}
          |                                - by this membership
        4 |   b: {kind: group, may_become: [c]}
          |                                 - by this membership
        5 |   c: {kind: group, member_of: [{role: a, admin: true}]}
          |                                       ^
          |
          = note: "a" is a member of "b", which is a member of "c", which is a member of "a"
          = help: take one of these memberships away
    "#]],
    );
}

#[test]
fn a_definer_has_no_members_and_no_login() {
    let text = r#"roles:
  security: {kind: definer, bypass_rls: true, login: true}
  app: {may_become: [security]}"#;
    check(
        text,
        expect![[r#"
        error[C0104 exposed-definer]: definer role "security" can log in
         --> c.yaml:3:54
          |
        3 |   security: {kind: definer, bypass_rls: true, login: true}
          |                                                      ^^^^
          |
          = note: whoever logs in as it has everything its functions may do, without the functions
          = help: remove `login: true`
        error[C0104 exposed-definer]: role "app" would be a member of definer role "security"
         --> c.yaml:4:22
          |
        3 |   security: {kind: definer, bypass_rls: true, login: true}
          |   -------- a definer, which nobody is a member of
        4 |   app: {may_become: [security]}
          |                      ^^^^^^^^
          |
          = help: let it call the definer's functions instead: `interfaces: {...: {execute: [...]}}`
    "#]],
    );
}

#[test]
fn a_migrator_that_could_not_alter_is_told_why_and_what_works() {
    let text = r#"roles:
  gui: {kind: dba}
  gui_owner: {kind: owner}
  gui_migrator: {}
  good_migrator: {may_become: [gui_owner]}
databases:
  gui:
    schemas:
      public: {objects_owner: gui, create: [gui_migrator]}
      shop: {objects_owner: gui_owner, create: [gui_migrator, good_migrator]}
      own: {create: [gui_migrator]}
    owners:
      - {owner: gui_owner, on: {tables: own.ledger}}"#;
    check(
        text,
        expect![[r#"
        error[C0106 migrator-cannot-alter]: role "gui_migrator" may create in schema "public" and could not alter what is there
          --> c.yaml:10:45
           |
        10 |       public: {objects_owner: gui, create: [gui_migrator]}
           |                               ---           ^^^^^^^^^^^^
           |                               |
           |                               "gui" owns the objects
           |
           = note: ALTER and DROP belong to the owner; no GRANT gives them, ALL PRIVILEGES neither, and "gui_migrator" is not and may not become "gui"
           = help: give the objects to a role that nobody logs in as (`kind: owner`) and write `gui_migrator: {may_become: [that role]}`; or make it the owner itself: `objects_owner: gui_migrator`
        error[C0106 migrator-cannot-alter]: role "gui_migrator" may create in schema "shop" and could not alter what is there
          --> c.yaml:11:49
           |
        11 |       shop: {objects_owner: gui_owner, create: [gui_migrator, good_migrator]}
           |                             ---------           ^^^^^^^^^^^^
           |                             |
           |                             "gui_owner" owns the objects
           |
           = note: ALTER and DROP belong to the owner; no GRANT gives them, ALL PRIVILEGES neither, and "gui_migrator" is not and may not become "gui_owner"
           = help: let it become the owner: `gui_migrator: {may_become: [gui_owner]}`; or make it the owner itself: `objects_owner: gui_migrator`
        error[C0106 migrator-cannot-alter]: role "gui_migrator" may create in schema "own" and could not alter what is there
          --> c.yaml:12:22
           |
        12 |       own: {create: [gui_migrator]}
           |                      ^^^^^^^^^^^^
        13 |     owners:
        14 |       - {owner: gui_owner, on: {tables: own.ledger}}
           |                 --------- "gui_owner" owns the objects
           |
           = note: ALTER and DROP belong to the owner; no GRANT gives them, ALL PRIVILEGES neither, and "gui_migrator" is not and may not become "gui_owner"
           = help: let it become the owner: `gui_migrator: {may_become: [gui_owner]}`; or make it the owner itself: `objects_owner: gui_migrator`
    "#]],
    );
}

#[test]
fn an_exception_that_leaves_nothing_is_an_error() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    grants:
      - {to: app, allow: select, on: {tables: [public.tenants, public.orders], except: [public.ten*]}}
      - {to: app, allow: select, on: {tables: public.*, except: ["public.f()", tenants]}}
      - {to: app, allow: select, on: {}}"#;
    check(
        text,
        expect![[r#"
        error[C0107 nothing-left]: `except` takes away all that `public.tenants` selects
         --> c.yaml:6:48
          |
        6 |       - {to: app, allow: select, on: {tables: [public.tenants, public.orders], except: [public.ten*]}}
          |                                                ^^^^^^^^^^^^^^
          |
          = help: remove the pattern, or make the exception narrower
        error[C0112 bad-selection]: this exception takes from nothing that is selected
         --> c.yaml:7:66
          |
        7 |       - {to: app, allow: select, on: {tables: public.*, except: ["public.f()", tenants]}}
          |                                                                  ^^^^^^^^^^^^
          |
          = help: write it like what it takes from: functions with `(argument types)`, schemas as bare names
        error[C0112 bad-selection]: this exception takes from nothing that is selected
         --> c.yaml:7:80
          |
        7 |       - {to: app, allow: select, on: {tables: public.*, except: ["public.f()", tenants]}}
          |                                                                                ^^^^^^^
          |
          = help: write it like what it takes from: `schema.name`
        error[C0112 bad-selection]: this selects nothing
         --> c.yaml:8:38
          |
        8 |       - {to: app, allow: select, on: {}}
          |                                      ^^
          |
          = help: name at least one class with a pattern, such as `tables: public.*`
    "#]],
    );
}

#[test]
fn what_columns_cannot_be_given_cannot_be_forbidden_on_them() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    never:
      - {roles: app, may: [select, delete], on: {tables: public.t, columns: [a, b]}}"#;
    check(
        text,
        expect![[r#"
        error[C0111 privilege-of-other-class]: there is no privilege `delete` on columns
         --> c.yaml:6:36
          |
        6 |       - {roles: app, may: [select, delete], on: {tables: public.t, columns: [a, b]}}
          |                                    ^^^^^^
          |
          = help: write what is meant of the columns (a, b) with `select`, `insert`, `update` or `references`, and `delete` in an entry without `columns`
    "#]],
    );
}

#[test]
fn privileges_that_do_not_exist_for_the_class_are_refused() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    grants:
      - {to: app, allow: [select, usage], on: {tables: public.*}}
      - {to: app, allow: [delete], on: {tables: public.t, columns: [a]}}
      - {to: app, allow: [all], on: {publications: p}}
    defaults:
      - {creator: app, on: functions, to: PUBLIC, allow: [select], revoke: true}
      - {creator: app, on: schemas, schema: public, to: app, allow: [usage]}"#;
    check(
        text,
        expect![[r#"
        error[C0111 privilege-of-other-class]: there is no privilege `usage` on tables
         --> c.yaml:6:35
          |
        6 |       - {to: app, allow: [select, usage], on: {tables: public.*}}
          |                                   ^^^^^
          |
          = help: on tables there are: `select`, `insert`, `update`, `delete`, `truncate`, `references`, `trigger`, `maintain`
        error[C0111 privilege-of-other-class]: there is no privilege `delete` on columns
         --> c.yaml:7:27
          |
        7 |       - {to: app, allow: [delete], on: {tables: public.t, columns: [a]}}
          |                           ^^^^^^
          |
          = help: on columns there are: `select`, `insert`, `update`, `references`
        error[C0111 privilege-of-other-class]: there is no privilege `all` on publications
         --> c.yaml:8:27
          |
        8 |       - {to: app, allow: [all], on: {publications: p}}
          |                           ^^^
          |
          = help: they have an owner, and no privileges
        error[C0111 privilege-of-other-class]: there is no privilege `select` on functions
          --> c.yaml:10:59
           |
        10 |       - {creator: app, on: functions, to: PUBLIC, allow: [select], revoke: true}
           |                                                           ^^^^^^
           |
           = help: on functions there are: `execute`
        error[C0116 keys-exclude]: schemas do not live in a schema
          --> c.yaml:11:45
           |
        11 |       - {creator: app, on: schemas, schema: public, to: app, allow: [usage]}
           |                            -------          ^^^^^^
           |                            |
           |                            default privileges of these are for the whole database
           |
           = help: remove `schema`
    "#]],
    );
}

#[test]
fn a_tenant_rule_needs_a_policy_that_uses_its_setting() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    rows:
      public.a: {tenant: {setting: app.tenant, column: tenant_id}}
      public.b:
        policies: {p: {to: app, using: "tenant_id = current_setting('app.tennant')::uuid"}}
        tenant: {setting: app.tenant, column: tenant_id}
      public.c: {none: true, policies: {p: {to: app, using: "true"}}}
      public.d: {policies: {p: {to: app, for: insert, using: "true"}, q: {to: app}, r: {to: app, for: select, check: "true"}}}"#;
    check(
        text,
        expect![[r#"
            error[C0108 tenant-unused]: table public.a has no policy to keep tenants apart
             --> c.yaml:6:26
              |
            6 |       public.a: {tenant: {setting: app.tenant, column: tenant_id}}
              |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: for example `using: "tenant_id = current_setting('app.tenant')::uuid"`
            error[C0108 tenant-unused]: no policy of table public.b looks at `app.tenant`
             --> c.yaml:9:27
              |
            9 |         tenant: {setting: app.tenant, column: tenant_id}
              |                           ^^^^^^^^^^
              |
              = help: for example `using: "tenant_id = current_setting('app.tenant')::uuid"`
            warning[C0109 rows-undecided]: a table without row security has no reason for it
              --> c.yaml:10:24
               |
            10 |       public.c: {none: true, policies: {p: {to: app, using: "true"}}}
               |                        ^^^^
               |
               = help: say why with `because`
            error[C0116 keys-exclude]: table public.c cannot have row security and none
              --> c.yaml:10:24
               |
            10 |       public.c: {none: true, policies: {p: {to: app, using: "true"}}}
               |                        ^^^^             - this needs row security
               |
               = help: remove `none: true`, or the policies
            error[C0116 keys-exclude]: a policy for `insert` has no `using`
              --> c.yaml:11:62
               |
            11 |       public.d: {policies: {p: {to: app, for: insert, using: "true"}, q: {to: app}, r: {to: app, for: select, ch...
               |                                                              ^^^^^^
               |
               = note: there is no row to look at before it is written
               = help: write the condition as `check`
            warning[C0004 missing-key]: a policy without `using` and `check` lets no row through
              --> c.yaml:11:74
               |
            11 |       public.d: {policies: {p: {to: app, for: insert, using: "true"}, q: {to: app}, r: {to: app, for: select, ch...
               |                                                                          ^^^^^^^^^
               |
               = help: write `using: "true"` to let every row through
            error[C0116 keys-exclude]: a policy for `select` has no `check`
              --> c.yaml:11:118
               |
            11 | ..."}, q: {to: app}, r: {to: app, for: select, check: "true"}}}
               |                                                       ^^^^^^
               |
               = note: no row is written
               = help: write the condition as `using`
        "#]],
    );
}

#[test]
fn where_row_security_is_required_every_granted_table_needs_a_decision() {
    let text = r#"roles: {app: {}}
databases:
  shop:
    row_security: required
    grants:
      - {to: app, allow: select, on: {tables: [public.orders, public.countries]}}
    rows:
      public.countries: {none: true, because: the same for everybody}"#;
    check(
        text,
        expect![[r#"
            error[C0109 rows-undecided]: nothing is decided about the rows of public.orders
             --> c.yaml:7:48
              |
            5 |     row_security: required
              |                   -------- every table needs a decision
            6 |     grants:
            7 |       - {to: app, allow: select, on: {tables: [public.orders, public.countries]}}
              |                                                ^^^^^^^^^^^^^
              |
              = help: add it under `rows` with its policies, or `public.orders: {none: true, because: ...}`; a view has no rows of its own: grant on it under `views`, not under `tables`
        "#]],
    );
}

#[test]
fn a_definer_function_needs_a_safe_search_path() {
    let text = r#"roles: {security: {kind: definer}, app: {}}
databases:
  shop:
    interfaces:
      security.a(): {owner: security, execute: [app]}
      security.b(): {owner: security, search_path: [$user, security], execute: [app]}
      security.c(): {security: invoker, execute: [app]}"#;
    check(
        text,
        expect![[r#"
        error[C0110 definer-search-path]: function security.a() runs with its owner's rights and the caller's search_path
         --> c.yaml:6:7
          |
        6 |       security.a(): {owner: security, execute: [app]}
          |       ^^^^^^^^^^^^
          |
          = note: a caller can put objects of its own in front of those the function means
          = help: write `search_path: [pg_catalog, pg_temp]`, and qualify what the function uses with its schema
        error[C0110 definer-search-path]: `$user` is a schema of the caller's choice
         --> c.yaml:7:53
          |
        7 |       security.b(): {owner: security, search_path: [$user, security], execute: [app]}
          |                                                     ^^^^^
          |
          = help: name the schemas the function needs
        warning[C0110 definer-search-path]: the search_path does not end with `pg_temp`
         --> c.yaml:7:60
          |
        7 |       security.b(): {owner: security, search_path: [$user, security], execute: [app]}
          |                                                            ^^^^^^^^
          |
          = note: a schema that is not named is searched first when it holds temporary tables
          = help: add `pg_temp` as the last schema
    "#]],
    );
}

#[test]
fn roles_are_given_what_goes_with_their_kind() {
    let text = r#"roles:
  pg_friends: {}
  elsewhere: {kind: external, createdb: true, member_of: [readers]}
  readers: {kind: group, secret: {store: file, path: secrets/readers}, login: true}
  twice: {member_of: [readers], may_become: [readers]}
retired_roles:
  twice: {reassign_to: twice}
  old: {reassign_to: nobody_known}"#;
    check(
        text,
        expect![[r#"
            error[C0011 reserved-name]: role "pg_friends" is PostgreSQL's own
             --> c.yaml:3:3
              |
            3 |   pg_friends: {}
              |   ^^^^^^^^^^
              |
              = help: predefined roles and PUBLIC need no declaration: name them where something is given to them
            error[C0105 kind-mismatch]: role "readers" of kind `group` cannot have `login: true`
             --> c.yaml:5:79
              |
            5 |   readers: {kind: group, secret: {store: file, path: secrets/readers}, login: true}
              |   ------- declared here                                                       ^^^^
              |
              = help: write `kind: login` if it is a role that somebody connects as
            error[C0113 repeated]: the membership in "readers" is written twice
             --> c.yaml:6:46
              |
            6 |   twice: {member_of: [readers], may_become: [readers]}
              |                       -------                ^^^^^^^
              |                       |
              |                       first written here
              |
              = help: `may_become` is a membership without INHERIT: write it under one of the two keys
            error[C0114 retired-and-declared]: role "twice" is declared and retired
             --> c.yaml:8:3
              |
            6 |   twice: {member_of: [readers], may_become: [readers]}
              |   ----- declared here
            7 | retired_roles:
            8 |   twice: {reassign_to: twice}
              |   ^^^^^
              |
              = help: remove it from `roles`: while it is being retired pgward keeps it
            error[C0114 retired-and-declared]: a role cannot succeed itself
             --> c.yaml:8:24
              |
            8 |   twice: {reassign_to: twice}
              |                        ^^^^^
              |
              = help: name the role that is to own what this one owns
            error[C0101 undeclared-role]: role "nobody_known" is not declared
             --> c.yaml:9:22
              |
            9 |   old: {reassign_to: nobody_known}
              |                      ^^^^^^^^^^^^
              |
              = help: declare it under `roles`; with `{kind: external}` if it is made elsewhere: `nobody_known: {kind: external}`
        "#]],
    );
}

#[test]
fn what_is_outside_the_scope_is_pointed_out() {
    let text = r#"scope: {roles: ["shop_*"], databases: [shop]}
roles: {shop_app: {}, other: {}, postgres: {kind: dba}}
databases: {shop: {}, warehouse: {}}"#;
    check(
        text,
        expect![[r#"
        warning[C0117 outside-scope]: role "other" is outside the scope
         --> c.yaml:3:23
          |
        3 | roles: {shop_app: {}, other: {}, postgres: {kind: dba}}
          |                       ^^^^^
          |
          = note: differences are reported, and the role is not changed
          = help: add it to `scope.roles`, or declare it with `kind: external`
        warning[C0117 outside-scope]: database "warehouse" is outside the scope
         --> c.yaml:4:23
          |
        4 | databases: {shop: {}, warehouse: {}}
          |                       ^^^^^^^^^
          |
          = note: differences are reported, and nothing in it is changed
          = help: add it to `scope.databases`
    "#]],
    );
}

#[test]
fn terms_of_access_can_be_kept() {
    let text = r#"databases: {shop: {}}
access:
  targets: {prod: {database: shopp}}
  tiers:
    admin: {ttl: 2h, max: 1h, approval: [dba], tables: [public.a]}
    read_limited_write: {ttl: 1h, max: 1h, approval: [auto]}"#;
    check(
        text,
        expect![[r#"
            error[C0115 undeclared-database]: database "shopp" is not described in this contract
             --> c.yaml:4:30
              |
            4 |   targets: {prod: {database: shopp}}
              |                              ^^^^^
              |
              = help: did you mean `shop`?
            error[C0014 out-of-range]: a lease would be longer than the longest that is allowed
             --> c.yaml:6:18
              |
            6 |     admin: {ttl: 2h, max: 1h, approval: [dba], tables: [public.a]}
              |                  ^^       -- the longest
            error[C0116 keys-exclude]: tier `admin` has no list of tables
             --> c.yaml:6:57
              |
            6 |     admin: {ttl: 2h, max: 1h, approval: [dba], tables: [public.a]}
              |                                                         ^^^^^^^^
              |
              = help: `tables` is for `read_limited_write`, whose writes it limits
            warning[C0004 missing-key]: `read_limited_write` without `tables` can write nowhere
             --> c.yaml:7:25
              |
            7 |     read_limited_write: {ttl: 1h, max: 1h, approval: [auto]}
              |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: list the tables whose rows it can change
        "#]],
    );
}

#[test]
fn what_postgresql_gives_to_everybody_contradicts_a_never_that_forbids_it() {
    let text = "roles: {a: {}, b: {}}
databases:
  d:
    never: [{roles: [a, b], may: [connect, temporary]}]
  e:
    connect: [b]
    public: none
    never: [{roles: a, may: [connect, temporary]}]";
    check(
        text,
        expect![[r#"
        error[C0102 contradiction]: role "a" is given what it may never have: connect on database "d"
         --> c.yaml:5:35
          |
        4 |   d:
          |   - `connect` is not written here
        5 |     never: [{roles: [a, b], may: [connect, temporary]}]
          |                                   ^^^^^^^
          |
          = note: PostgreSQL gives it to PUBLIC where nobody says who has it, and every role is part of that
          = help: list who has it: `connect: [...]`; or write `public: none`
        error[C0102 contradiction]: role "a" is given what it may never have: temporary on database "d"
         --> c.yaml:5:44
          |
        4 |   d:
          |   - `temporary` is not written here
        5 |     never: [{roles: [a, b], may: [connect, temporary]}]
          |                                            ^^^^^^^^^
          |
          = note: PostgreSQL gives it to PUBLIC where nobody says who has it, and every role is part of that
          = help: list who has it: `temporary: [...]`; or write `public: none`
    "#]],
    );
}

#[test]
fn public_is_suggested_where_it_was_meant() {
    let text = "roles: {a: {}}
databases: {d: {owner: PUBLC, connect: [PUBLC], temporary: [Public]}}";
    check(
        text,
        expect![[r#"
        error[C0101 undeclared-role]: role "PUBLC" is not declared
         --> c.yaml:3:24
          |
        3 | databases: {d: {owner: PUBLC, connect: [PUBLC], temporary: [Public]}}
          |                        ^^^^^
          |
          = help: declare it under `roles`; with `{kind: external}` if it is made elsewhere: `PUBLC: {kind: external}`
        error[C0101 undeclared-role]: role "PUBLC" is not declared
         --> c.yaml:3:41
          |
        3 | databases: {d: {owner: PUBLC, connect: [PUBLC], temporary: [Public]}}
          |                                         ^^^^^
          |
          = help: did you mean `PUBLIC`?
        error[C0101 undeclared-role]: role "Public" is not declared
         --> c.yaml:3:61
          |
        3 | databases: {d: {owner: PUBLC, connect: [PUBLC], temporary: [Public]}}
          |                                                             ^^^^^^
          |
          = help: did you mean `PUBLIC`?
    "#]],
    );
}

#[test]
fn another_version_hides_nothing_that_is_wrong_besides() {
    let sources =
        [Source::new("c.yaml", "contract: 2\nroles: {a: {}}\ndatabases: {d: {owner: b}}\n".to_owned())];
    let (_, found) = read(&sources);
    let codes: Vec<String> = found.iter().map(|one| one.code.to_string()).collect();
    assert_eq!(codes, ["C0009 unknown-version", "C0101 undeclared-role"]);
}

#[test]
fn what_is_said_for_audits_names_roles_databases_and_days_that_are_there() {
    let text = r#"roles: {dba: {kind: dba}}
databases: {shop: {}}
audit:
  administrators: [dba, dbas]
  databases: {shopp: {append_only: [public.log, public.log]}}
  suppress: [{rule: role.createdb, owner: ops, reason: known, until: 2027-02-30}]"#;
    check(
        text,
        expect![[r#"
        error[C0101 undeclared-role]: role "dbas" is not declared
         --> c.yaml:5:25
          |
        5 |   administrators: [dba, dbas]
          |                         ^^^^
          |
          = help: did you mean `dba`?
        error[C0115 undeclared-database]: database "shopp" is not described by this contract
         --> c.yaml:6:15
          |
        6 |   databases: {shopp: {append_only: [public.log, public.log]}}
          |               ^^^^^
          |
          = help: did you mean `shop`?
        warning[C0113 repeated]: `public.log` is written twice
         --> c.yaml:6:49
          |
        6 |   databases: {shopp: {append_only: [public.log, public.log]}}
          |                                     ----------  ^^^^^^^^^^
          |                                     |
          |                                     first written here
        error[C0013 bad-time]: `2027-02-30` is not a day
         --> c.yaml:7:70
          |
        7 |   suppress: [{rule: role.createdb, owner: ops, reason: known, until: 2027-02-30}]
          |                                                                      ^^^^^^^^^^
          |
          = help: write year, month and day: `2027-03-31`
    "#]],
    );
}

#[test]
fn who_agrees_can_be_asked() {
    let text = r#"databases: {shop: {}}
roles: {pgward_admin: {kind: group}, pgward_read_only: {kind: group}}
access:
  targets: {prod: {database: shop, role_prefix: pgwrd_}}
  people:
    ada: {manager: grcae, also: [a@x.org]}
    grace: {also: [a@x.org], responsible: ada}
    bot: {kind: agent}
  groups: {ciso: [grace], dba: [nobody], manager: []}
  delegations: [{from: ada, to: ada, until: "2027-01-01T00:00:00Z"}]
  tiers:
    read_only: {ttl: 1h, max: 1h, approval: []}
    admin:
      {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba, all: dba}],
       automatic: [{for: [oncall], up_to: 2h}]}
  emergency: {who: [dba], tiers: [admin, read_full_write], max: 2h, review: [ciso]}
  holds:
    bids: {tables: [public.b], commands: [insert], targets: [prd], when: [{column: c}, {column: c, above: 5e5}],
           approval: [auto]}"#;
    check(
        text,
        expect![[r#"
        error[C0101 undeclared-role]: tier `admin` cannot be lent here: role "pgwrd_admin" is not declared
         --> c.yaml:5:49
          |
        5 |   targets: {prod: {database: shop, role_prefix: pgwrd_}}
          |                                                 ^^^^^^
          |
          = note: a lease is a login of its own that is a member of this role
          = help: declare the role, or let the preset `desk_tiers` make it
        error[C0101 undeclared-role]: tier `read_only` cannot be lent here: role "pgwrd_read_only" is not declared
         --> c.yaml:5:49
          |
        5 |   targets: {prod: {database: shop, role_prefix: pgwrd_}}
          |                                                 ^^^^^^
          |
          = note: a lease is a login of its own that is a member of this role
          = help: declare the role, or let the preset `desk_tiers` make it
        error[C0119 undeclared-person]: nobody called `grcae` is declared
         --> c.yaml:7:20
          |
        7 |     ada: {manager: grcae, also: [a@x.org]}
          |                    ^^^^^
          |
          = help: did you mean `grace`?
        error[C0113 repeated]: `a@x.org` is the name of two people
         --> c.yaml:8:20
          |
        7 |     ada: {manager: grcae, also: [a@x.org]}
          |                                  ------- here for the first time
        8 |     grace: {also: [a@x.org], responsible: ada}
          |                    ^^^^^^^
          |
          = help: leave it to one of them, or remove it from `grace`
        error[C0116 keys-exclude]: a human answers for themselves
         --> c.yaml:8:43
          |
        8 |     grace: {also: [a@x.org], responsible: ada}
          |                                           ^^^
          |
          = help: say `kind: machine` or `kind: agent`, or remove `responsible`
        error[C0004 missing-key]: nobody answers for agent `bot`
         --> c.yaml:9:10
          |
        9 |     bot: {kind: agent}
          |          ^^^^^^^^^^^^^
          |
          = help: name the human under `responsible`
        error[C0119 undeclared-person]: nobody called `nobody` is declared
          --> c.yaml:10:33
           |
        10 |   groups: {ciso: [grace], dba: [nobody], manager: []}
           |                                 ^^^^^^
           |
           = help: declare them under `people`: `nobody: {}`
        error[C0011 reserved-name]: no group can be called `manager`
          --> c.yaml:10:42
           |
        10 |   groups: {ciso: [grace], dba: [nobody], manager: []}
           |                                          ^^^^^^^
           |
           = note: in an approval `manager` is the manager of who asks, and `auto` agrees by itself
        error[C0113 repeated]: nobody decides for themselves by delegation
          --> c.yaml:11:33
           |
        11 |   delegations: [{from: ada, to: ada, until: "2027-01-01T00:00:00Z"}]
           |                                 ^^^
        error[C0004 missing-key]: nobody is named who agrees
          --> c.yaml:13:16
           |
        13 |     read_only: {ttl: 1h, max: 1h, approval: []}
           |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = note: what nobody agrees to is never given
           = help: write `approval: [auto]` for what needs no approval, or the groups that must agree
        error[C0014 out-of-range]: a lease would end as it begins
          --> c.yaml:15:13
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |             ^^
        error[C0101 undeclared-role]: role "app" is not declared
          --> c.yaml:15:33
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |                                 ^^^
        error[C0116 keys-exclude]: `auto` stands alone
          --> c.yaml:15:49
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |                                                 ^^^^
           |
           = note: a step that agrees by itself asks nobody
        error[C0119 undeclared-person]: group `cisso` is not declared
          --> c.yaml:15:61
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |                                                             ^^^^^
           |
           = help: did you mean `ciso`?
        error[C0116 keys-exclude]: `count` is for `any`
          --> c.yaml:15:95
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |                                                                                               ^
           |
           = note: of `all`, each group must agree, by a person of its own
        error[C0004 missing-key]: a step says who must agree
          --> c.yaml:15:99
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |                                                                                                   ^^
           |
           = help: write `any` for one of several groups, or `all` for each of them
        error[C0116 keys-exclude]: a step has either `any` or `all`
          --> c.yaml:15:103
           |
        15 | ...: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba, all: dba}],
           |                                                ^^^^^^^^^^^^^^^^^^^^
           |
           = help: write two steps; they are taken one after the other
        error[C0119 undeclared-person]: group `oncall` is not declared
          --> c.yaml:16:27
           |
        16 |        automatic: [{for: [oncall], up_to: 2h}]}
           |                           ^^^^^^
           |
           = help: declare it under `groups`: `oncall: []`
        error[C0014 out-of-range]: what is given without asking would be longer than the longest that is allowed
          --> c.yaml:16:43
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |                      -- the longest
        16 |        automatic: [{for: [oncall], up_to: 2h}]}
           |                                           ^^
        error[C0112 bad-selection]: tier `read_full_write` is not lent
          --> c.yaml:17:42
           |
        17 |   emergency: {who: [dba], tiers: [admin, read_full_write], max: 2h, review: [ciso]}
           |                                          ^^^^^^^^^^^^^^^
           |
           = help: declare it under `tiers`
        error[C0014 out-of-range]: in an emergency `admin` would be lent for longer than otherwise
          --> c.yaml:17:65
           |
        15 |       {ttl: 0s, max: 1h, owner: app, approval: [auto, {any: cisso}, {all: [ciso, dba], count: 2}, {}, {any: dba,...
           |                      -- the longest otherwise
        16 |        automatic: [{for: [oncall], up_to: 2h}]}
        17 |   emergency: {who: [dba], tiers: [admin, read_full_write], max: 2h, review: [ciso]}
           |                                                                 ^^
        error[C0112 bad-selection]: target `prd` is not declared
          --> c.yaml:19:62
           |
        19 |     bids: {tables: [public.b], commands: [insert], targets: [prd], when: [{column: c}, {column: c, above: 5e5}],
           |                                                              ^^^
           |
           = help: did you mean `prod`?
        error[C0004 missing-key]: the condition says nothing of the value
          --> c.yaml:19:75
           |
        19 |     bids: {tables: [public.b], commands: [insert], targets: [prd], when: [{column: c}, {column: c, above: 5e5}],
           |                                                                           ^^^^^^^^^^^
           |
           = help: write `above`, `below`, `is` or `is_not`
        error[C0005 wrong-type]: `5e5` is not a number
          --> c.yaml:19:107
           |
        19 |     bids: {tables: [public.b], commands: [insert], targets: [prd], when: [{column: c}, {column: c, above: 5e5}],
           |                                                                                                           ^^^
           |
           = help: write it in digits, with a point where it has a fraction: `500000`, `0.5`
        error[C0116 keys-exclude]: a human must agree here
          --> c.yaml:20:23
           |
        20 |            approval: [auto]}
           |                       ^^^^
           |
           = help: name the groups that must agree
    "#]],
    );
}

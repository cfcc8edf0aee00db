#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use expect_test::{Expect, expect};

use super::*;
use crate::fixture::{catalog, object};
use crate::name::Name;

/// Each line of `asked` is `ROLE ACTION [on CLASS NAME[(COLUMN)]]`.
fn check_on(major: u32, text: &str, asked: &str, expected: Expect) {
    let catalog = catalog(major, text);
    let effective = Effective::of(&catalog);
    let mut answers = String::new();
    for line in asked.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (role, rest) = line.split_once(' ').unwrap();
        let verdict = match role {
            "PUBLIC" => effective.why_public(&question(&catalog, rest)),
            role => effective.why(&RoleName::from(role), &question(&catalog, rest)),
        };
        answers.push_str(&format!("{verdict}\n"));
    }
    expected.assert_eq(&answers);
}

fn check(text: &str, asked: &str, expected: Expect) {
    check_on(17, text, asked, expected);
}

fn question(catalog: &crate::catalog::Catalog, text: &str) -> Question {
    let (action, on) = match text.split_once(" on ") {
        Some((action, on)) => (action, Some(on)),
        None => (text, None),
    };
    let action = Action::from_word(action).unwrap_or_else(|| panic!("{action}"));
    let (on, column) = match on.and_then(|on| on.strip_suffix(')')).and_then(|on| on.split_once('(')) {
        Some((on, column)) => (Some(on), Some(Name::from(column))),
        None => (on, None),
    };
    let question = Question::ask(action, on.map(object), catalog.version).unwrap();
    match column {
        Some(column) => question.of_column(column).unwrap(),
        None => question,
    }
}

const SHOP: &str = "
    role shop_owner
    role app_rw
    role app login
    role other login
    member app of app_rw
    database shop owner=shop_owner
    schema public owner=pg_database_owner acl={pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}
    schema app owner=shop_owner acl={shop_owner=UC/shop_owner,app_rw=U/shop_owner}
    table public.orders owner=shop_owner acl={shop_owner=arwdDxtm/shop_owner,app_rw=ar/shop_owner}
    table app.secrets owner=shop_owner acl={shop_owner=arwdDxtm/shop_owner,other=r/shop_owner} column:id={app=rw/shop_owner}
";

#[test]
fn a_grant_to_a_role_reaches_its_members_and_nobody_else() {
    check(
        SHOP,
        "app select on table public.orders
         app delete on table public.orders
         other select on table public.orders
         postgres delete on table public.orders
         nobody select on table public.orders",
        expect![[r#"
            app may SELECT on table public.orders in database shop
              because app is a member of app_rw (inherits, granted by postgres), app_rw holds SELECT granted by shop_owner
            app may not DELETE on table public.orders in database shop
              because no grant reaches it
              would give it: GRANT DELETE ON TABLE public.orders TO app;
            other may not SELECT on table public.orders in database shop
              because no grant reaches it
              would give it: GRANT SELECT ON TABLE public.orders TO other;
              or: GRANT app_rw TO other;
            postgres may DELETE on table public.orders in database shop
              because postgres is a superuser
            nobody may not SELECT on table public.orders in database shop
              because there is no such role
        "#]],
    );
}

#[test]
fn a_privilege_without_usage_on_the_schema_says_what_is_missing() {
    check(
        SHOP,
        "other select on table app.secrets",
        expect![[r#"
        other may SELECT on table app.secrets in database shop
          because other holds SELECT granted by shop_owner
          it cannot be named: other has no USAGE on schema app; would give it: GRANT USAGE ON SCHEMA app TO other;
    "#]],
    );
}

#[test]
fn a_column_may_be_granted_where_the_table_is_not() {
    check(
        SHOP,
        "app select on table app.secrets
         app select on table app.secrets(id)
         app update on table app.secrets(name)",
        expect![[r#"
            app may not SELECT on table app.secrets in database shop
              because it holds that on column id only, not on the whole
              would give it: GRANT SELECT ON TABLE app.secrets TO app;
            app may SELECT on column id of table app.secrets in database shop
              because app holds SELECT on column id granted by shop_owner
            app may not UPDATE on column name of table app.secrets in database shop
              because no grant reaches it
              would give it: GRANT UPDATE (name) ON TABLE app.secrets TO app;
        "#]],
    );
}

#[test]
fn ownership_decides_about_alter_and_drop_and_privileges_do_not() {
    check(
        &format!(
            "{SHOP}
            role migrator login
            member migrator of shop_owner inherit=false
            role housekeeper
            schema loft owner=housekeeper
            table loft.box owner=app acl={{app=r/app,other=arwdDxtm/app}}"
        ),
        "other alter_table on table loft.box
         app alter_table on table loft.box
         housekeeper alter_table on table loft.box
         housekeeper drop_table on table loft.box
         migrator alter_table on table public.orders
         migrator create_table on schema public
         app create_table on schema public
         shop_owner create_schema on database shop",
        expect![[r#"
            other may not alter table loft.box in database shop
              because only the owner may, and that is app
              would give it: GRANT app TO other;
              or: ALTER TABLE loft.box OWNER TO other;
              it cannot be named: other has no USAGE on schema loft; would give it: GRANT USAGE ON SCHEMA loft TO other;
            app may alter table loft.box in database shop
              because app owns it
              it cannot be named: app has no USAGE on schema loft; would give it: GRANT USAGE ON SCHEMA loft TO app;
            housekeeper may not alter table loft.box in database shop
              because only the owner may, and that is app
              would give it: GRANT app TO housekeeper;
              or: ALTER TABLE loft.box OWNER TO housekeeper;
            housekeeper may drop table loft.box in database shop
              because housekeeper owns schema loft
            migrator may alter table public.orders in database shop, but only after SET ROLE
              because migrator is a member of shop_owner (needs SET ROLE, granted by postgres), shop_owner owns it
            migrator may create tables in schema public in database shop, but only after SET ROLE
              because migrator is a member of shop_owner (needs SET ROLE, granted by postgres), shop_owner owns the database and so is pg_database_owner, pg_database_owner holds CREATE granted by pg_database_owner
            app may not create tables in schema public in database shop
              because no grant reaches it
              would give it: GRANT CREATE ON SCHEMA public TO app;
            shop_owner may create schemas in database shop
              because shop_owner holds CREATE granted by shop_owner
        "#]],
    );
}

#[test]
fn a_membership_carries_only_what_its_options_say() {
    check_on(
        16,
        "role a login
         role b
         role c
         role d
         member a of b inherit=false
         member b of c set=false
         member c of d by=b
         schema s owner=postgres
         table s.t owner=postgres acl={d=r/postgres}
         table s.u owner=postgres acl={b=r*/postgres}",
        "a select on table s.t
         b select on table s.t
         a grant select on table s.u
         a set_role b
         a set_role c
         a inherit b
         a inherit d",
        expect![[r#"
            a may SELECT on table s.t in database shop, but only after SET ROLE
              because a is a member of b (needs SET ROLE, granted by postgres), b is a member of c (inherits, granted by postgres), c is a member of d (inherits, granted by b), d holds SELECT granted by postgres
              it cannot be named: b has no USAGE on schema s; would give it: GRANT USAGE ON SCHEMA s TO b;
            b may SELECT on table s.t in database shop
              because b is a member of c (inherits, granted by postgres), c is a member of d (inherits, granted by b), d holds SELECT granted by postgres
              it cannot be named: b has no USAGE on schema s; would give it: GRANT USAGE ON SCHEMA s TO b;
            a may grant SELECT on table s.u in database shop, but only after SET ROLE
              because a is a member of b (needs SET ROLE, granted by postgres), b holds SELECT granted by postgres
              it cannot be named: b has no USAGE on schema s; would give it: GRANT USAGE ON SCHEMA s TO b;
            a may SET ROLE b
              because a is a member of b (needs SET ROLE, granted by postgres)
            a may not SET ROLE c
              because it is not c, and no membership leads there that would suffice
              would give it: GRANT c TO a;
            a may inherit the privileges of b, but only after SET ROLE
              because a is a member of b (needs SET ROLE, granted by postgres)
            a may inherit the privileges of d, but only after SET ROLE
              because a is a member of b (needs SET ROLE, granted by postgres), b is a member of c (inherits, granted by postgres), c is a member of d (inherits, granted by b)
        "#]],
    );
}

#[test]
fn before_16_the_members_own_attribute_decides_at_each_step() {
    check_on(
        15,
        "role a login
         role b noinherit
         role c
         member a of b
         member b of c
         table s.t owner=postgres acl={c=r/postgres}
         table s.u owner=postgres acl={b=r/postgres}",
        "a select on table s.t
         a select on table s.u
         b select on table s.t",
        expect![[r#"
            a may SELECT on table s.t in database shop, but only after SET ROLE
              because a is a member of b (needs SET ROLE), b is a member of c (needs SET ROLE), c holds SELECT granted by postgres
              whether c may use schema s was not seen
            a may SELECT on table s.u in database shop
              because a is a member of b (inherits), b holds SELECT granted by postgres
              whether a may use schema s was not seen
            b may SELECT on table s.t in database shop, but only after SET ROLE
              because b is a member of c (needs SET ROLE), c holds SELECT granted by postgres
              whether c may use schema s was not seen
        "#]],
    );
}

#[test]
fn predefined_roles_reach_every_table_but_no_system_catalog_is_written() {
    check(
        &format!(
            "{SHOP}
            role reader
            role writer
            member reader of pg_read_all_data
            member writer of pg_write_all_data
            table pg_catalog.pg_class owner=postgres acl={{=r/postgres,writer=arwd/postgres}} system"
        ),
        "reader select on table app.secrets
         writer insert on table app.secrets
         writer truncate on table app.secrets
         writer update on table pg_catalog.pg_class
         writer select on table pg_catalog.pg_class",
        expect![[r#"
            reader may SELECT on table app.secrets in database shop
              because reader is a member of pg_read_all_data (inherits, granted by postgres), pg_read_all_data is allowed it everywhere
            writer may INSERT on table app.secrets in database shop
              because writer is a member of pg_write_all_data (inherits, granted by postgres), pg_write_all_data is allowed it everywhere
            writer may not TRUNCATE table app.secrets in database shop
              because no grant reaches it
              would give it: GRANT TRUNCATE ON TABLE app.secrets TO writer;
            writer may not UPDATE on table pg_catalog.pg_class in database shop
              because only superusers may write system catalogs, whatever was granted
              whether writer may use schema pg_catalog was not seen
            writer may SELECT on table pg_catalog.pg_class in database shop
              because PUBLIC holds SELECT granted by postgres
              because writer holds SELECT granted by postgres
              whether writer may use schema pg_catalog was not seen
        "#]],
    );
}

#[test]
fn attributes_are_never_inherited_and_server_programs_are() {
    check(
        "role admins createrole createdb
         role ann login
         role ops
         member ann of admins
         member ann of ops
         member ops of pg_execute_server_program",
        "ann create_role
         admins create_database
         ann bypass_rls
         ann copy_program
         admins copy_program
         ann superuser
         ann login
         postgres login
         ann alter_system",
        expect![[r#"
            ann may create roles, but only after SET ROLE
              because ann is a member of admins (needs SET ROLE, granted by postgres), admins has the attribute CREATEROLE
            admins may create databases
              because admins has the attribute CREATEDB
            ann may not bypass row security
              because it does not have the attribute BYPASSRLS, which is never inherited
              would give it: ALTER ROLE ann BYPASSRLS;
            ann may run programs on the server
              because ann is a member of ops (inherits, granted by postgres), ops is a member of pg_execute_server_program (inherits, granted by postgres), pg_execute_server_program is allowed it everywhere
            admins may not run programs on the server
              because no grant reaches it
              would give it: GRANT pg_execute_server_program TO admins;
            ann may not act as superuser
              because it does not have the attribute SUPERUSER, which is never inherited
              would give it: ALTER ROLE ann SUPERUSER;
            ann may log in
              because ann has the attribute LOGIN
            postgres may log in
              because postgres has the attribute LOGIN
            ann may not ALTER SYSTEM
              because no grant reaches it
        "#]],
    );
}

#[test]
fn admin_option_reaches_members_whatever_the_options() {
    check(
        "role boss
         role team
         role ann login
         member boss of team admin
         member ann of boss inherit=false set=false",
        "ann administer team
         team administer team
         boss administer boss",
        expect![[r#"
            ann may grant team to others
              because ann is a member of boss (granted by postgres), boss has ADMIN OPTION granted by postgres
            team may not grant team to others
              because no ADMIN OPTION on team reaches it
            boss may not grant boss to others
              because no ADMIN OPTION on boss reaches it
        "#]],
    );
}

#[test]
fn row_security_is_a_remark_and_no_refusal() {
    check(
        "role o
         role app login
         role dark
         role watch bypassrls
         member app of dark
         schema s owner=o acl={=U/o}
         table s.t owner=o acl={o=arw/o,app=arw/o,watch=r/o} rls
         policy s.t own to=dark for=select
         policy s.t tight to=app restrictive
         table s.f owner=o acl={o=r/o} rls forced",
        "app select on table s.t
         app insert on table s.t
         watch select on table s.t
         o select on table s.t
         o select on table s.f
         postgres select on table s.f",
        expect![[r#"
            app may SELECT on table s.t in database shop
              because app holds SELECT granted by o
              only the rows of policy own, within tight
            app may INSERT on table s.t in database shop
              because app holds INSERT granted by o
              no row: row security is enabled and no permissive policy applies
            watch may SELECT on table s.t in database shop
              because watch holds SELECT granted by o
              every row: BYPASSRLS
            o may SELECT on table s.t in database shop
              because o holds SELECT granted by o
              every row: row security is not forced on the owner
            o may SELECT on table s.f in database shop
              because o holds SELECT granted by o
              no row: row security is enabled and no permissive policy applies
            postgres may SELECT on table s.f in database shop
              because postgres is a superuser
              every row: superusers ignore row security
        "#]],
    );
}

#[test]
fn what_is_not_in_the_catalog_is_refused_and_named() {
    check(
        "language c owner=postgres acl={app=U/postgres} untrusted
         role app",
        "app select on table public.gone
         app usage on language c
         app set on parameter work_mem
         postgres set on parameter work_mem",
        expect![[r#"
            app may not SELECT on table public.gone in database shop
              because there is no such object in the catalog
              whether app may use schema public was not seen
            app may use language c in database shop
              because app holds USAGE granted by postgres
              it is of no use: in a language that is not trusted only superusers make functions
            app may not SET parameter work_mem
              because no grant reaches it
              would give it: GRANT SET ON PARAMETER work_mem TO app;
            postgres may SET parameter work_mem
              because postgres is a superuser
        "#]],
    );
}

#[test]
fn who_can_names_everybody_with_their_best_chain() {
    let catalog = catalog(17, &format!("{SHOP}\nrole late\nmember late of app inherit=false"));
    let effective = Effective::of(&catalog);
    let who = |asked: &str| {
        let holders = effective.who_can(&question(&catalog, asked));
        holders.iter().map(|holder| format!("{holder}\n")).collect::<String>()
    };
    expect![[r#"
        app: app is a member of app_rw (inherits, granted by postgres), app_rw holds SELECT granted by shop_owner
        app_rw: app_rw holds SELECT granted by shop_owner
        late (after SET ROLE): late is a member of app (needs SET ROLE, granted by postgres), app is a member of app_rw (inherits, granted by postgres), app_rw holds SELECT granted by shop_owner
        pg_read_all_data: pg_read_all_data is allowed it everywhere
        postgres: postgres is a superuser
        shop_owner: shop_owner holds SELECT granted by shop_owner
    "#]].assert_eq(&who("select on table public.orders"));
    expect![[r#"
        pg_database_owner: pg_database_owner owns schema public
        postgres: postgres is a superuser
        shop_owner: shop_owner owns it
    "#]]
    .assert_eq(&who("drop on table public.orders"));
    expect![[r#"
        app: PUBLIC holds USAGE granted by pg_database_owner
        app_rw: PUBLIC holds USAGE granted by pg_database_owner
        late: PUBLIC holds USAGE granted by pg_database_owner
        other: PUBLIC holds USAGE granted by pg_database_owner
        pg_database_owner: pg_database_owner holds USAGE granted by pg_database_owner
        pg_execute_server_program: PUBLIC holds USAGE granted by pg_database_owner
        pg_read_all_data: pg_read_all_data is allowed it everywhere
        pg_write_all_data: pg_write_all_data is allowed it everywhere
        postgres: postgres is a superuser
        shop_owner: shop_owner owns the database and so is pg_database_owner, pg_database_owner holds USAGE granted by pg_database_owner
    "#]].assert_eq(&who("usage on schema public"));
}

#[test]
fn who_can_names_those_who_may_on_single_columns_only() {
    let catalog = catalog(17, SHOP);
    let effective = Effective::of(&catalog);
    let on_columns = |asked: &str| {
        let found = effective.who_can_on_columns(&question(&catalog, asked)).into_iter();
        let lines = found.flat_map(|(column, holders)| {
            holders.into_iter().map(move |holder| format!("{column}: {holder}\n"))
        });
        lines.collect::<String>()
    };
    expect![[r#"
        id: app: app holds SELECT on column id granted by shop_owner
    "#]]
    .assert_eq(&on_columns("select on table app.secrets"));
    assert_eq!(on_columns("delete on table app.secrets"), "");
    assert_eq!(on_columns("select on table public.orders"), "");
}

#[test]
fn a_grant_on_columns_is_named_where_the_whole_was_asked_for() {
    check(
        SHOP,
        "app select on table app.secrets
         app update on table app.secrets
         app delete on table app.secrets",
        expect![[r#"
            app may not SELECT on table app.secrets in database shop
              because it holds that on column id only, not on the whole
              would give it: GRANT SELECT ON TABLE app.secrets TO app;
            app may not UPDATE on table app.secrets in database shop
              because it holds that on column id only, not on the whole
              would give it: GRANT UPDATE ON TABLE app.secrets TO app;
            app may not DELETE on table app.secrets in database shop
              because no grant reaches it
              would give it: GRANT DELETE ON TABLE app.secrets TO app;
        "#]],
    );
}

#[test]
fn public_has_what_was_granted_to_public_and_nothing_else() {
    check(
        &format!(
            "{SHOP}
            table public.board owner=shop_owner acl={{shop_owner=arwdDxtm/shop_owner,=r/shop_owner}} column:id={{=w/shop_owner}}"
        ),
        "PUBLIC select on table public.board
         PUBLIC update on table public.board
         PUBLIC delete on table public.board
         PUBLIC update on table public.board(id)
         PUBLIC usage on schema public
         PUBLIC alter on table public.board
         PUBLIC superuser",
        expect![[r#"
            PUBLIC may SELECT on table public.board in database shop
              because PUBLIC holds SELECT granted by shop_owner
            PUBLIC may not UPDATE on table public.board in database shop
              because it holds that on column id only, not on the whole
              would give it: GRANT UPDATE ON TABLE public.board TO PUBLIC;
            PUBLIC may not DELETE on table public.board in database shop
              because nobody has granted it to PUBLIC
              would give it: GRANT DELETE ON TABLE public.board TO PUBLIC;
            PUBLIC may UPDATE on column id of table public.board in database shop
              because PUBLIC holds UPDATE on column id granted by shop_owner
            PUBLIC may use schema public in database shop
              because PUBLIC holds USAGE granted by pg_database_owner
            PUBLIC may not alter table public.board in database shop
              because nobody has granted it to PUBLIC
            PUBLIC may not act as superuser
              because nobody has granted it to PUBLIC
        "#]],
    );
}

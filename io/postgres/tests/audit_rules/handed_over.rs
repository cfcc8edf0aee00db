//! The fix of a login that owns: somebody else owns afterwards, and programs go on.

use pgward_audit::finding::{Finding, Fix};
use pgward_audit::rules::RULES;
use pgward_cluster::Installation;
use pgward_credential::Secret;
use pgward_survey::Survey;

use crate::tried::{Complaints, findings};
use crate::world::{DATABASE, World};

/// The login reads and writes as before, holds no more than before, and does not alter, drop or put triggers on anything.
pub(crate) fn what_a_login_uses_stays(installation: &Installation) {
    let world = World::start(installation, &[], None);
    world.make("the scene", SCENE);
    let before = world.survey();
    let found = of(&before);
    assert_eq!(found.len(), 1, "{found:#?}");
    let Fix::Sql(statements) = &found[0].fix else { panic!("{found:#?}") };
    world.mend(&[(&found[0], statements.as_slice())]);
    let app = |sql: &str| {
        world
            .cluster
            .psql_as("shop_app", &Secret::new("known".to_owned()), DATABASE, sql)
            .map(|seen| seen.trim().to_owned())
            .map_err(|error| error.to_string())
    };
    for (sql, sees) in [
        ("INSERT INTO shop.orders (card) VALUES ('x') RETURNING id", "1"),
        ("UPDATE shop.orders SET card = 'y'; DELETE FROM shop.orders; SELECT count(*) FROM shop.orders", "0"),
        ("SELECT nextval('shop.numbers')", "1"),
        ("SELECT shop.price()", "7"),
        ("SELECT note FROM shop.narrow", ""),
        ("TRUNCATE shop.orders; SELECT 1", "1"),
    ] {
        let seen = app(sql).unwrap_or_else(|error| panic!("{sql}: {error}\n{statements:#?}"));
        assert_eq!(seen.lines().last().unwrap_or_default(), sees, "{sql}");
    }
    for sql in [
        "DROP TABLE shop.orders",
        "ALTER TABLE shop.orders ADD x int",
        "CREATE TABLE shop.more (a int)",
        "SELECT secret FROM shop.narrow",
        "CREATE TRIGGER x BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.noted()",
    ] {
        let refused = app(sql).expect_err(sql);
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{sql}: {refused}"
        );
    }
    // What was kept from everybody by the login's default privileges is kept by the new owner's, and what was given is given.
    world.make(
        "what comes later",
        "SET ROLE shop_app_owner; CREATE FUNCTION shop.later() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE TABLE shop.later (a int); RESET ROLE;",
    );
    let asked = "SELECT has_function_privilege('shop_reader', 'shop.later()', 'EXECUTE'), \
                 has_table_privilege('shop_reader', 'shop.later', 'SELECT'), \
                 has_table_privilege('shop_reader', 'shop.orders', 'SELECT')";
    assert_eq!(world.cluster.psql(DATABASE, asked).unwrap().trim(), "f|t|t");
    assert_eq!(of(&world.survey()), Vec::<Finding>::new());
}

fn of(survey: &Survey) -> Vec<Finding> {
    let rule = RULES.iter().find(|rule| rule.id == "role.login_owns_objects").unwrap();
    let mut complaints = Complaints::default();
    let found = findings(rule, survey, None, &mut complaints);
    complaints.settle("role.login_owns_objects");
    found
}

const SCENE: &str = r#"
CREATE ROLE shop_app LOGIN PASSWORD 'known';
CREATE ROLE shop_reader;
CREATE SCHEMA shop AUTHORIZATION shop_app;
GRANT USAGE ON SCHEMA shop TO shop_reader;
SET ROLE shop_app;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO shop_reader;
CREATE TABLE shop.orders (id int GENERATED ALWAYS AS IDENTITY, card text);
CREATE TABLE shop.narrow (note text, secret text);
REVOKE ALL ON shop.narrow FROM shop_app; GRANT SELECT (note) ON shop.narrow TO shop_app;
CREATE SEQUENCE shop.numbers;
CREATE FUNCTION shop.price() RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE FUNCTION shop.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
RESET ROLE;
"#;

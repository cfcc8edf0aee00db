//! Policies that call a function of a plain role: the server must not plan them, and is asked all the same (B3, C3).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::matrix;
use story::Story;

/// Applied once, the contract is in sync although its words are not those that the server prints; a change by hand is
/// noticed; and the function, which refuses to be run, never was.
#[test]
fn a_policy_that_calls_a_function_of_a_plain_role_is_in_sync_once_applied() {
    for installation in matrix::installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(SHOP);
        let contract = story.write("contract.yaml", &CONTRACT.replace(WATCHED, ""));
        let contract = contract.to_str().unwrap();

        story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["plan", contract, "--expect-none"]).ended(0);
        assert_ne!(story.sql(PRINTED).trim(), EXPRESSION, "the words are not the server's");

        story.sql("ALTER POLICY own ON app.orders USING (tenant <> app.current_tenant())");
        let drifted = story.pgward(&["plan", contract, "--expect-none"]).ended(3);
        assert!(drifted.stdout.contains("policy own"), "{}", drifted.all());
        story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["plan", contract, "--expect-none"]).ended(0);
    }
}

/// Where even parsing would run somebody's code, the plan says so, and what to write instead.
#[test]
fn an_expression_that_cannot_be_told_is_named_with_the_words_to_write() {
    let story = Story::begin("shop");
    story.sql(SHOP);
    story.sql(&format!("CREATE POLICY own ON app.orders TO shop_app USING ({EXPRESSION})"));
    story.sql(WATCH);
    let contract = story.write("contract.yaml", CONTRACT);
    let told = story.pgward(&["plan", contract.to_str().unwrap()]).ended(0);
    assert!(told.stdout.contains("event trigger watch"), "{}", told.all());
    let printed = story.sql(PRINTED);
    assert!(told.stdout.contains(&format!("as the server prints it: {}", printed.trim())), "{}", told.all());

    assert!(!told.stdout.contains("~ policy"), "nobody knows that it differs: {}", told.all());

    // An apply leaves it as it is, and nothing counts as in sync.
    let applied = story.pgward(&["apply", contract.to_str().unwrap(), "--yes", "--allow", "all"]).ended(0);
    assert!(applied.stderr.contains("as the server prints it"), "{}", applied.all());
    assert_eq!(story.sql(PRINTED), printed);
    story.pgward(&["plan", contract.to_str().unwrap(), "--expect-none"]).ended(3);

    let contract = story.write("contract.yaml", &CONTRACT.replace(EXPRESSION, printed.trim()));
    let contract = contract.to_str().unwrap();
    story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
    story.pgward(&["plan", contract, "--expect-none"]).ended(0);
}

const EXPRESSION: &str = "tenant = app.current_tenant() AND status IN ('open', 'paid')";

const WATCHED: &str = "    event_triggers: {watch: {fires: always}}\n";

const PRINTED: &str = "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'own'";

const SHOP: &str = "
CREATE ROLE shop_owner;
CREATE ROLE shop_app LOGIN;
CREATE SCHEMA app AUTHORIZATION shop_owner;
SET ROLE shop_owner;
CREATE FUNCTION app.current_tenant() RETURNS integer LANGUAGE plpgsql STABLE
  AS $$BEGIN RAISE EXCEPTION 'it ran as %', current_user; END$$;
CREATE TABLE app.orders (id integer, tenant integer, status text);
RESET ROLE;
";

const WATCH: &str = "
CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.watch();
ALTER EVENT TRIGGER watch ENABLE ALWAYS;
";

const CONTRACT: &str = r#"
contract: 1
cluster: shop

scope:
  roles: ["shop_*"]
  mode: authoritative

roles:
  postgres: {kind: dba, because: the cluster's own superuser}
  shop_owner: {kind: owner}
  shop_app: {kind: login}

databases:
  shop:
    owner: shop_owner
    connect: [shop_app]
    temporary: []
    create: []
    row_security: required
    event_triggers: {watch: {fires: always}}
    schemas:
      app: {owner: shop_owner, objects_owner: shop_owner, use: [shop_app], create: []}
    grants:
      - {to: shop_app, allow: [select], on: {tables: app.orders}}
      - {to: shop_app, allow: execute, on: {functions: "app.current_tenant()"}}
    rows:
      app.orders:
        force: true
        policies:
          own: {to: [shop_app], for: all, using: "tenant = app.current_tenant() AND status IN ('open', 'paid')"}
"#;

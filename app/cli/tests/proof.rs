//! What a proof must notice, and what it must not hold against a contract, through the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use story::Story;

const TABLES: &str = "
    CREATE TABLE public.t (id int PRIMARY KEY, tenant_id int NOT NULL);
    CREATE TABLE public.u (id int PRIMARY KEY, tenant_id int NOT NULL);
    CREATE SCHEMA s;
    CREATE SCHEMA elsewhere;
    CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';";

const CONTRACT: &str = r#"
contract: 1
scope: {roles: ["p_*"]}
roles:
  p_owner: {kind: owner}
  p_app: {}
  p_other: {}
databases:
  proof:
    schemas:
      public: {objects_owner: p_owner, use: [p_app, p_other, p_owner]}
      s: {use: [p_app]}
    grants:
      - {to: p_app, allow: [select, insert], on: {tables: ["public.t", "public.u"]}}
      - {to: p_app, allow: execute, on: {functions: "s.*"}}
    rows:
      public.t: &tenants
        force: true
        policies: {p: {to: [p_app], for: all, using: "tenant_id = nullif(current_setting('app.t', true), '')::int"}}
        tenant: {setting: app.t, column: tenant_id}
      public.u: *tenants
    never:
      - {roles: [p_app, p_other], may: [create_table]}
"#;

/// What somebody does by hand, and a claim that it breaks.
const BROKEN: [(&str, &str, &str); 3] = [
    (
        "ALTER POLICY p ON public.u USING (tenant_id = nullif(current_setting('app.t', true), '')::int
             OR current_setting('app.t', true) IS NULL)",
        "ALTER POLICY p ON public.u USING (tenant_id = nullif(current_setting('app.t', true), '')::int)",
        "refuted: role p_app cannot SELECT any row without a tenant's context of table public.u when its setting was never made",
    ),
    (
        "GRANT USAGE, CREATE ON SCHEMA elsewhere TO p_app",
        "REVOKE USAGE, CREATE ON SCHEMA elsewhere FROM p_app",
        "refuted: role p_app cannot CREATE TABLE on schema elsewhere",
    ),
    (
        "GRANT USAGE ON SCHEMA s TO p_other",
        "REVOKE USAGE ON SCHEMA s FROM p_other",
        "refuted: role p_other cannot EXECUTE on function s.f()",
    ),
];

#[test]
fn a_contract_that_can_hold_is_proven_and_every_sabotage_is_refuted() {
    let story = Story::begin("proof");
    story.sql(TABLES);
    let contract = story.write("contract.yaml", CONTRACT);
    let contract = contract.to_str().unwrap();
    story.pgward(&["apply", contract, "--yes", "--allow", "all"]).ended(0);
    story.pgward(&["prove", contract]).ended(0);
    for (by_hand, back, claim) in BROKEN {
        story.sql(by_hand);
        let told = story.pgward(&["prove", contract]).ended(3);
        assert!(told.stdout.contains(claim), "{by_hand}\n{}", told.stdout);
        story.sql(back);
    }
    story.pgward(&["prove", contract]).ended(0);
}

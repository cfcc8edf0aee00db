//! A standby made by pg_basebackup: what reads works there as on its primary, and says the same; what would write is
//! refused before it begins.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod following;
mod story;

use following::Standby;
use pgward_cluster::matrix;
use story::Story;

const CONTRACT: &str = "\
contract: 1
cluster: standby
scope: {roles: [\"y_*\"], mode: authoritative}
roles:
  y_owner: {kind: owner}
  y_app: {kind: login, secret: {store: file, path: kept/app}}
databases:
  shop:
    connect: [y_app]
    schemas:
      app: {owner: y_owner, objects_owner: y_owner, use: [y_app]}
    grants:
      - {to: y_app, allow: [select, insert], on: {tables: app.*}}
    never:
      - {roles: [y_app], may: [delete, truncate], on: {tables: app.*}}
";

#[test]
fn a_standby_is_read_like_its_primary_and_never_applied_to() {
    let newest = matrix::installations().unwrap().pop().unwrap();
    let story = Story::on(&newest, "shop");
    story.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int)");
    story.write("contract.yaml", CONTRACT);
    let standby = Standby::of(&story);

    // Before: the same plan, which can be made here and is applied there.
    let plan =
        standby.pgward(&story, &["plan", "contract.yaml", "--out", "plan.json", "--expect-none"]).ended(3);
    assert!(plan.stdout.contains("y_app"), "{}", plan.all());
    let apply = ["apply", "contract.yaml", "--yes", "--allow", "all"];
    let refused = standby.pgward(&story, &apply).ended(1);
    assert!(refused.stderr.contains("standby") && refused.stderr.contains("primary"), "{}", refused.all());
    assert!(!story.path("kept/app").exists(), "a password was made for nobody");
    let saved = ["apply", "plan.json", "--yes", "--allow", "all"];
    standby.pgward(&story, &saved).ended(1);
    story.pgward(&saved).ended(0);

    // After: what the primary says.
    standby.catch_up(&story);
    for reads in [
        &["fingerprint"][..],
        &["plan", "contract.yaml", "--expect-none"],
        &["who-can", "select", "app.orders"],
        &["what-can", "y_app"],
        &["why", "y_app", "delete", "app.orders"],
        &["inspect"],
    ] {
        let (here, there) = (standby.pgward(&story, reads), story.pgward(reads));
        assert_eq!((here.code, &here.stdout), (there.code, &there.stdout), "{reads:?}: {}", here.all());
    }
    let undo = standby.pgward(&story, &["apply", "--undo", "last", "--yes", "--allow", "all"]).ended(1);
    assert!(undo.stderr.contains("standby"), "{}", undo.all());
    story.sql("ALTER ROLE y_app PASSWORD 'by hand'");
    standby.catch_up(&story);
    let drift = standby.pgward(&story, &["plan", "contract.yaml", "--expect-none"]).ended(3);
    assert!(drift.stdout.contains("another one -> the kept one"), "{}", drift.all());
    story.pgward(&apply).ended(0);
    standby.catch_up(&story);

    let proof = standby.pgward(&story, &["prove", "contract.yaml"]).ended(1);
    assert!(proof.stderr.contains("the server is a standby"), "{}", proof.all());
    story.pgward(&["prove", "contract.yaml"]).ended(0);
}

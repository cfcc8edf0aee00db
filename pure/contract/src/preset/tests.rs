#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use expect_test::{Expect, expect};

use crate::diagnostic::render::{Colour, render};
use crate::print::{Notes, print};
use crate::read::read;
use crate::source::Source;

/// Expands the presets of `text`; the result must be a contract without mistakes, and say the same when read again.
fn check(text: &str, expected: Expect) {
    let sources = [Source::new("c.yaml", format!("contract: 1\n{text}\n"))];
    let (contract, found) = read(&sources);
    let rendered: String = found.iter().map(|one| render(one, &sources, Colour::Plain) + "\n").collect();
    assert_eq!(rendered, "");
    let printed = print(&contract, &Notes::default());
    let (again, found) = read(&[Source::new("printed.yaml", printed.clone())]);
    assert_eq!(found, [], "{printed}");
    assert_eq!(again, contract);
    expected.assert_eq(&printed);
}

#[test]
fn three_roles_are_an_app_a_migrator_and_an_owner() {
    let text = r#"presets:
  - three_roles: {database: tradingbot_gui, prefix: gui, legacy: tradingbot_gui, readonly: true, hidden: [public.users], secrets: {store: file, path: secrets, rotate: 90d}}"#;
    check(
        text,
        expect![[r#"
        contract: 1
        roles:
          gui_owner: {kind: owner}
          gui_app: {kind: login, secret: {store: file, path: secrets/gui_app, rotate: 90d}}
          gui_migrator:
            kind: login
            may_become: [gui_owner]
            settings: {role: gui_owner}
            secret: {store: file, path: secrets/gui_migrator, rotate: 90d}
          gui_readonly: {kind: login, secret: {store: file, path: secrets/gui_readonly, rotate: 90d}}
          tradingbot_gui: {kind: dba}

        databases:
          tradingbot_gui:
            connect: [gui_app, gui_migrator, gui_readonly, tradingbot_gui]
            temporary: [gui_app, gui_migrator]
            schemas:
              public:
                owner: gui_owner
                objects_owner: gui_owner
                use: [gui_app, gui_migrator, gui_readonly]
                create: [gui_migrator]
            grants:
              - to: gui_app
                allow: [select, insert, update, delete]
                on: {tables: public.*, except: [public.users]}
                because: "it runs the application"
              - {to: gui_app, allow: [usage, select], on: {sequences: public.*}, because: "it runs the application"}
              - {to: gui_app, allow: execute, on: {functions: public.*}, because: "it runs the application"}
              - to: gui_readonly
                allow: select
                on: {tables: public.*, except: [public.users]}
                because: "consoles and reports"
            never:
              - roles: gui_app
                may:
                  - create_table
                  - alter_table
                  - drop_table
                  - truncate
                  - create_role
                  - create_database
                  - alter_system
                  - copy_program
                  - copy_server_file
                because: "a compromised client must not be able to drop the database"
              - roles: [gui_app, gui_migrator, gui_readonly]
                reach: [superuser, server_files, server_program, bypass_rls, create_role]
                because: "whoever takes over a client has what its role has, and no more"
              - {roles: gui_readonly, may: [insert, update, delete], because: "it only reads"}
              - roles: gui_readonly
                may:
                  - create_table
                  - alter_table
                  - drop_table
                  - truncate
                  - create_role
                  - create_database
                  - alter_system
                  - copy_program
                  - copy_server_file
                because: "it only reads"
              - roles: [gui_app, gui_readonly]
                may: [select, insert, update, delete]
                on: {tables: public.users}
                because: "hidden from it"
    "#]],
    );
}

#[test]
fn what_is_written_out_wins_over_a_preset_and_is_added_to_it() {
    let text = r#"presets:
  - three_roles: {database: shop, connections: 10}
roles:
  monitor: {kind: external}
  shop_app: {connections: 50, settings: {statement_timeout: 30s}}
databases:
  shop:
    connect: [monitor]
    schemas: {public: {use: [monitor]}}
    grants:
      - {to: monitor, allow: select, on: {tables: public.health}}"#;
    check(
        text,
        expect![[r#"
        contract: 1
        roles:
          monitor: {kind: external}
          shop_app: {kind: login, connections: 50, settings: {statement_timeout: 30s}}
          shop_owner: {kind: owner}
          shop_migrator: {kind: login, may_become: [shop_owner], settings: {role: shop_owner}}

        databases:
          shop:
            connect: [shop_app, shop_migrator, monitor]
            temporary: [shop_app, shop_migrator]
            schemas:
              public:
                owner: shop_owner
                objects_owner: shop_owner
                use: [shop_app, shop_migrator, monitor]
                create: [shop_migrator]
            grants:
              - to: shop_app
                allow: [select, insert, update, delete]
                on: {tables: public.*}
                because: "it runs the application"
              - {to: shop_app, allow: [usage, select], on: {sequences: public.*}, because: "it runs the application"}
              - {to: shop_app, allow: execute, on: {functions: public.*}, because: "it runs the application"}
              - {to: monitor, allow: select, on: {tables: public.health}}
            never:
              - roles: shop_app
                may:
                  - create_table
                  - alter_table
                  - drop_table
                  - truncate
                  - create_role
                  - create_database
                  - alter_system
                  - copy_program
                  - copy_server_file
                because: "a compromised client must not be able to drop the database"
              - roles: [shop_app, shop_migrator]
                reach: [superuser, server_files, server_program, bypass_rls, create_role]
                because: "whoever takes over a client has what its role has, and no more"
    "#]],
    );
}

#[test]
fn each_agent_has_its_tables_and_its_rows() {
    let text = r#"presets:
  - per_agent:
      database: auctions
      prefix: agent_
      agents:
        scraper:
          reads: [public.historical_auctions]
          writes: [{tables: public.historical_auctions, allow: [insert]}, public.activities]
          rows: {public.historical_auctions: "created_by = current_user and created_at > now() - interval '30 days'"}
        report:
          reads: [public.historical_auctions, public.insights]
          rows:
            public.historical_auctions: "status in ('completed', 'processed')"
            public.insights: [{using: "created_at > now() - interval '90 days'", for: select}]
        qa: {reads: [public.*], writes: [public.metrics]}"#;
    check(
        text,
        expect![[r#"
            contract: 1
            roles:
              agent_scraper: {kind: login}
              agent_report: {kind: login}
              agent_qa: {kind: login}

            databases:
              auctions:
                connect: [agent_scraper, agent_report, agent_qa]
                schemas: {public: {use: [agent_scraper, agent_report, agent_qa], create: []}}
                grants:
                  - {to: agent_scraper, allow: select, on: {tables: public.historical_auctions}, because: "what it reads"}
                  - to: agent_scraper
                    allow: insert
                    on: {tables: public.historical_auctions}
                    because: "what it writes"
                  - to: agent_scraper
                    allow: usage
                    on: {sequences: public.historical_auctions_*_seq}
                    because: "the numbers of the rows it adds"
                  - to: agent_scraper
                    allow: [insert, update, delete]
                    on: {tables: public.activities}
                    because: "what it writes"
                  - to: agent_scraper
                    allow: usage
                    on: {sequences: public.activities_*_seq}
                    because: "the numbers of the rows it adds"
                  - to: agent_report
                    allow: select
                    on: {tables: [public.historical_auctions, public.insights]}
                    because: "what it reads"
                  - {to: agent_qa, allow: select, on: {tables: public.*}, because: "what it reads"}
                  - to: agent_qa
                    allow: [insert, update, delete]
                    on: {tables: public.metrics}
                    because: "what it writes"
                  - to: agent_qa
                    allow: usage
                    on: {sequences: public.metrics_*_seq}
                    because: "the numbers of the rows it adds"
                rows:
                  public.historical_auctions:
                    policies:
                      agent_scraper_rows:
                        to: agent_scraper
                        using: "created_by = current_user and created_at > now() - interval '30 days'"
                      agent_report_rows: {to: agent_report, using: "status in ('completed', 'processed')"}
                      agent_qa_all: {to: agent_qa, using: "true"}
                  public.insights:
                    policies:
                      agent_report_rows: {to: agent_report, for: select, using: "created_at > now() - interval '90 days'"}
                      agent_qa_all: {to: agent_qa, using: "true"}
                never:
                  - roles: [agent_scraper, agent_report, agent_qa]
                    may:
                      - create_table
                      - alter_table
                      - drop_table
                      - truncate
                      - create_role
                      - create_database
                      - alter_system
                      - copy_program
                      - copy_server_file
                    because: "an agent works with rows, not with tables"
                  - roles: [agent_scraper, agent_report, agent_qa]
                    reach: [superuser, server_files, server_program, bypass_rls, create_role]
                    because: "whoever takes over a client has what its role has, and no more"
        "#]],
    );
}

#[test]
fn a_definer_without_functions_needs_no_schema() {
    let preset = |rest: &str| {
        format!(
            "contract: 1\npresets:\n  - multi_tenant: {{database: saas, app: app, setting: app.tenant, tables: {{public.t: select}}, \
             definer: guard{rest}}}\n"
        )
    };
    let schemas = |text: String| {
        let (contract, found) = crate::read::read(&[crate::source::Source::new("c.yaml", text)]);
        assert_eq!(found.iter().map(|one| one.message.clone()).collect::<Vec<_>>(), Vec::<String>::new());
        let databases = contract.databases.iter();
        let names = databases.flat_map(|(_, said)| said.schemas.keys()).map(|name| name.as_str().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(schemas(preset("")), ["public"]);
    assert_eq!(schemas(preset(", functions: [\"security.f()\"]")), ["public", "security"]);
    assert_eq!(schemas(preset(", definer_schema: own")), ["public", "own"]);
}

#[test]
fn tenants_are_kept_apart_and_a_definer_crosses_them() {
    let text = r#"presets:
  - multi_tenant:
      database: saas
      app: app_user
      group: app_rw
      setting: app.current_tenant_id
      tables: {public.llm_api_calls: [select, insert], public.llm_monthly_costs: [select, insert, update]}
      hidden: [public.tenants]
      definer: app_security
      functions: ["security.list_tenant_ids()", "security.resolve_tenant_webhook_secrets(text)"]"#;
    check(
        text,
        expect![[r#"
            contract: 1
            roles:
              app_user: {kind: login, member_of: [app_rw]}
              app_rw: {kind: group}
              app_security: {kind: definer, bypass_rls: true}

            databases:
              saas:
                connect: [app_user]
                schemas:
                  public: {use: [app_rw, app_security], create: []}
                  security: {owner: app_security, objects_owner: app_security, use: [app_rw], create: []}
                grants:
                  - to: app_rw
                    allow: [select, insert]
                    on: {tables: public.llm_api_calls}
                    because: "rows of the session's tenant"
                  - to: app_rw
                    allow: usage
                    on: {sequences: public.llm_api_calls_*_seq}
                    because: "the numbers of the rows it adds"
                  - to: app_rw
                    allow: [select, insert, update]
                    on: {tables: public.llm_monthly_costs}
                    because: "rows of the session's tenant"
                  - to: app_rw
                    allow: usage
                    on: {sequences: public.llm_monthly_costs_*_seq}
                    because: "the numbers of the rows it adds"
                  - {to: app_security, allow: select, on: {tables: public.tenants}, because: "what its functions look up"}
                rows:
                  public.llm_api_calls:
                    force: true
                    policies:
                      tenant:
                        to: app_rw
                        using: "tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid"
                    tenant: {setting: app.current_tenant_id, column: tenant_id}
                  public.llm_monthly_costs:
                    force: true
                    policies:
                      tenant:
                        to: app_rw
                        using: "tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid"
                    tenant: {setting: app.current_tenant_id, column: tenant_id}
                interfaces:
                  security.list_tenant_ids(): {owner: app_security, search_path: [pg_catalog, pg_temp], execute: [app_rw]}
                  security.resolve_tenant_webhook_secrets(text):
                    owner: app_security
                    search_path: [pg_catalog, pg_temp]
                    execute: [app_rw]
                never:
                  - roles: [app_user, app_rw]
                    may:
                      - create_table
                      - alter_table
                      - drop_table
                      - truncate
                      - create_role
                      - create_database
                      - alter_system
                      - copy_program
                      - copy_server_file
                    because: "a compromised client must not be able to change tables"
                  - roles: [app_user, app_rw]
                    reach: [superuser, server_files, server_program, bypass_rls, create_role]
                    because: "whoever takes over a client has what its role has, and no more"
                  - roles: [app_user, app_rw]
                    may: [select, insert, update, delete]
                    on: {tables: public.tenants}
                    because: "it would show one tenant the others"
        "#]],
    );
}

#[test]
fn the_desk_lends_four_tiers() {
    let text = r#"presets:
  - desk_tiers: {database: shop, limited_tables: [public.orders], owner: shop_owner}"#;
    check(
        text,
        expect![[r#"
            contract: 1
            roles:
              shop_owner: {kind: owner}
              pgward_read_only: {kind: group}
              pgward_read_limited_write: {kind: group, member_of: [pgward_read_only]}
              pgward_read_full_write: {kind: group, member_of: [pgward_read_only, shop_owner]}
              pgward_admin: {kind: group, createrole: true, member_of: [pgward_read_full_write]}

            databases:
              shop:
                schemas: {public: {create: []}}
                grants:
                  - {to: pgward_read_only, allow: usage, on: {schemas: public}, because: "every tier reads"}
                  - {to: pgward_read_only, allow: select, on: {tables: public.*}, because: "every tier reads"}
                  - to: pgward_read_full_write
                    allow: [insert, update, delete, truncate]
                    on: {tables: public.*}
                    because: "full writes"
                  - to: pgward_read_full_write
                    allow: [usage, update]
                    on: {sequences: public.*}
                    because: "full writes"
                  - {to: pgward_read_full_write, allow: create, on: {schemas: public}, because: "full writes"}
                  - to: pgward_read_limited_write
                    allow: [insert, update, delete]
                    on: {tables: public.orders}
                    because: "limited writes"
                  - to: pgward_read_limited_write
                    allow: usage
                    on: {sequences: public.orders_*_seq}
                    because: "limited writes"
                never:
                  - {roles: pgward_read_only, may: [insert, update, delete], because: "it only reads"}
                  - roles: [pgward_read_only, pgward_read_limited_write]
                    may:
                      - create_table
                      - alter_table
                      - drop_table
                      - truncate
                      - create_role
                      - create_database
                      - alter_system
                      - copy_program
                      - copy_server_file
                    because: "rows, not tables"
                  - roles: [pgward_read_only, pgward_read_limited_write, pgward_read_full_write]
                    reach: [superuser, server_files, server_program, bypass_rls, create_role]
                    because: "whoever takes over a client has what its role has, and no more"
        "#]],
    );
}

#[test]
fn a_hierarchy_builds_roles_on_roles_and_keeps_audit_tables_insert_only() {
    let text = r#"presets:
  - hierarchy:
      database: erp
      prefix: bisman
      insert_only: [public.audit_logs_dml, public.security_events]
      admin_deletes: [public.audit_logs_dml]
      dba: bisman_dba
      services:
        svc_payments:
          reads: [public.payment_requests, public.payments]
          writes:
            - {tables: [public.payment_requests, public.payments], allow: [insert, update]}
            - {tables: public.audit_logs_dml, allow: insert}"#;
    check(
        text,
        expect![[r#"
            contract: 1
            roles:
              bisman_readonly: {kind: login}
              bisman_app: {kind: login}
              bisman_admin: {kind: login, member_of: [bisman_app]}
              svc_payments: {kind: login}
              bisman_dba: {kind: dba}

            databases:
              erp:
                connect: [bisman_readonly, bisman_app, bisman_admin, svc_payments, bisman_dba]
                schemas: {public: {use: [bisman_readonly, bisman_app, bisman_admin, svc_payments], create: []}}
                grants:
                  - {to: bisman_readonly, allow: select, on: {tables: public.*}, because: reports}
                  - to: bisman_app
                    allow: [select, insert, update, delete]
                    on: {tables: public.*, except: [public.audit_logs_dml, public.security_events]}
                    because: "it runs the application"
                  - to: bisman_app
                    allow: [usage, select]
                    on: {sequences: public.*}
                    because: "it runs the application"
                  - {to: bisman_admin, allow: execute, on: {functions: public.*}, because: administration}
                  - to: bisman_app
                    allow: insert
                    on: {tables: [public.audit_logs_dml, public.security_events]}
                    because: "records are added and never changed"
                  - to: bisman_admin
                    allow: delete
                    on: {tables: public.audit_logs_dml}
                    because: "old records are removed by administrators"
                  - to: svc_payments
                    allow: select
                    on: {tables: [public.payment_requests, public.payments]}
                    because: "what the service reads"
                  - to: svc_payments
                    allow: [insert, update]
                    on: {tables: [public.payment_requests, public.payments]}
                    because: "what it writes"
                  - to: svc_payments
                    allow: usage
                    on: {sequences: [public.payment_requests_*_seq, public.payments_*_seq]}
                    because: "the numbers of the rows it adds"
                  - {to: svc_payments, allow: insert, on: {tables: public.audit_logs_dml}, because: "what it writes"}
                  - to: svc_payments
                    allow: usage
                    on: {sequences: public.audit_logs_dml_*_seq}
                    because: "the numbers of the rows it adds"
                never:
                  - roles: [bisman_readonly, bisman_app, bisman_admin, svc_payments]
                    may:
                      - create_table
                      - alter_table
                      - drop_table
                      - truncate
                      - create_role
                      - create_database
                      - alter_system
                      - copy_program
                      - copy_server_file
                    because: "clients change rows, not tables"
                  - roles: [bisman_readonly, bisman_app, bisman_admin, svc_payments]
                    reach: [superuser, server_files, server_program, bypass_rls, create_role]
                    because: "whoever takes over a client has what its role has, and no more"
                  - {roles: bisman_readonly, may: [insert, update, delete], because: "it only reads"}
                  - roles: [bisman_app, svc_payments]
                    may: [select, update, delete, truncate]
                    on: {tables: [public.audit_logs_dml, public.security_events]}
                    because: "records are added and never changed"
        "#]],
    );
}

#[test]
fn a_preset_that_makes_an_impossible_name_says_so_where_it_stands() {
    let prefix = "p".repeat(60);
    let text = format!("contract: 1\npresets:\n  - three_roles: {{database: shop, prefix: {prefix}}}\n");
    let sources = [Source::new("c.yaml", text)];
    let (_, found) = read(&sources);
    assert!(found.iter().all(|one| one.span.start.line == 3 && one.code.number() == "C0010"));
    assert_eq!(found.len(), 3);
}
